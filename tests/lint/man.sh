#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# man.sh - each manual page is there in Vietnamese too, with the same options, commands and variables.
. tests/lint/common

# terms FILE - what is typed as it stands, one to a line.
terms()
{
    grep '^\.' "$1" | grep -o '\(Fl\|Cm\|Ev\|Dv\) -\{0,1\}[A-Za-z0-9_+-]*' | sort -u
}

work=$(mktemp -d)
trap 'rm -rf "$work" "$problems"' EXIT
for page in deploy/man/*.[18]; do
    vi=deploy/man/vi/${page##*/}
    if [ ! -f "$vi" ]; then
        complain "$vi: is missing"
        continue
    fi
    terms "$page" > "$work/en"
    terms "$vi" > "$work/vi"
    diff "$work/en" "$work/vi" > "$work/said" || complain "$vi: not the terms of $page (< lacks, > has more):
$(grep '^[<>]' "$work/said")"
    for one in "$page" "$vi"; do
        if command -v mandoc > /dev/null; then
            mandoc -Tlint -Wwarning "$one" > "$work/said" 2>&1 || complain "$(cat "$work/said")"
        fi
    done
done
verdict
