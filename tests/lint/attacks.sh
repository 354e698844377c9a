#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# attacks.sh - tests/ATTACKS.md tells no stories: the tests and files that a row
# names exist, and no row leaves a column empty.
. tests/lint/common

doc=tests/ATTACKS.md
rows=$(grep -nE '^\| *A[0-9]' "$doc" || true)

echo "$rows" | while IFS= read -r row; do
    [ -n "$row" ] || continue
    line=${row%%:*}
    [ "$(echo "$row" | awk -F' [|] ' '{ print NF }')" -eq 6 ] ||
        complain "$doc:$line: a row has six columns, separated by ' | '"
    echo "$row" | grep -qE '\| *\|' && complain "$doc:$line: a column is empty"
    # Names in the fourth column: files with a suffix, or functions of tests.
    echo "$row" | awk -F' [|] ' '{ print $3, $4 }' | grep -oE '`[^`]+`' | tr -d '`' |
        while read -r name; do
            case "$name" in
            */*.* ) [ -f "$name" ] || complain "$doc:$line: names $name, which does not exist" ;;
            *.c | *.h | *.sh | *.proto)
                find proto keys server client tests -name "$name" | grep -q . ||
                    complain "$doc:$line: names $name, which does not exist" ;;
            *_*_*) grep -rqwE "(void|cmocka_unit_test[a-z_]*)[ (]+$name" tests ||
                complain "$doc:$line: names the test $name, which does not exist" ;;
            esac
        done
done
verdict
