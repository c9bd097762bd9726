#!/usr/bin/env bash
# Builds and runs every test, headless. `./test.sh asan` and `./test.sh tsan` do the same under sanitizers.
set -uo pipefail
cd "$(dirname "$0")"
preset=${1:-dev}

./tools/setup.sh test || exit 1
mkdir -p build
log=build/test-$preset.log
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset "$preset" || exit 1

runtime=$(mktemp -d)
trap 'rm -rf "$runtime"' EXIT
chmod 700 "$runtime"
export XDG_RUNTIME_DIR=$runtime XDG_CONFIG_HOME=$runtime/config XDG_CACHE_HOME=$runtime/cache XDG_DATA_HOME=$runtime/data
export QT_QPA_PLATFORM=offscreen
# Leaks of the driver, the font and the D-Bus libraries are not ours; libraries without instrumentation mislead TSan.
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
export ASAN_OPTIONS=detect_stack_use_after_return=0
export TSAN_OPTIONS=suppressions=$PWD/tests/support/tsan.supp:halt_on_error=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export OPENBLAS_NUM_THREADS=1

ctest --test-dir "build/$preset" --verbose --parallel 2 >"$log" 2>&1
status=$?
grep -E '^ *[0-9]+/[0-9]+ Test' "$log"
[ $status -eq 0 ] || sed -nE 's/^[0-9]+: //p' "$log" | grep -E '\[  FAILED  \]|^FAIL!|Failure|Error|ERROR|SUMMARY|validation' | head -60

# One closing line over all cases of all test programs.
awk -v status=$status '
    { sub(/^[0-9]+: /, "") }
    /^\[  PASSED  \]/ { passed += $4 }
    /^\[  FAILED  \] [0-9]+ tests?/ { failed += $4 }
    /^\[  SKIPPED \] [0-9]+ tests?/ { skipped += $4 }
    /^Totals: / { passed += $2; failed += $4; skipped += $6 }
    END {
        if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    }' "$log"
exit $status
