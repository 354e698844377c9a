#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# analyze.sh - what analyzers say of our sources: nothing, or what tests/analyze.known explains.
#
#   analyze.sh quick    gcc -fanalyzer, cppcheck and the quick checks of clang-tidy on what decides, parses and keeps keys
#   analyze.sh all      the same on all of the product with every check of .clang-tidy, and its quick checks on the tests
#   analyze.sh tidy     of that only clang-tidy
#   analyze.sh HOW FILE...   only on these
#
# Runs in the top folder; TB_BUILD_DIR is a build.  A file is not looked at again until it, what it includes or
# the tool changes: the answers are kept in TB_BUILD_DIR/analysis.
#
# cppcheck is told what it cannot know: the macros of protobuf-c (without them it stops at the first line of every
# generated header, and looks at nothing).  It does not know the cleanup attribute, so leaks are left to gcc.
set -euo pipefail
export LC_ALL=C
how=${1:-quick}
bin=${TB_BUILD_DIR:-build/dev}
kept=$bin/analysis
known=tests/analyze.known
tidy=(clang-tidy -quiet -p "$bin" -extra-arg=-Wno-unknown-warning-option)
hasty=('-checks=-clang-analyzer-*') # the analyzer takes nine tenths of the time; gcc has one as well
case "$how" in
quick)
    folders='proto keys confine server client/core'
    tidy+=("${hasty[@]}")
    ;;
all | tidy) folders='proto keys confine server client tests' ;;
*) echo "analyze.sh: '$how': should be quick, all or tidy" >&2; exit 2 ;;
esac
command -v gcc > /dev/null || { echo "skipped: no gcc"; exit 77; }
[ "$how" = quick ] || command -v clang-tidy > /dev/null || { echo "analyze.sh: there is no clang-tidy" >&2; exit 2; }
[ -f "$bin/compile_commands.json" ] || { echo "skipped: $bin is not configured"; exit 77; }
mkdir -p "$kept"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

versions=$({ gcc --version; cppcheck --version; clang-tidy --version; cat .clang-tidy; } 2> /dev/null | sha256sum)

progress()
{
    if [ -t 2 ]; then printf '\r\033[K%s' "$*" >&2; elif [ "$how" != quick ]; then printf '%s\n' "$*" >&2; fi
}

# unknown TOOL FILE < findings - those that no line "TOOL FILE WORD reason" of the list explains; FILE may end in *.
unknown()
{
    awk -v tool="$1" -v file="$2" '
        function meant(name, n) { n = index(name, "*"); return n ? substr(file, 1, n - 1) == substr(name, 1, n - 1) : name == file }
        FNR == NR { if ($1 == tool && meant($2)) { gsub(/~/, " ", $3); word[++n] = $3 } next }
        { for (i = 1; i <= n; i++) if (index($0, word[i])) next; print }' "$known" -
}

# once TOOL FILE COMMAND... - runs it unless this very question was answered before, in any folder; $text is what FILE
# and all that it includes say.
once()
{
    local tool=$1 file=$2 key question
    shift 2
    question=${*//"$bin"/BUILD}
    key=$(echo "$versions $tool ${question//"$PWD"/TREE} $text" | sha256sum | cut -c1-40)
    if [ ! -e "$kept/$tool-$key" ]; then
        "$@" > "$work/out" 2>&1 || true
        grep -E '(warning|error|style|performance|portability):' "$work/out" > "$work/found" || true
        mv "$work/found" "$kept/$tool-$key"
    fi
    ! unknown "$tool" "$file" < "$kept/$tool-$key" | grep . || bad=1
}

# The include paths and definitions of one file, as the build has them.
flags_of()
{
    grep -F " -c $PWD/$1\"" "$bin/compile_commands.json" | head -n 1 | tr ' ' '\n' |
        awk '/^-isystem$/ { print; getline; print; next } /^-[ID]/ { gsub(/\\/, ""); print }'
}

[ $# = 0 ] || shift
files=$([ $# = 0 ] || printf '%s\n' "$@")
[ -n "$files" ] || files=$(for folder in $folders; do find "$folder" -name '*.c'; done | sort)
total=$(echo "$files" | wc -l)
count=0
for file in $files; do
    count=$((count + 1))
    progress "$count/$total $file"
    mapfile -t flags < <(flags_of "$file")
    if [ ${#flags[@]} -eq 0 ]; then
        [ "$how" = quick ] || echo "$file: not part of this build, not looked at" >&2
        continue
    fi
    text=$({ cat "$file"; gcc -std=gnu17 -E -P "${flags[@]}" "$file"; } 2>&1 | sha256sum)
    if [[ $file == tests/* ]]; then
        once clang-tidy "$file" "${tidy[@]}" "${hasty[@]}" "$file"
        continue
    fi
    ! command -v clang-tidy > /dev/null || once clang-tidy "$file" "${tidy[@]}" "$file"
    [ "$how" != tidy ] || continue
    once gcc "$file" gcc -std=gnu17 -O1 -fanalyzer -Wall -Wno-maybe-uninitialized "${flags[@]}" -o /dev/null -c "$file"
    lib=()
    case "$file" in client/core/*) ;; client/*) lib=(--library=gtk) ;; esac # the macros of GLib's types
    ! command -v cppcheck > /dev/null ||
        once cppcheck "$file" cppcheck -q --std=c11 --enable=warning,portability --inline-suppr "${lib[@]}" -I. "-I$bin" \
            '-DTB_NODISCARD=' '-DTB_CLEANUP(f)=' -DPROTOBUF_C_VERSION_NUMBER=1004001 \
            -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 --suppress=memleak --suppress=missingIncludeSystem \
            --suppress='*:*/*.pb-c.h' "$file"
done

[ ! -t 2 ] || printf '\r\033[K' >&2
exit "$bad"
