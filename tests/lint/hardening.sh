#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hardening.sh - the programs are position independent, with read-only
# relocations, bound at start, without an executable stack; a release also
# checks its buffers and does not tell where it was built; a text that is used
# as a format does not compile.
. tests/lint/common

bin=${TB_BUILD_DIR:-build/dev}
probe=$(mktemp -d)
trap 'rm -rf "$problems" "$probe"' EXIT

# always FILE NAME - what holds for every build.
always()
{
    elf=$(readelf -hdlW "$1")
    echo "$elf" | grep -q 'Type:.*DYN' || complain "$2: not position independent"
    echo "$elf" | grep -q 'GNU_RELRO' || complain "$2: relocations stay writable"
    echo "$elf" | grep -qE 'BIND_NOW|Flags:.*NOW' || complain "$2: symbols are not bound at start"
    echo "$elf" | grep -qE 'GNU_STACK.* RWE ' && complain "$2: the stack is executable"
    echo "$elf" | grep -qE 'LOAD.* RWE ' && complain "$2: code is writable"
    echo "$elf" | grep -qE '(RPATH|RUNPATH)' && complain "$2: brings its own library path"
    return 0
}

# released FILE NAME - what holds for a release.
released()
{
    nm -D "$1" | grep -q '__stack_chk_fail' || complain "$2: no stack protector"
    # _FORTIFY_SOURCE leaves no call of these, only of __printf_chk() and its like.
    ! nm -D "$1" | grep -qE ' U v?f?printf@' || complain "$2: built without _FORTIFY_SOURCE"
    nm -D "$1" | grep -qE '__(v?snprintf|memcpy)_chk' || complain "$2: built without _FORTIFY_SOURCE"
    ! grep -qF "$PWD/" "$1" || complain "$2: contains the path it was built in"
}

# The same flags, one small program: a release need not be built to know what it would be.
build_probe()
{
    cmake -S . -B "$probe" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTB_CLIENT=OFF -DTB_SERVER=OFF \
        -DBUILD_TESTING=OFF > "$probe/log" 2>&1 && cmake --build "$probe" --target hardening_probe >> "$probe/log" 2>&1
}

# compiles LINE - does it, in a function of a text, with the flags of the build and warnings as errors?
compiles()
{
    flags=$(sed -n 's/^  FLAGS = //p' "$probe/build.ninja" | grep -m 1 -e -Wall)
    printf '#include <stdio.h>\nint f(const char *text);\nint f(const char *text)\n{\n    %s\n}\n' "$1" > "$probe/f.c"
    # shellcheck disable=SC2086 # words
    "${CC:-cc}" $flags -Werror -c -o "$probe/f.o" "$probe/f.c" > /dev/null 2>&1
}

# code_of FUNCTION - the probe's machine code.
code_of()
{
    objdump -d --no-show-raw-insn --disassemble="$1" "$probe/hardening_probe"
}

if build_probe; then
    always "$probe/hardening_probe" 'a release'
    released "$probe/hardening_probe" 'a release'
    if [ "$(uname -m)" = x86_64 ]; then
        code_of probe_copy | grep -q endbr64 || complain 'a release: jumps may end anywhere (no -fcf-protection)'
        code_of probe_frame | grep -qE 'or[bql]? +\$0x0,' || complain 'a release: a large frame jumps over the guard page'
    fi
    compiles 'return puts(text);' || complain 'the flags of a release compile nothing'
    ! compiles 'return printf(text);' || complain 'a text can be used as a format (no -Wformat=2)'
    grep -q -- '-ftrivial-auto-var-init=zero' "$probe/build.ninja" || complain 'a release: variables begin with garbage'
else
    complain "the flags of a release cannot be tried: $(tail -n 5 "$probe/log")"
fi

for program in trucban-relay trucban-agent trucban trucban-keys trucban-desktop; do
    [ -x "$bin/$program" ] || continue
    always "$bin/$program" "$program"
    [ "${TB_BUILD_TYPE:-Debug}" = Debug ] || released "$bin/$program" "$program"
done
verdict
