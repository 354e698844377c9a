#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# desktop.sh - the window's figures (BENCHMARKS.md): desktop_bench on a screen of its own, before dummy agents.
set -euo pipefail

bin=${TRUCBAN_BIN:?the folder with the programs}
source=${TRUCBAN_SRC:?the folder with the sources}
starts=${BENCH_STARTS:-7}
dir=$(mktemp -d /tmp/trucban-bench-XXXXXX)
pids=()

finish()
{
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2> /dev/null || true
    rm -rf "$dir"
}
trap finish EXIT

export XDG_RUNTIME_DIR="$dir/run" XDG_CONFIG_HOME="$dir/config" XDG_CACHE_HOME="$dir/cache" XDG_DATA_HOME="$dir/data"
export GSETTINGS_BACKEND=memory GSK_RENDERER=cairo GDK_BACKEND=x11 GIO_USE_VFS=local PULSE_SERVER=unix:/nonexistent
unset WAYLAND_DISPLAY TRUCBAN_HOME
mkdir -m 700 "$XDG_RUNTIME_DIR"

# Waits until the file has a line.
told()
{
    local i
    for ((i = 0; i < 300; i++)); do
        [ ! -s "$1" ] || return 0
        sleep 0.1
    done
    echo "desktop.sh: nothing in $1" >&2
    exit 1
}

screen()
{
    Xvfb -displayfd 3 -screen 0 1000x760x24 -nolisten tcp -noreset 3> "$dir/display" > "$dir/xvfb.log" 2>&1 &
    pids+=($!)
    told "$dir/display"
    DISPLAY=:$(cat "$dir/display")
    dbus-daemon --session --nofork --print-address=3 3> "$dir/bus" > "$dir/bus.log" 2>&1 &
    pids+=($!)
    told "$dir/bus"
    DBUS_SESSION_BUS_ADDRESS=$(cat "$dir/bus")
    export DISPLAY DBUS_SESSION_BUS_ADDRESS
}

# serve SCENE - a dummy agent behind $dir/SCENE
serve()
{
    [ ! -d "$dir/$1" ] || return 0
    mkdir -m 700 "$dir/$1"
    "$bin/tests/dummy_agent" --home "$dir/$1" --scene "$source/tests/desktop/scenes/$1.scene" --ready-fd 3 \
        3> "$dir/$1.ready" > "$dir/$1.log" 2>&1 &
    pids+=($!)
    told "$dir/$1.ready"
}

# bench WHAT SCENE
bench()
{
    serve "$2"
    BENCH_STARTED=$EPOCHREALTIME "$bin/tests/desktop_bench" "$1" --home "$dir/$2" 2>> "$dir/window.log" ||
        { cat "$dir/window.log" >&2; exit 1; }
}

# min, median, max of what stands behind `$1` in the lines on stdin
middle() { sed -n "s/^$1 //p" | sort -n | awk -v name="$1" '{ v[NR] = $1 } END { printf "%s: min %s  median %s  max %s  (%d starts)\n", name, v[1], v[int((NR + 1) / 2)], v[NR], NR }'; }

machine()
{
    sed -n 's/^model name[^:]*: /processor: /p' /proc/cpuinfo | sort | uniq -c
    awk '{ print "load: " $1 }' /proc/loadavg
    pkg-config --modversion gtk4 libadwaita-1 2> /dev/null | paste -sd' ' | sed 's/^/GTK, libadwaita: /' || true
}

machine
screen
bench start night > /dev/null # what is read from the disk for the first time is no figure
for ((i = 0; i < starts; i++)); do
    bench start night
done > "$dir/starts"
middle 'start to card ms' < "$dir/starts"
middle 'resident KiB' < "$dir/starts"
bench arrive empty
bench search big
bench scroll big
