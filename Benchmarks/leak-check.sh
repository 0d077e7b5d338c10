#!/bin/sh
# Sets up and deletes calls with media again and again and fails when the relay keeps descriptors, ports, calls or
# memory of them. Takes about a minute and a half: memory is judged only after the replies kept for repeated requests
# have reached their steady number.
#
# usage: Benchmarks/leak-check.sh [options of `millrace bench soak`]
#        Benchmarks/leak-check.sh --relay 'rtpengine --config-file=none'
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product millrace
bin=$(swift build -c release --show-bin-path)
exec "$bin/millrace" bench soak "$@"
