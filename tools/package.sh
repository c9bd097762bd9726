#!/usr/bin/env bash
# Builds the Debian package of this tree and says where it lies.
set -euo pipefail
cd "$(dirname "$0")/.."

./tools/setup.sh
cmake --preset release
cmake --build --preset release
cpack --config build/release/CPackConfig.cmake -B build/release/package
ls -l build/release/package/*.deb
