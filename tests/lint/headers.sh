#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# headers.sh - every header compiles on its own, in the build that is tested.
. tests/lint/common

commands=${TB_BUILD_DIR:-build/dev}/compile_commands.json
[ -f "$commands" ] || skip "no $commands: configure a build first"

# flags DIR - the -I, -isystem and -D of the first file compiled in that folder.
flags()
{
    sed -n 's/^ *"command": "\(.*\)",*$/\1/p' "$commands" | grep -F " -c $PWD/$1/" |
        grep -vE -- " -c $PWD/$1/[^ ]*/" | head -n 1 | tr ' ' '\n' |
        awk '/^-isystem$/ { getline dir; print "-isystem", dir } /^-[ID]/ && !/FORTIFY/ { print }' | tr '\n' ' '
}

for dir in proto keys confine server client/core client/api client/agent client/cli client/desktop; do
    [ -d "$dir" ] || continue
    with=$(flags "$dir")
    if [ -z "$with" ]; then
        echo "note: $dir/ is not part of this build"
        continue
    fi
    for header in "$dir"/*.h; do
        [ -f "$header" ] || continue
        # shellcheck disable=SC2086
        printf '#include "%s"\n' "$header" |
            ${CC:-cc} -std=gnu17 -Wall -Wextra -Werror -I. $with -xc -fsyntax-only - 2>> "$problems" ||
            complain "$header: does not stand alone"
    done
done
verdict
