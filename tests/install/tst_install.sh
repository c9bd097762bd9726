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

# Every long option that --help knows stands in the manual page: PAGE COMMAND…
documented() {
    local page option text missing=0
    page=$(gzip -dc "$1" | sed 's/\\-/-/g')
    text=$("${@:2}" --help)
    for option in $(grep -oE '^ +(-[a-z], )?--[a-z-]+' <<<"$text" | grep -oE -- '--[a-z-]+' | sort -u); do
        case $option in --help-all) continue ;; esac  # of Qt's own
        grep -q -e "$option" <<<"$page" || { echo "$option is not in $1"; missing=1; }
    done
    return $missing
}

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

man=$share/man/man1
for command in devices inspect run verify evaluate tokenize transcribe evaluate-speech bench; do
    check "manual of $command" bash -c "gzip -dc '$man/mambascope-cli.1.gz' | grep -qE '^\.BI? $command( |$)' && '$cli' $command --help"
done
check_with man 'manual pages' bash -c "! man --warnings -l '$man'/*.gz 2>&1 >/dev/null | grep ."
check changelog bash -c "gzip -dc '$share/doc/mambascope/changelog.gz' | grep -q '^mambascope ('"

if [ "$window" = 1 ]; then
    check 'manual of the window' documented "$man/mambascope.1.gz" "$prefix/bin/mambascope"
    check 'manual of render' documented "$man/mambascope.1.gz" "$prefix/bin/mambascope" render
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
