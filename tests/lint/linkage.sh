#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# linkage.sh - what a program must not be able to do, it does not link: the
# relay cannot decrypt, the command line has no keys and no network, the key
# tool has no network.
. tests/lint/common

bin=${TB_BUILD_DIR:-build/dev}
seen=0

# without PROGRAM WORD... - neither its libraries nor its symbols contain a word.
without()
{
    program=$1
    shift
    [ -x "$bin/$program" ] || { echo "note: $program is not part of this build"; return 0; }
    seen=1
    names=$(ldd "$bin/$program"; nm -D "$bin/$program"; nm "$bin/$program" 2> /dev/null)
    for word; do
        if hit=$(echo "$names" | grep -m 1 -F "$word"); then
            complain "$program: links or names '$word':$(echo "$hit" | tr -s '\t ' ' ')"
        fi
    done
}

without trucban-relay libsignal session_cipher signal_protocol libglib libgio
without trucban libsignal session_cipher signal_protocol libsqlite3 sqlite3_open libwebsockets lws_create_context
without trucban-desktop libsignal session_cipher signal_protocol sqlite3_open libwebsockets lws_create_context libsodium
without trucban-keys libwebsockets lws_create_context libuv libcurl libgio libsignal

# libsignal exports an old protobuf-c under the same names; the loader must find the real one first.
if [ -x "$bin/trucban-agent" ]; then
    first=$(readelf -d "$bin/trucban-agent" | grep -m 1 -oE 'libprotobuf-c|libsignal-protocol-c')
    [ "$first" = libprotobuf-c ] || complain "trucban-agent: links $first before libprotobuf-c"
fi
[ "$seen" = 1 ] || skip "no program in $bin"
verdict
