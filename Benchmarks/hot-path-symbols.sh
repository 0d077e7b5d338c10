#!/bin/sh
# Proves from the machine code that handling a packet allocates nothing, retains nothing, checks no exclusivity, takes
# no lock and calls nothing through a pointer: builds PacketPath for release, follows every call from the per-packet
# functions through the modules below it, and fails on a call that leaves them for anything but plain memory functions
# and the ciphers, which work in memory that belongs to a context or to the caller.
#
# Not followed are the doors: functions that a packet in the middle of a stream never enters. Checks and their agents
# may allocate, and so may the first packet of an SSRC, the first after a change of keys, news for the handshakes, and what
# is sent back to the first ClientHello of a stranger.
#
# usage: Benchmarks/hot-path-symbols.sh [--no-build] [scratch path, .build by default]
set -eu
cd "$(dirname "$0")/.."
build=yes
if [ "${1:-}" = --no-build ]; then
    build=no
    shift
fi
scratch=${1:-.build}

if [ $build = yes ]; then
    swift build -c release --scratch-path "$scratch" --target PacketPath
fi

objects=
for module in PacketPath Quality RTP Forwarding NetTypes SRTP SRTPKeying STUN; do
    for object in "$scratch/release/$module.build"/*.o; do
        if [ ! -e "$object" ]; then
            echo "no objects of $module under $scratch/release" >&2
            exit 2
        fi
        objects="$objects
$object"
    done
done

# Names of objects contain "+" but no blanks.
# shellcheck disable=SC2086
objdump --disassemble --reloc --no-show-raw-insn $objects | awk '
    function callee(name) {
        sub(/[-+]0x[0-9a-f]+$/, "", name)
        if (name == here || name ~ /^\.L/ || name ~ /^\./) return
        if (!((here, name) in seen)) {
            seen[here, name] = 1
            calls[here] = calls[here] " " name
        }
    }
    /^[0-9a-f]+ <.*>:$/ {
        here = $2
        gsub(/^<|>:$/, "", here)
        defined[here] = 1
        branch = 0
        next
    }
    /R_(X86_64_(PLT32|PC32|GOTPCRELX?|REX_GOTPCRELX)|AARCH64_(CALL26|JUMP26))/ {
        # A relocation belongs to the instruction printed before it.
        if (branch) callee($3)
        branch = 0
        next
    }
    /^ +[0-9a-f]+:/ {
        branch = ($2 ~ /^(call|callq|jmp|jmpq|bl|b)$/)
        indirect = ($2 ~ /^(call|callq)$/ && $3 ~ /^\*/) || $2 == "blr"
        if (indirect && $0 !~ /rip/) callee("indirect-call")
        if (branch && match($0, /<[^>]*>/) && $0 !~ /\*/) {
            # A target in the same section has no relocation; that of a relocated branch reads as an offset here.
            name = substr($0, RSTART + 1, RLENGTH - 2)
            if (name !~ /\+0x/) callee(name)
        }
    }
    END {
        doors = "receiveCheck|invitation|askAgent|compareKeys|noteReadiness|unprotectFirst|StreamTableV6insert|ConversionSeatV5enter"
        ciphers = "^(caes_counter|CRYPTO_memcmp|SHA1_Update|EVP_(CipherInit_ex|CipherUpdate|CipherFinal_ex|CIPHER_CTX_ctrl|MAC_init|MAC_update|MAC_final)|ERR_clear_error)$"
        for (name in defined)
            if (name ~ /^\$s10PacketPathAAV(7receive|18transmissionFailed|13takeConverted)/) { queue[++last] = name; from[name] = "-" }
        if (last < 3) { print "per-packet functions not found"; exit 2 }
        roots = last
        for (next_ = 1; next_ <= last; next_++) {
            count = split(calls[queue[next_]], names, " ")
            for (i = 1; i <= count; i++) {
                name = names[i]
                if (name in from) continue
                if (name ~ doors || name ~ ciphers) continue
                if (name in defined) { queue[++last] = name; from[name] = queue[next_]; continue }
                if (name ~ /^(memcpy|memmove|memset|__stack_chk_fail)$/) continue
                from[name] = queue[next_]
                print "FORBIDDEN " name " called by " queue[next_]
                failed = 1
            }
        }
        for (i = 1; i <= last; i++) print "  " queue[i]
        print roots " per-packet functions, " last " with all they call: " (failed ? "FAILED" : "clean")
        exit failed
    }' | { if command -v swift >/dev/null 2>&1; then swift demangle --compact; else cat; fi; } | tee "$scratch/hot-path-symbols.txt"

# The status of a pipe is that of its last part, so the verdict is read from the report.
tail -n 1 "$scratch/hot-path-symbols.txt" | grep -q ': clean$'
