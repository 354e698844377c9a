# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# demo-desktop.sh - the night of demo.sh in windows: the clerk's and two responders' on one screen.
#
# Read by demo.sh --desktop.  Where there is a display a person may take part in every window, and the play goes on
# by itself if nobody does.  Without one it plays alone on an Xvfb of its own and leaves pictures in $shots.
# The windows are driven as any program could do it, by their actions on the bus and by the keyboard.

shots=$place/shots
alone=no     # nobody sits before the screen
patience=15  # seconds that a person has for each step
wide=630 high=900 # of one window on our own screen

# ---------------------------------------------------------------- screen and bus

# wait_line FILE PID: the first line that the process writes there
wait_line()
{
    for _ in $(seq 200); do
        [ ! -s "$1" ] || { head -n 1 "$1"; return; }
        [ -e "/proc/$2" ] || break
        sleep 0.05
    done
    return 1
}

# Not called "bus": the agents of this demo keep to themselves, and would find that.
start_bus()
{
    cat > "$place/bus.conf" << CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=$place/screen-bus</listen>
<policy context="default"><allow send_destination="*"/><allow own="*"/><allow eavesdrop="true"/></policy></busconfig>
CONF
    dbus-daemon --nofork --nosyslog --config-file="$place/bus.conf" --print-address=3 \
        3> "$place/bus.ready" > "$place/bus.log" 2>&1 < /dev/null &
    remember $! dbus-daemon
    screen_bus=$(wait_line "$place/bus.ready" $!) || fail "dbus-daemon: $(tail -n 1 "$place/bus.log")"
}

start_display()
{
    Xvfb -displayfd 3 -screen 0 "$((3 * wide))x${high}x24" -nolisten tcp -noreset \
        3> "$place/display" > "$place/xvfb.log" 2>&1 < /dev/null &
    remember $! Xvfb
    DISPLAY=:$(wait_line "$place/display" $!) || fail "Xvfb: $(tail -n 1 "$place/xvfb.log")"
    export DISPLAY GDK_BACKEND=x11 GSK_RENDERER=cairo GSETTINGS_BACKEND=memory GTK_A11Y=none GIO_USE_VFS=local \
        ADW_DISABLE_PORTAL=1 XDG_CONFIG_HOME=$place/config
    unset WAYLAND_DISPLAY
}

# A bell that nobody hears rings all the same, where there is a sound server to start.
start_sound()
{
    command -v pulseaudio > /dev/null || return 0
    mkdir -p "$place/pulse"
    pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 -L module-null-sink \
        -L "module-native-protocol-unix socket=$place/pulse/native" > "$place/sound.log" 2>&1 < /dev/null &
    remember $! pulseaudio
}

# Before the province is made: whoever lacks a program hears it at once.
open_screen()
{
    local program
    [ -x "$bin/trucban-desktop" ] ||
        fail "không có cửa sổ: $bin/trucban-desktop · the window was not built (TB_DESKTOP=OFF?)"
    for program in gapplication gdbus dbus-daemon; do
        command -v $program > /dev/null || fail "$program: chưa cài · not installed; ./run setup"
    done
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        screen_bus=${user_bus:-}
        [ -n "$screen_bus" ] || start_bus
        [ ! -S "$user_runtime/pulse/native" ] || export PULSE_SERVER=unix:$user_runtime/pulse/native # it is heard
        return
    fi
    for program in Xvfb xdotool import; do
        command -v $program > /dev/null || fail "$program: chưa cài · not installed; ./run setup"
    done
    alone=yes user_runtime=''
    mkdir -p "$shots"
    tell 'Không có màn hình: chạy một mình trên Xvfb và chụp ảnh.' 'There is no display: it plays alone on Xvfb and takes pictures.'
    start_bus
    start_display
    start_sound
}

# ---------------------------------------------------------------- windows

