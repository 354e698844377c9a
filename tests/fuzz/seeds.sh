#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# seeds.sh - writes the first inputs of the targets that read a script of steps or a text; run in tests/fuzz.
# What a fuzzer found beside them, and each fault that was found, is kept in the same folders.
set -eu

# seed TARGET NAME BYTES (as printf writes them)
seed()
{
    mkdir -p "corpus/$1"
    # shellcheck disable=SC2059 # the bytes are the format
    printf "$3" > "corpus/$1/$2"
}

# fuzz_core_e2e.c: what kind; then a message, or changes: place (2 bytes), value
seed core_e2e true-first '\007'
seed core_e2e true-later '\006'
seed core_e2e first-without-states '\005'
seed core_e2e later-without-session '\004'
seed core_e2e first-another-registration '\007\314\134\012'
seed core_e2e first-changed '\007\050\000\200\100\000\001'
seed core_e2e later-changed '\006\004\000\001'
seed core_e2e later-far-ahead '\006\046\000\177'
seed core_e2e junk '\002\063\012\041\005aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\020\001\030\000\042\020aaaaaaaaaaaaaaaaaaaaaaaa'
seed core_e2e nothing '\003'

# fuzz_core_relay.c: 1 = not logged in; then steps
all='\004\000\004\001\004\002\004\003\004\004\004\005\004\006\004\007\004\010\004\011\004\012\004\013\004\014\004\015'
seed core_relay a-night "\\000$all\\007\\002\\000\\000\\000\\000"
seed core_relay backwards '\000\004\012\004\011\004\010\004\007\004\006\004\005\004\004\004\003\004\002\004\001\004\000\007\010'
seed core_relay twice "\\000$all$all"
seed core_relay not-logged-in '\001\000\000\000\000\000\000\000\000\004\000'
seed core_relay every-error '\001\002\001\002\002\002\003\002\004\002\005\002\006\002\007\002\010\007\377\002\011\002\012'
seed core_relay swapped-fields '\000\005\000\001\102\005\001\002\101\005\002\003\104\005\003\000\100'
seed core_relay changed-statement '\000\005\000\001\002\002\100\000\001\101\000\001\005\001\000\003\001\010\000\002'
seed core_relay other-kinds '\000\005\000\001\200\001\005\000\001\200\005\005\000\001\200\006\005\000\001\200\007\005\000\001\200\010'
seed core_relay rubbish '\000\006\004\000\012\002\010\001\010\003\010\000\012\000\004\000\010\001\020\002'
seed core_relay i-accept "\\000$all\\011\\000\\000\\000\\007\\005\\010\\007\\377"
seed core_relay slow "\\000\\004\\000\\004\\001\\007\\377\\007\\377\\007\\377\\007\\377$all"

# fuzz_server_session.c: steps
in='\000\000\000\000\001\000\000\002\000\000\003\000'
page='\002\000\000\000'
seed server_session page-and-accept "$in$page\\004\\001\\020\\000\\003\\001\\000\\000\\000\\006\\001\\003"
seed server_session silence "$in$page\\005\\100\\005\\100\\005\\100\\005\\377"
seed server_session decline-and-accept "$in$page\\003\\001\\001\\000\\000\\003\\002\\000\\000\\000\\003\\003\\003\\000\\000"
seed server_session offer "$in$page\\003\\001\\000\\000\\000\\003\\001\\002\\020\\000\\003\\002\\000\\000\\000"
seed server_session changed-header "$in\\002\\000\\000\\001\\050\\000\\001"
seed server_session changed-act "$in$page\\003\\001\\000\\000\\002\\020\\000\\001\\060\\000\\100"
seed server_session restarts "$in$page\\011\\000\\001\\000\\005\\100\\011\\005\\100\\000\\002\\000\\003\\002\\000\\000\\000"
seed server_session removed "$in$page\\012\\001\\003\\001\\000\\003\\001\\000\\000\\000\\002\\001\\000\\000"
seed server_session test-page "$in\\002\\001\\001\\000\\006\\000\\001"
seed server_session bad-share "$in\\002\\000\\200\\000\\011\\002\\000\\300\\000\\007"
seed server_session twice-the-same-login '\000\001\000\000\001\000\000\001\001\000\001\002\005\005\012'
seed server_session rubbish "$in\\007\\001\\005\\001\\000\\000\\007\\001\\020\\001\\004\\000abcd\\010\\001\\003\\000abc"

