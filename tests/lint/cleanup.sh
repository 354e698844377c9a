#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cleanup.sh - what is released when its block ends has a value from its first line: a return before it is filled
# would release whatever stood there.
. tests/lint/common

grep -rnE 'TB_CLEANUP\([a-z_0-9]+\)[^=;{]*;' --include='*.c' proto keys server client confine > "$problems.found" || true
while IFS= read -r line; do
    complain "$line: begins without a value"
done < "$problems.found"
rm -f "$problems.found"
verdict