name_of() { printf 'vn.trucban.Desktop.p%s' "$(printf %s "$place/home-$1" | sha256sum | cut -c 1-16)"; }
on_bus() { DBUS_SESSION_BUS_ADDRESS=$screen_bus "$@"; }
order() { local who=$1; shift; on_bus gapplication action "$(name_of "$who")" "$@" 2>> "$place/windows.log"; } # WHO ACTION [PARAMETER]

# open_window WHO COLUMN [OPTION...]: with the surroundings of the person's own desktop, not with those of the agents
open_window()
{
    local who=$1 column=$2 pid
    shift 2
    DBUS_SESSION_BUS_ADDRESS=$screen_bus env ${user_runtime:+"XDG_RUNTIME_DIR=$user_runtime"} "$bin/trucban-desktop" --home "$place/home-$who" "$@" \
        >> "$place/window-$who.log" 2>&1 < /dev/null &
    pid=$!
    remember $pid trucban-desktop
    pids[$who]=$pid
    on_bus gdbus wait --session --timeout 20 "$(name_of "$who")" 2>> "$place/windows.log" && [ -e "/proc/$pid" ] ||
        fail "cửa sổ của $who không mở được · the window of $who did not open: $(tail -n 1 "$place/window-$who.log")
env -u DISPLAY -u WAYLAND_DISPLAY ./run demo --desktop: không cần màn hình · needs no display"
    put "$who" "$column"
}

close_window()
{
    kill "${pids[$1]}"
    wait "${pids[$1]}" || true
    sed -i "/^${pids[$1]} /d" "$place/pids"
}

window_of() { { xdotool search --all --onlyvisible --pid "${pids[$1]}" --name . 2> /dev/null || true; } | tail -n 1; }

# Side by side, as far as the screen is wide.  On Wayland every desktop places windows by its own rules.
put()
{
    local id width height step
    command -v xdotool > /dev/null && [ -z "${WAYLAND_DISPLAY:-}" ] || return 0
    for _ in $(seq 60); do
        id=$(window_of "$1")
        [ -z "$id" ] || break
        sleep 0.05
    done
    [ -n "$id" ] || return 0
    read -r width height < <(xdotool getdisplaygeometry)
    step=$((width / 3))
    [ $step -ge 600 ] || step=$(((width - 600) / 2))
    xdotool windowsize "$id" "$((width / 3 > 600 ? width / 3 : 600))" "$((height < 900 ? height : 900))" \
        windowmove "$id" "$(($2 * step))" 0 2>> "$place/windows.log" || true
}

# press WHO KEY...: as typed in that window
press() { local id; id=$(window_of "$1"); shift; xdotool windowfocus --sync "$id" key --delay 40 "$@"; }

# shot NAME WHO [SECONDS]: small enough to be looked at in a page of text
shot()
{
    local id
    [ $alone = yes ] || return 0
    sleep "${3:-0.8}" # what was ordered is drawn
    if [ "$2" = all ]; then
        import -silent -window root "$place/shot.png"
    else
        id=$(window_of "$2")
        xdotool windowfocus --sync "$id" && sleep 0.3
        import -silent -window "$id" "$place/shot.png"
    fi
    convert "$place/shot.png" -strip +dither -colors 96 -define png:compression-level=9 "PNG8:$shots/$1.png"
    rm -f "$place/shot.png"
    echo "$shots/$1.png" | quote
}

# ---------------------------------------------------------------- the night, with or without a person

newest() { json "$1" pages | field id; }
reported() { page=$(newest so-y-te) && [ -n "$page" ]; }
taken() { has_state so-y-te "$page" accepted; }
rings_or_taken() { has_state "$1" "$page" ringing || taken; }

# within SECONDS COMMAND...: does it come true?
within()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" 2> /dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

open_windows()
{
    declare -gA pids=()
    report_text
    as so-y-te report --kind ATT-06 --class 1 --title 'Máy chủ bệnh viện bị mã hóa' --text-file "$place/report.txt" \
        --attach "$place/smbd.log" --system 'Hồ sơ bệnh án điện tử' --system-level 3 --save-draft > /dev/null
    open_window so-y-te 0
    order so-y-te view "'report'"
    open_window an 1
    if [ $alone = yes ]; then
        ADW_DEBUG_COLOR_SCHEME=prefer-dark open_window binh 2
    else
        open_window binh 2
    fi
}

