#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# format.sh - every C file is as clang-format would write it (`./run format`).
. tests/lint/common

command -v clang-format > /dev/null || skip "clang-format is not installed"
sources '*.[ch]' | while read -r f; do
    said=$(clang-format --dry-run -Werror "$f" 2>&1) && continue
    where=$(printf '%s\n' "$said" | sed -n "s/^$(printf '%s' "$f" | sed 's/[.[/]/\\&/g'):\([0-9]*\):.*/\1/p" | head -n 1)
    [ -n "$where" ] || { complain "$f: clang-format failed: $said"; continue; }
    complain "$f:$where: not as .clang-format says; ./run format writes it"
done
verdict
