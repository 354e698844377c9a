#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# layers.sh - the dependency rule of ARCHITECTURE.md, checked on #include lines.
. tests/lint/common

# A folder may include itself and the folders named after its colon.
layers='
proto:
keys: proto
confine: proto
server: proto confine
client/core: proto
client/api: proto
client/agent: client/core client/api client/text proto confine
client/text: client/api proto
client/paper: proto
client/cli: client/api client/text proto
client/desktop: client/api client/text client/paper proto
'

# header:files - a library has one home; the last line that matches counts.
homes='
libwebsockets.h:server/ws.c client/core/conn.c
sqlite3.h:server/store*.c client/core/store*.c
signal/*.h:client/core/e2e*.[ch]
libnotify/*:client/agent/notify.c
canberra.h:client/agent/sound*.c
pulse/*:client/agent/sound*.c
openssl/*:server/tls*.c server/ws.c client/core/e2e*.c client/core/conn.c client/core/tls*.c
uv.h:server/*
seccomp.h:confine/* server/sandbox.c client/agent/sandbox_calls.c
linux/landlock.h:confine/*
glib.h:client/api/* client/text/* client/agent/* client/cli/* client/desktop/*
glib/*:client/api/* client/text/* client/agent/* client/cli/* client/desktop/*
glib-*:client/api/* client/text/* client/agent/* client/cli/* client/desktop/*
gio/*:client/api/* client/text/* client/agent/* client/cli/* client/desktop/*
libsecret/*:client/agent/*
cairo*.h:client/paper/*
pango/*:client/paper/*
gtk/*:client/desktop/*
adwaita.h:client/desktop/*
'

# proto/ has no clock, socket, file or log.
impure='time.h sys/time.h stdio.h sys/socket.h sys/stat.h netdb.h poll.h unistd.h fcntl.h syslog.h pthread.h dirent.h'

# fits NAME PATTERN... - does a name match one of these?
fits()
{
    name=$1
    shift
    for pattern; do
        # shellcheck disable=SC2254 # the pattern is meant as one
        case "$name" in $pattern) return 0 ;; esac
    done
    return 1
}

# check_own DIR ALLOWED FILE INCLUDE - an include of ours, in quotes.
check_own()
{
    case "$4" in
    *.pb-c.h) [ "${4#*/}" = "$4" ] && set -- "$1" "$2" "$3" "proto/$4" ;;
    esac
    if [ "${4#*/}" = "$4" ]; then
        complain "$3: write \"$4\" from the top folder, as in \"$1/$4\""
        return
    fi
    for ok in "$1" $2; do
        [ "${4%/*}" = "$ok" ] && return
    done
    complain "$3: $1/ may not include \"$4\" (it may use: ${2:- nothing but itself})"
}

# check_library DIR FILE HEADER - an include of the system, in angle brackets.
check_library()
{
    home=$(echo "$homes" | while IFS=: read -r header files; do
        fits "$3" "$header" && echo "$files"
    done | tail -n 1)
    # shellcheck disable=SC2086
    if [ -n "$home" ] && ! fits "$2" $home; then
        complain "$2: <$3> belongs only into: $home"
    fi
    # shellcheck disable=SC2086
    if [ "$1" = proto ] && [ "$2" != proto/cleanup.h ] && fits "$3" $impure; then
        complain "$2: <$3>: proto/ is pure, without clock, socket, file or log"
    fi
}

set -f
echo "$layers" | while IFS=: read -r dir allowed; do
    [ -n "$dir" ] && [ -d "$dir" ] || continue
    find "$dir" -name '*.[ch]' | sort | xargs -r \
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\(["<]\)\([^">]*\)[">].*/\1 \2/;t show;b;:show;F;p' |
        while read -r file && read -r mark inc; do
            case "$mark" in
            '"') check_own "$dir" "$allowed" "$file" "$inc" ;;
            *) check_library "$dir" "$file" "$inc" ;;
            esac
        done
done

# Headers that include each other in a circle have no order to read them in.
# shellcheck disable=SC2046
edges=$(sources '*.h' | xargs -r grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' |
    sed 's/^\([^:]*\):.*"\(.*\)"/\1 \2/')
echo "$edges" | tsort 2>&1 >/dev/null | sed -n 's/^tsort: \(.*\/.*\)/\1: is part of a circle of includes/p' >> "$problems"
verdict
