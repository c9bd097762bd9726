#!/usr/bin/env bash
# Installs a build into a folder outside the source tree and uses it there, so that nothing but the installation can be found.
# usage: tst_install.sh BUILD-FOLDER TEST-DATA-FOLDER 1|0 (with the window or without)
set -uo pipefail
build=$1 data=$2 window=$3
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
id=org.mambascope.MambaScope
export XDG_CONFIG_HOME=$prefix/config XDG_CACHE_HOME=$prefix/cache
passed=0 failed=0 skipped=0

# check NAME COMMAND…: passes if the command does.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL!  : %s: %s\n%s\n' "$name" "$*" "$output"
    fi
}
# check_with TOOL NAME COMMAND…: the same, skipped aloud where the tool is not installed.
check_with() {
    local tool=$1
    shift
    if command -v "$tool" >/dev/null; then
        check "$@"
    else
        skipped=$((skipped + 1))
        echo "SKIP   : $1: $tool is not installed"
    fi
}
says() {  # TEXT COMMAND…
    local output
    output=$("${@:2}" 2>&1) && [[ $output == *"$1"* ]] || { echo "$output"; return 1; }
}
image() { "$@" && head -c 8 "$prefix/window.png" | grep -q PNG; }

check install cmake --install "$build" --prefix "$prefix"
cli=$prefix/bin/mambascope-cli
share=$prefix/share
check devices says host "$cli" devices
check run says "It was" "$cli" run "$share/mambascope/models/language" --device host --prompt "It was" --max-new 3
check transcribe says "" "$cli" transcribe "$data/audio/speech.flac" --device host
check 'no path of the source tree' bash -c "! grep -q '${data%/tests/data}/resources' '$cli'"
check_with update-mime-database 'MIME types' update-mime-database "$share/mime"
for type in application/vnd.safetensors:safetensors application/x-gguf:gguf application/vnd.mambascope.session+zip:mscope; do
    check "*.${type#*:}" grep -q "^[0-9]*:${type%:*}:\*\.${type#*:}$" "$share/mime/globs2"
done

if [ "$window" = 1 ]; then
    check window image "$prefix/bin/mambascope" --device host --size 800x500 --after-tokens 5 --max-new 5 \
        --screenshot "$prefix/window.png"
    check 'no path of the source tree' bash -c "! grep -q '${data%/tests/data}/resources' '$prefix/bin/mambascope'"
    check_with desktop-file-validate 'desktop entry' desktop-file-validate --no-hints "$share/applications/$id.desktop"
    check_with appstreamcli 'AppStream metainfo' appstreamcli validate --no-net "$share/metainfo/$id.metainfo.xml"
    check icon grep -q '<svg' "$share/icons/hicolor/scalable/apps/$id.svg"
    check 'icon of the entry' grep -q "^Icon=$id$" "$share/applications/$id.desktop"
fi

echo "Totals: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