clerk_reports()
{
    local key
    tell 'Ba cửa sổ: so-y-te, an, binh. so-y-te đã viết một báo cáo, chưa gửi.' 'Three windows: so-y-te, an, binh. so-y-te has written a report, not sent it yet.'
    if [ $alone = yes ]; then
        shot 1-report so-y-te 1.5
        # Sent without the gate: the form says so and goes to it.
        for key in alt+k space alt+k; do
            press so-y-te $key
            sleep 0.7
        done
        within 10 reported || fail 'so-y-te: báo cáo chưa được gửi · the report was not sent'
    else
        tell "Mời bạn là so-y-te: tích ô cuối và nhấn «Ký và gửi». Sau $patience giây máy gửi thay." \
            "Be so-y-te: tick the last box and press \"Sign and send\". After $patience s it is sent for you."
        if ! within $patience reported; then
            page=$(json so-y-te report --draft --no-state-secrets | field page)
            order so-y-te view "'inbox'" || true
        fi
    fi
    [ -n "${page:-}" ] || fail 'report'
    began=$(date +%s%N)
    tell "so-y-te báo cáo: mã hóa dữ liệu (ATT-06), mức độ 1. Lệnh gọi $page." 'so-y-te has reported ransomware (ATT-06), class 1.'
}

tier_rings() # WHO TIER: false if somebody has taken it meanwhile
{
    wait_for 40 "bậc $2 không đổ chuông · tier $2 does not ring" rings_or_taken "$1"
    ! taken || return 1
    if [ "$2" = 1 ]; then
        tell "Bậc 1: cửa sổ của an đổ chuông." "Tier 1: an's window rings."
    else
        tell "Không ai trả lời. Bậc 2: cửa sổ của binh đổ chuông." "Nobody answers. Tier 2: binh's window rings."
    fi
    [ $alone = yes ] || tell 'Ai ngồi đây đều có thể nhận, từ chối hoặc chuyển giao.' 'Whoever sits here may accept, decline or hand over.'
}

# Accepts as binh would, in the window.
binh_accepts()
{
    order binh accept-in "('$page', uint32 10)" || json binh accept "$page" --eta 10 > /dev/null
    wait_for 10 'người báo cáo chưa thấy tên · the clerk sees no name' taken
}

desktop_night()
{
    open_windows
    clerk_reports
    if tier_rings an 1; then
        shot 2-ringing an
        if tier_rings binh 2; then
            shot 3-night all
            shot 4-ringing-dark binh
            [ $alone = yes ] || within $patience taken || true
            taken || binh_accepts
        fi
    fi
    reader=$(json so-y-te show "$page" | field owner)
    tell "Máy của so-y-te đã kiểm tra chữ ký và hiện tên:" "The clerk's machine has checked the signature and shows:"
    show_owner so-y-te "$page" | quote
    wait_for 5 'an vẫn đổ chuông · an still rings' has_state an "$page" accepted
    [ $alone = no ] || last_pictures
}

last_pictures()
{
    shot 5-receipt so-y-te
    order binh show-page "'$page'"
    shot 6-page-dark binh 10 # what was just done is no longer said
    order an verify "'binh'"
    shot 7-verify an
    close_window an # it comes back in another language
    open_window an 1 --lang en
    order an show-page "'$page'"
    sleep 0.5
    press an Page_Down
    shot 8-page-en an
}

windows_stay()
{
    if [ $alone = no ] && [ $keep = no ] && [ -t 0 ]; then
        tell 'Các cửa sổ còn mở. Nhấn Enter để kết thúc.' 'The windows stay open. Press Enter to end.'
        read -r -t 3600 _ || true
    fi
}
