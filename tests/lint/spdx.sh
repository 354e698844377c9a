#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# spdx.sh - every source says its licence: C in line 1, scripts within three lines.
. tests/lint/common

licence='SPDX-License-Identifier: GPL-3.0-or-later'
sources '*.[ch]' | while read -r f; do
    [ "$(head -n 1 "$f")" = "/* $licence */" ] || complain "$f: line 1 is not /* $licence */"
done
{ sources '*.sh' '*.py' '*.proto' run; } | while read -r f; do
    head -n 3 "$f" | grep -qF "$licence" || complain "$f: no '$licence' in its first three lines"
done
verdict
