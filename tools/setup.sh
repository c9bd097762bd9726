#!/usr/bin/env bash
# Installs the packages that are missing; says which. `tools/setup.sh test` adds what the tests need.
set -euo pipefail
cd "$(dirname "$0")"

wanted=$(awk -v test="${1:-}" '/^#/ || /^$/ {next} /^\[test\]/ {if (test != "test") exit; next} {print}' packages.txt)
missing=()
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian or Ubuntu; install the counterparts of: ${missing[*]}" >&2
    exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: run as root or install sudo, then: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
fi
"${sudo[@]}" apt-get update -qq
available=()
for package in "${missing[@]}"; do  # chromium is no package of Ubuntu's
    if apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then
        available+=("$package")
    else
        echo "setup: this system has no package $package: tests that want it are skipped, a build that wants it says so"
    fi
done
[ ${#available[@]} -eq 0 ] && exit 0
echo "setup: installing ${available[*]}"
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${available[@]}"
