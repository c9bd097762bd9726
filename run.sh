#!/usr/bin/env bash
# Builds MambaScope and opens its window. Arguments pass through: ./run.sh MODEL --device host …
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
here=$PWD

"$root/tools/setup.sh"
cd "$root"
log=build/configure.log
mkdir -p build
cmake --preset release >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset release
cd "$here"

asks_only=false
for argument in "$@"; do
    case $argument in --help | -h | --version | -v) asks_only=true ;; esac
done
if ! $asks_only && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ] && [ -z "${QT_QPA_PLATFORM:-}" ]; then
    echo "run.sh: there is no display; use $root/build/release/bin/mambascope-cli run $root/resources/models/language --prompt \"It was a dark evening\"" >&2
    exit 2
fi
exec "$root/build/release/bin/mambascope" "$@"
