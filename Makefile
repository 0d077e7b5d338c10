# Every target prepares what it needs; see scripts/setup.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# Time for each fuzz target.
SECONDS ?= 60
FUZZ_TARGETS ?= bencode ng sdp rtp rtcp stun calls srtp sdes ice dtls path capture transcoding
# Options of `make run` and `make bench`, for example ARGS="--once".
ARGS ?=
# The page that `make bench` writes.
REPORT ?= .build/bench.html

# Swift's crash reporter can outlive the process that it reports on.
export SWIFT_BACKTRACE = enable=no

.PHONY: all run test install fuzz format lint bench clean setup

all: setup
	$(SWIFT) build -c release --product millrace

setup:
	@scripts/setup

## Starts a relay on loopback, places a call through it, and serves until Ctrl-C.
run: all
	@exec .build/release/millrace demo $(ARGS)

## The tests of control listeners run by themselves: elsewhere hundreds of tests would wait for a thread of the runtime
## in front of the handlers whose replies they ask for.
test: setup
	$(SWIFT) test --skip ControlListenersTests
	$(SWIFT) test --skip-build --filter ControlListenersTests

## Builds a program that needs no Swift on the machine it runs on.
install: setup
	$(SWIFT) build -c release --product millrace --static-swift-stdlib --scratch-path .build-install
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/millrace $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 -s .build-install/release/millrace $(DESTDIR)$(PREFIX)/sbin/millrace
	install -m 644 man/millrace-bench.1 $(DESTDIR)$(PREFIX)/share/man/man1/millrace-bench.1
	install -m 644 man/millrace.8 $(DESTDIR)$(PREFIX)/share/man/man8/millrace.8
	install -m 644 man/millrace-ctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/millrace-ctl.1
	install -m 644 man/millrace-replay.1 $(DESTDIR)$(PREFIX)/share/man/man1/millrace-replay.1
	install -m 644 packaging/alerts.yml packaging/grafana-millrace.json packaging/metrics.md $(DESTDIR)$(PREFIX)/share/millrace
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	.build-install/release/millrace --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/millrace
	.build-install/release/millrace --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_millrace
	.build-install/release/millrace --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/millrace.fish
	sed 's|@PREFIX@|$(PREFIX)|g' packaging/millrace.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/millrace.service

## Fuzzes every parser for SECONDS each. What breaks one is left as crash-*; put it with the seeds once it is mended.
fuzz: setup
	MILLRACE_FUZZ=1 $(SWIFT) build -c release --scratch-path .build-fuzz --product fuzz
	@set -e; for target in $(FUZZ_TARGETS); do \
		mkdir -p .build-fuzz/corpus/$$target; \
		echo "fuzz: $$target for $(SECONDS) s"; \
		.build-fuzz/release/fuzz $$target -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 \
			-max_len=8192 -print_final_stats=1 -verbosity=0 \
			.build-fuzz/corpus/$$target Tests/FuzzTargets/Seeds/$$target; \
	done

format:
	$(SWIFT) format -i -r Sources Tests

lint:
	$(SWIFT) format lint --strict -r Sources Tests

## Measures this relay beside Debian's rtpengine, interleaved, and writes a page with charts to REPORT. The first relay is
## the reference of the ratios.
bench: all
	scripts/install-peer
	.build/release/millrace bench compare --calls 100 --calls 500 --scenario media --scenario srtp --scenario signalling \
		--relay 'rtpengine=rtpengine --config-file=none' --relay 'millrace=.build/release/millrace' \
		--relay null --report $(REPORT) $(ARGS)
	@echo "The charts are in $(REPORT)."

clean:
	rm -rf .build .build-fuzz .build-install
