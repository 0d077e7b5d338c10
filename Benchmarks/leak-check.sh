#!/bin/sh
# Sets up and deletes calls with media again and again and fails when the relay keeps descriptors, ports, calls or
# memory of them. Takes about two and a half minutes: memory is judged only after the replies kept for repeated requests
# have reached their steady number, and sockets once the relay has closed those that it keeps for the next calls.
#
# With --day first it is what a day brings: 100,000 calls, while the metrics are scraped once a second. That takes
# about ten minutes and needs curl.
#
# usage: Benchmarks/leak-check.sh [--day] [options of `millrace bench soak`]
#        Benchmarks/leak-check.sh --relay 'rtpengine --config-file=none'
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product millrace
bin=$(swift build -c release --show-bin-path)
if [ "${1:-}" != --day ]; then
    exec "$bin/millrace" bench soak "$@"
fi
shift

address=127.0.0.1:9901
scrapes=$(mktemp)
scraper=
trap 'test -z "$scraper" || kill "$scraper" 2>/dev/null; rm -f "$scrapes"' EXIT
while sleep 1; do
    if curl -fsS --max-time 5 -o /dev/null "http://$address/metrics" 2>/dev/null; then echo >>"$scrapes"; fi
done &
scraper=$!
status=0
"$bin/millrace" bench soak --calls 250 --rounds 400 --media 0.3 --warm-up 150 \
    --relay "$bin/millrace --config-file=none --listen-http=$address" "$@" || status=$?
echo "the metrics were scraped $(wc -l <"$scrapes") times"
test -s "$scrapes" || status=1
exit $status