# fuzz_server_config.c
seed server_config whole '[relay]\nstate-dir = /var/lib/trucban\n[listen]\naddress = ::\nport = 7443\n[metrics]\nport = 9100\n[limits]\nmax-peers = 10\n[log]\nlevel = debug\n'
seed server_config heartbeat '[heartbeat]\naddress = 192.0.2.7\nport = 9\nevery-s = 10\n'
seed server_config unknown '[relay]\nstate_dir = /x\n'
seed server_config twice '[listen]\nport = 1\nport = 2\n'
seed server_config huge-number '[listen]\nport = 99999999999999999999\n'
seed server_config escape '\033]0;x\007:\n'
seed server_config section '[\033[2J]\n'
seed server_config no-end '[relay\nstate-dir'

# fuzz_cli_policy.c
seed cli_policy whole '{"id":"su-co","name":"S\341\273\261 c\341\273\221","classes":[1,2],"tiers":[{"accounts":["an"],"wait_s":60,"repeat_s":15},{"accounts":["binh","chi"],"wait_s":180}]}'
seed cli_policy escape-in-key '{"\\u001b[2J":1}'
seed cli_policy long-value '{"id":"0123456789012345678901234567890123456789012345678901234567890123"}'
seed cli_policy deep '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]'
seed cli_policy wrong-types '{"id":1,"name":{},"tiers":[7,{"accounts":"an","wait_s":-1}],"classes":"1"}'
seed cli_policy not-utf8 '{"id":"\300\257"}'

# fuzz_agent_doc.c, fuzz_cli_doc.c: 1 = as text
report='\001{"kind": <"ATT-06">, "title": <"x">, "text": <"y">, "class": <uint32 1>, "detected_at": <int64 5>, "no_state_secret": <true>, "file_names": <["a", "b"]>}'
seed agent_doc report "$report"
seed agent_doc policy '\001{"id": <"su-co">, "name": <"x">, "classes": <[uint32 1]>, "tiers": <[{"accounts": <["an"]>, "wait_s": <uint32 60>}]>}'
seed agent_doc wrong-types '\001{"title": <uint32 1>, "class": <"x">, "file_names": <"x">, "id": <b"x">, "tiers": <[{"accounts": <[1]>}]>}'
seed agent_doc bytes '\000title\000\000\000x\000\000s\006'
seed agent_doc message '\000l\001\000\001\004\000\000\000\001\000\000\000\000\000\000\000x'
seed cli_doc report "$report"
seed cli_doc page '\001{"page": <"0123456789abcdef">, "title": <"x\\u001b[2J\\u202ey">, "sender": <"so-y-te">, "state": <"ringing">, "class": <uint32 1>, "created_at": <int64 1764000000000>, "text": <"a\\nb">, "devices": <[{"account": <"an">, "tier": <uint32 1>, "released": <true>}]>, "events": <[{"kind": <"accept">, "at": <int64 1>, "account": <"an">, "reason": <"\\u0007">}]>, "files": <[{"name": <"../x">, "size": <uint64 3>}]>}'
seed cli_doc event '\001{"kind": <"decline">, "at": <int64 -9223372036854775808>, "account": <"an">, "name": <"\\u202eAn">, "reason": <"x">, "counted": <false>, "tier": <uint32 4294967295>}'
seed cli_doc moments '\001{"created_at": <int64 9223372036854775807>, "accepted_at": <int64 -1>, "eta_min": <uint32 4294967295>, "next_tier_at": <int64 253402300800000>}'
seed cli_doc nested '\001{"a": <{"b": <[{"c": <<<<1>>>>}]>}>, "d": <(1, "x", [true])>, "e": <1.5>, "f": <[byte 1, 2]>}'
