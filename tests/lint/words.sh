#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# words.sh - what may not stand in a file: calls that overflow or mislead, notes
# of unfinished work, SQL put together at run time, paths of somebody's machine, secrets.
. tests/lint/common

calls='strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|alloca|gets'
sources '*.[ch]' | while read -r f; do
    code "$f" | awk -v file="$f" -v calls="$calls" '
    match($0, "(^|[^A-Za-z0-9_])(" calls ")[ \t]*\\(") {
        call = substr($0, RSTART, RLENGTH); gsub(/[^a-z]/, "", call)
        printf "%s:%d: %s() is banned\n", file, NR, call
    }
    # The second argument is a literal, a MACRO, or an array of this file (next check).
    pending || /sqlite3_exec[ \t]*\(/ {
        text = pending $0
        if (text ~ /sqlite3_exec[ \t]*\([^,]*,[ \t]*$/ || text !~ /sqlite3_exec[ \t]*\([^,]*,/) {
            if (text !~ /;/) { pending = text; next }
        }
        pending = ""
        if (match(text, /sqlite3_exec[ \t]*\([^,]*,[ \t]*/)) {
            sql = substr(text, RSTART + RLENGTH)
            sub(/[,) \t].*/, "", sql)
            if (sql !~ /^"/ && sql !~ /^[A-Z][A-Z0-9_]*$/) printf "SQL %s %d %s\n", file, NR, sql
        }
    }' | while read -r line; do
        case "$line" in
        SQL\ *)
            # shellcheck disable=SC2086
            set -- $line
            grep -qE "const char ${4%%[!A-Za-z0-9_]*}\[\]" "$2" || complain "$2:$3: sqlite3_exec() takes a literal, not $4; bind values with a statement"
            ;;
        *) complain "$line" ;;
        esac
    done
done

# Written in halves, so that this file may stand in the tree it checks.
notes='TO''DO|FIX''ME|XX''X'
machine='/wo''rk/|/ro''ot/|/fa''rm'
text=$(sources '*.[ch]' '*.sh' '*.py' '*.proto' '*.sql' '*.xml' '*.md' '*.txt' '*.cmake' '*.json' '*.po' '*.in' '*.conf' \
    '*.service' '*.[1-8]' run common)
echo "$text" | xargs -r grep -HnwE "$notes" 2> /dev/null |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: a note of unfinished work; do it or drop it/' >> "$problems" || true
echo "$text" | xargs -r grep -HnE "(^|[^A-Za-z0-9_.}-])($machine)" 2> /dev/null |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: a path of one machine/' >> "$problems" || true
sources '*' | xargs -r grep -lE -e '-----BEGIN [A-Z ]*PRIVATE'' KEY-----' 2> /dev/null |
    sed 's/$/: holds a private key/' >> "$problems" || true

# Git knows what is ignored; without it, everything here counts.
{ git ls-files -co --exclude-standard 2> /dev/null || sources '*'; } |
    grep -E '(^|/)(\.env|\.netrc|\.pgpass|id_(rsa|ecdsa|ed25519)|[^/]*\.(key|pem|p12|pfx|kdbx|sqlite|sqlite-wal|db))$' |
    sed 's/$/: looks like a secret or a database; tests make their own/' >> "$problems" || true
verdict
