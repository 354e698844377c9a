#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs.sh - the maps match the land: ARCHITECTURE.md names every source file,
# proto/PROTOCOL.md every operation and result, and no document names a file
# that does not exist.
. tests/lint/common

needed()
{
    [ -f "$1" ] || complain "$1: is missing"
    [ -f "$1" ]
}

if needed ARCHITECTURE.md; then
    for dir in proto keys confine server client; do
        [ -d "$dir" ] || continue
        find "$dir" -name '*.[ch]' | sort | while read -r f; do
            stem=${f%.?}
            case "$f" in *.h) [ -f "$stem.c" ] && continue ;; esac # a pair is named once
            name=$(basename "$stem")
            grep -qE "(^|[^A-Za-z0-9_-])$name\.(c|h|\[ch\]|\[hc\]|\{c,h\})" ARCHITECTURE.md ||
                complain "$f: ARCHITECTURE.md does not name it"
        done
    done
fi

if needed proto/PROTOCOL.md; then
    for f in proto/op.h proto/result.h; do
        [ -f "$f" ] || continue
        sed -n 's/^ *X(\([A-Z][A-Z0-9_]*\),.*/\1/p' "$f" | while read -r name; do
            grep -qw "$name" proto/PROTOCOL.md || complain "$f: proto/PROTOCOL.md does not name $name"
        done
    done
fi

ours=$(sources '*')
# exists DOC PATH - is there such a file, seen from the top or from the document?
exists()
{
    for from in . "$(dirname "$1")"; do
        # shellcheck disable=SC2086 # PATH may be a pattern: server/page.[ch]
        ls -d $from/$2 > /dev/null 2>&1 && return 0
    done
    case "$2" in
    */*) return 1 ;;
    *'*'* | *'['*) pattern=$(printf '%s' "$2" | sed 's/\./\\./g; s/\*/[^\/]*/g') ;;
    *) pattern=$(printf '%s' "$2" | sed 's/\./\\./g') ;;
    esac
    echo "$ours" | grep -qE "(^|/)$pattern\$"
}

# What stands between backticks or as the target of a link, if it looks like a
# path of this tree: below one of our folders, or a bare name of a source or document.
for doc in README.md ARCHITECTURE.md SECURITY.md DECISIONS.md CHANGELOG.md proto/PROTOCOL.md tests/ATTACKS.md; do
    [ -f "$doc" ] || continue
    { grep -oE '`[^` ]+`' "$doc" || true; grep -oE '\]\([^) #]+' "$doc" || true; } |
        sed 's/^`//; s/`$//; s/^](//; s,^\./,,; s/[.,;:]$//; s/{c,h}/[ch]/; s/:[0-9]*$//' |
        grep -E '^(((proto|keys|confine|server|client|deploy|tests|\.ci)/[][A-Za-z0-9_.*/-]*)|[][A-Za-z0-9_*-]+\.(c|h|\[ch\]|proto|md|sh|py))$' |
        sort -u | while read -r path; do
            exists "$doc" "$path" || complain "$doc: names $path, which does not exist"
        done
done
verdict
