#!/bin/sh
# Fuzzes every parser of foreign bytes: tools/fuzz.sh [seconds per target, default 600]
# As many targets at once as there are cores. New inputs stay in build/fuzz/corpus, findings in build/fuzz/findings.
# One summary line per target; exit 1 on any finding.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
case $seconds in '' | *[!0-9]*) echo "usage: tools/fuzz.sh [seconds]" >&2; exit 2 ;; esac
build=$PWD/build/fuzz
cmake --preset fuzz >/dev/null
cmake --build "$build" --target fuzzers
mkdir -p "$build/corpus" "$build/findings" "$build/logs"

# UndefinedBehaviorSanitizer reports and goes on unless told otherwise.
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export build seconds
ls "$build/fuzzers" | xargs -P "$(nproc)" -I TARGET sh -c '
    target=TARGET
    mkdir -p "$build/corpus/$target"
    seeds=tests/fuzz/corpus/${target#fuzz_}
    [ -d "$seeds" ] || seeds=
    dictionary=tests/fuzz/dictionaries/${target#fuzz_}.dict
    [ -f "$dictionary" ] && dictionary=-dict=$dictionary || dictionary=
    log=$build/logs/$target.log
    status="no findings"
    code=0
    "$build/fuzzers/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/findings/$target-" $dictionary \
        "$build/corpus/$target" $seeds >"$log" 2>&1 || { code=1; status="FINDING, see $log"; }
    runs=$(sed -n "s/^stat::number_of_executed_units: *//p" "$log")
    coverage=$(grep -o "cov: [0-9]*" "$log" | tail -n 1)
    echo "$target: ${seconds} s, ${runs:-?} runs, ${coverage:-cov: ?}, $status"
    exit $code' || exit 1
