#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# analyze.sh - what analyzers say of our sources: nothing, or what tests/analyze.known explains.
#
#   analyze.sh quick    gcc -fanalyzer and cppcheck on what decides, parses and keeps keys
#   analyze.sh all      the same on everything, and clang-tidy
#
# Runs in the top folder; TB_BUILD_DIR is a build.  A file that was clean is not looked at again until it, what it
# includes, the tool or what is known of it changes: the answers are kept in TB_BUILD_DIR/analysis.
#
# cppcheck is told what it cannot know: the macros of protobuf-c (without them it stops at the first line of every
# generated header, and looks at nothing).  It does not know the cleanup attribute, so leaks are left to gcc.
set -euo pipefail
export LC_ALL=C
how=${1:-quick}
bin=${TB_BUILD_DIR:-build/dev}
kept=$bin/analysis
known=tests/analyze.known
case "$how" in
quick) folders='proto keys confine server client/core' ;;
all) folders='proto keys confine server client' ;;
*) echo "analyze.sh: '$how': should be quick or all" >&2; exit 2 ;;
esac
command -v gcc > /dev/null || { echo "skipped: no gcc"; exit 77; }
[ -f "$bin/compile_commands.json" ] || { echo "skipped: $bin is not configured"; exit 77; }
mkdir -p "$kept"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

versions=$({ gcc --version; cppcheck --version; clang-tidy --version; cat .clang-tidy; } 2> /dev/null | sha256sum)

progress()
{
    if [ -t 2 ]; then printf '\r\033[K%s' "$*" >&2; elif [ "$how" = all ]; then printf '%s\n' "$*" >&2; fi
}

# unknown TOOL FILE < findings - those that no line "TOOL FILE WORD reason" of the list explains.
unknown()
{
    awk -v tool="$1" -v file="$2" '
        FNR == NR { if ($1 == tool && $2 == file) { gsub(/~/, " ", $3); word[++n] = $3 } next }
        { for (i = 1; i <= n; i++) if (index($0, word[i])) next; print }' "$known" -
}

# once TOOL FILE COMMAND... - runs it unless this very question was answered "clean" before; $text is what FILE
# and all that it includes say.
once()
{
    local tool=$1 file=$2 key
    shift 2
    key=$({ echo "$versions $tool $* $text"; grep "^$tool $file " "$known" || true; } | sha256sum | cut -c1-40)
    [ ! -e "$kept/$tool-$key" ] || return 0
    "$@" > "$work/out" 2>&1 || true
    grep -E '(warning|error|style|performance|portability):' "$work/out" | unknown "$tool" "$file" > "$work/new" || true
    if [ -s "$work/new" ]; then
        cat "$work/new"
        bad=1
    else
        : > "$kept/$tool-$key"
    fi
}

# The include paths and definitions of one file, as the build has them.
flags_of()
{
    grep -F " -c $PWD/$1\"" "$bin/compile_commands.json" | head -n 1 | tr ' ' '\n' |
        awk '/^-isystem$/ { print; getline; print; next } /^-[ID]/ { gsub(/\\/, ""); print }'
}

files=$(for folder in $folders; do find "$folder" -name '*.c'; done | sort)
total=$(echo "$files" | wc -l)
count=0
for file in $files; do
    count=$((count + 1))
    progress "$count/$total $file"
    mapfile -t flags < <(flags_of "$file")
    [ ${#flags[@]} -gt 0 ] || continue # not part of this build
    text=$({ cat "$file"; gcc -std=gnu17 -E "${flags[@]}" "$file"; } 2>&1 | sha256sum)
    once gcc "$file" gcc -std=gnu17 -O1 -fanalyzer -Wall -Wno-maybe-uninitialized "${flags[@]}" -o /dev/null -c "$file"
    ! command -v cppcheck > /dev/null ||
        once cppcheck "$file" cppcheck -q --std=c11 --enable=warning,portability --inline-suppr -I. "-I$bin" \
            '-DTB_NODISCARD=' '-DTB_CLEANUP(f)=' -DPROTOBUF_C_VERSION_NUMBER=1004001 \
            -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 --suppress=memleak --suppress=missingIncludeSystem \
            --suppress='*:*/*.pb-c.h' "$file"
    [ "$how" = quick ] || once clang-tidy "$file" clang-tidy -quiet -p "$bin" "$file" -extra-arg=-Wno-unknown-warning-option
done

[ ! -t 2 ] || printf '\r\033[K' >&2
exit "$bad"
