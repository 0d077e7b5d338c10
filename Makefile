# One command each; all of them install what is missing first.

PREFIX ?= /usr/local
SECONDS ?= 60
FUZZ_TARGETS ?= bencode ng sdp rtp rtcp stun calls
SWIFT ?= swift
# The crash reporter can block a pipeline after a failed test process.
export SWIFT_BACKTRACE ?= enable=no

.PHONY: run build test install setup lint format fuzz bench clean

run: build
	.build/release/millrace demo

build: setup
	$(SWIFT) build -c release --product millrace

test: setup
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

install: build
	install -D -m 755 .build/release/millrace $(DESTDIR)$(PREFIX)/bin/millrace
	install -D -m 644 man/millrace.8 $(DESTDIR)$(PREFIX)/share/man/man8/millrace.8
	install -D -m 644 packaging/millrace.service $(DESTDIR)$(PREFIX)/lib/systemd/system/millrace.service

setup:
	@scripts/setup

lint:
	$(SWIFT) format lint --strict -r Package.swift Sources Tests Benchmarks

format:
	$(SWIFT) format -i -r Package.swift Sources Tests Benchmarks

# Each target for SECONDS seconds; a finding is left as a file crash-* and fails the command.
fuzz: setup
	MILLRACE_FUZZ=1 $(SWIFT) build -c release --scratch-path .build-fuzz --product fuzz
	for target in $(FUZZ_TARGETS); do \
	    mkdir -p .build-fuzz/corpus/$$target; \
	    .build-fuzz/release/fuzz $$target -max_total_time=$(SECONDS) -rss_limit_mb=4096 -print_final_stats=0 \
	        .build-fuzz/corpus/$$target Tests/FuzzTargets/Seeds/$$target || exit 1; \
	done

# Beside Debian's rtpengine, interleaved; see man/millrace.8.
bench: build
	scripts/install-peer
	.build/release/millrace bench compare --calls 100 --relay 'rtpengine=rtpengine --config-file=none' \
	    --relay 'millrace=.build/release/millrace' --relay null
	.build/release/millrace bench compare --calls 500 --relay 'rtpengine=rtpengine --config-file=none' \
	    --relay 'millrace=.build/release/millrace' --relay null

clean:
	rm -rf .build .build-fuzz
