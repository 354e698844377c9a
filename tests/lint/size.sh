#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# size.sh - no file above 600 lines, no function above 60, no more than 6
# parameters.  There is no list of exceptions.
. tests/lint/common

# A function runs from a line `{` to a line `}`, both in column 0; its name and
# parameters are what stands before, back to the last line that ended a thing.
sources '*.c' | while read -r f; do
    code "$f" | awk -v file="$f" '
    function parameters(s,   i, c, depth, n) {
        sub(/^[^(]*\(/, "", s)
        n = 1; depth = 1
        for (i = 1; i <= length(s) && depth > 0; i++) {
            c = substr(s, i, 1)
            if (c ~ /[([{]/) depth++
            else if (c ~ /[])}]/) depth--
            else if (c == "," && depth == 1) n++
        }
        return n
    }
    /^\{[ \t]*$/ && head ~ /\(/ { start = NR; next }
    start && /^\}/ {
        name = head; sub(/[ \t]*\(.*/, "", name); sub(/.*[ \t*]/, "", name)
        if (NR - start - 1 > 60)
            printf "%s:%d: %s() has %d lines, more than 60\n", file, start, name, NR - start - 1
        if (parameters(head) > 6)
            printf "%s:%d: %s() has %d parameters, more than 6\n", file, start, name, parameters(head)
        start = 0; head = ""; next
    }
    start { next }
    /^[ \t]*#/ || /^[ \t]*$/ || /[;}][ \t]*\\?$/ { head = ""; next }
    { head = head " " $0 }
    END { if (NR > 600) printf "%s: has %d lines, more than 600\n", file, NR }' >> "$problems"
done
verdict
