#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hardening.sh - the programs are position independent, with read-only
# relocations, bound at start, without an executable stack; a release also
# checks its buffers and does not tell where it was built.
. tests/lint/common

bin=${TB_BUILD_DIR:-build/dev}
seen=0
for program in trucban-relay trucban-agent trucban trucban-keys; do
    [ -x "$bin/$program" ] || continue
    seen=1
    elf=$(readelf -hdlW "$bin/$program")
    echo "$elf" | grep -q 'Type:.*DYN' || complain "$program: not position independent"
    echo "$elf" | grep -q 'GNU_RELRO' || complain "$program: relocations stay writable"
    echo "$elf" | grep -qE 'BIND_NOW|Flags:.*NOW' || complain "$program: symbols are not bound at start"
    echo "$elf" | grep -qE 'GNU_STACK.* RWE ' && complain "$program: the stack is executable"
    echo "$elf" | grep -qE '(RPATH|RUNPATH)' && complain "$program: brings its own library path"
    [ "${TB_BUILD_TYPE:-Debug}" = Debug ] && continue
    nm -D "$bin/$program" | grep -q '__stack_chk_fail' || complain "$program: no stack protector"
    # _FORTIFY_SOURCE leaves no call of these, only of __printf_chk() and its like.
    ! nm -D "$bin/$program" | grep -qE ' U v?f?printf@' || complain "$program: built without _FORTIFY_SOURCE"
    ! grep -qF "$PWD/" "$bin/$program" || complain "$program: contains the path it was built in"
done
[ "$seen" = 1 ] || skip "no program in $bin"
verdict
