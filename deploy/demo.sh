#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh - one night in a province, on this machine, with the real programs.
#
#   demo.sh [--keep] [--desktop]   plays it; --keep leaves everything running,
#                                  --desktop opens windows (demo-desktop.sh)
#   demo.sh stop                   ends what --keep left, by recorded process ids
#
# Loopback only.  Everything lives in build/demo and nothing else is touched.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
place=$PWD/build/demo
bin=${TRUCBAN_BIN:-$PWD/build/release}
keep=no
desktop=no

# ---------------------------------------------------------------- processes

remember() { echo "$1 $2" >> "$place/pids"; } # PID NAME

end_one() # PID
{
    kill "$1" 2> /dev/null || return 0
    for _ in $(seq 100); do [ -e "/proc/$1" ] || break; sleep 0.05; done
}

# end_on_profiles PROGRAM: all that run on a profile of this demo (--home), whoever started them
end_on_profiles()
{
    local proc i home
    local -a words
    for proc in /proc/[0-9]*; do
        mapfile -d '' -t words 2> /dev/null < "$proc/cmdline" || continue
        home=${words[0]:-}
        [ "${home##*/}" = "$1" ] || continue
        for i in "${!words[@]}"; do
            case "${words[i]}" in
            --home) home=${words[i + 1]:-/} ;;
            --home=*) home=${words[i]#--home=} ;;
            esac
        done
        home=$(cd "$proc/cwd" 2> /dev/null && realpath -m -- "${home:-/}") || continue
        [[ $home == "$place/home-"* ]] || continue
        end_one "${proc#/proc/}"
        stopped=yes
    done
}

# Ends the processes of an earlier run, and only those: the id must still belong to the program named.  Windows and
# `trucban watch` come first, also those that somebody opened by hand: they start an agent that is gone again.
stop_all()
{
    local stopped=no program
    for program in trucban-desktop trucban; do end_on_profiles $program; done
    if [ -f "$place/pids" ]; then
        while read -r pid name; do
            ! grep -qsa "$name" "/proc/$pid/cmdline" || end_one "$pid"
        done < <(tac "$place/pids")
        stopped=yes
    fi
    end_on_profiles trucban-agent
    [ $stopped = yes ] || { [ "${1:-}" = quiet ] || echo "Không có gì đang chạy. · Nothing is running."; return 0; }
    rm -f "$place/pids"
    [ "${1:-}" = quiet ] || echo "Đã dừng. · Stopped."
}

# start NAME PROGRAM ARG...: waits for the line that the program writes to descriptor 3.  Without the display, through
# which an agent would find a desktop's bus or start one.
start()
{
    local name=$1 ready=$place/$1.ready
    shift
    rm -f "$ready"
    mkfifo "$ready"
    env -u DISPLAY -u WAYLAND_DISPLAY "$bin/$1" "${@:2}" --ready-fd 3 3> "$ready" >> "$place/$name.log" 2>&1 < /dev/null &
    remember $! "$1"
    if ! read -r -t 20 line < "$ready"; then
        tail -n 5 "$place/$name.log" >&2
        echo "$1 không khởi động được · did not start: $place/$name.log" >&2
        exit 1
    fi
    rm -f "$ready"
}

stop_one() # NAME of a program, the newest one
{
    local pid
    pid=$(grep " $1\$" "$place/pids" | tail -n 1 | cut -d' ' -f1)
    kill "$pid"
    while [ -e "/proc/$pid" ]; do sleep 0.05; done
    sed -i "/^$pid /d" "$place/pids"
}

# ---------------------------------------------------------------- telling

began=$(date +%s%N)
since() { local ms=$((($(date +%s%N) - began) / 1000000)); printf '%4d.%01d s' $((ms / 1000)) $((ms % 1000 / 100)); }
tell() { printf '\n[%s] %s\n%11s %s\n' "$(since)" "$1" '' "$2"; }
quote() { sed 's/^/              │ /'; }

fail()
{
    printf '\nHỎNG · FAILED: %s\n' "$1" >&2
    echo "Nhật ký · logs: $place/*.log" >&2
    exit 1
}

as() { local who=$1; shift; "$bin/trucban" --home "$place/home-$who" "$@"; }
json() { local who=$1; shift; "$bin/trucban" --home "$place/home-$who" --json "$@"; }
field() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }

number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" | head -n 1; }

wait_for() # SECONDS WHAT COMMAND...: until the command succeeds
{
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "$what"
        sleep 0.1
    done
}
has_state() { [ "$(json "$1" show "$2" | field state)" = "$3" ]; }
is_online() { json "$1" status | grep -q '"stage":"ready","online":"online".*"outbox":0.*"sessions_missing":0'; }
asked() { json "$1" status | grep -q '"online":"online".*"outbox":0'; }

# ---------------------------------------------------------------- the province

free_port()
{
    local port
    for port in $(shuf -i 20000-31999 -n 200); do
        (: > "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
    fail "no free port on 127.0.0.1"
}

# What they tell the operator (next steps, levels) is for one who sits alone before them: shown only if it fails.
keys()
{
    "$bin/trucban-keys" "$@" --passphrase-file "$place/passphrase" 2> "$place/said.log" || fail "$(cat "$place/said.log")"
}

make_province()
{
    local port
    port=$(free_port)
    keys init --demo --province tinh-mau --person 'Nguyễn Văn Mẫu' --dir "$place/keys" --cost minimal > /dev/null
    "$bin/trucban-relay" init --state "$place/relay" --address "127.0.0.1:$port" --out "$place/relay.tbp" > /dev/null
    keys relay --roster "$place/keys/roster.tbp" --key "$place/keys/custodian.key" --append "$place/relay.tbp" > /dev/null
    "$bin/trucban-relay" import --state "$place/relay" "$place/keys/roster.tbp" > /dev/null
    printf '[relay]\nstate-dir = %s\n[listen]\naddress = 127.0.0.1\nport = %s\n[metrics]\naddress = 127.0.0.1\nport = 0\n' \
        "$place/relay" "$port" > "$place/relay.conf"
    start relay trucban-relay --config "$place/relay.conf"
    metrics=${line##* }
}

enrol() # ACCOUNT AGENCY ROLE NAME UNIT
{
    local words
    mkdir -m 700 "$place/home-$1"
    keys invite --roster "$place/keys/roster.tbp" --key "$place/keys/registrar.key" --account "$1" --agency "$2" \
        --role "$3" --out "$place/$1.invite" > /dev/null
    start "$1" trucban-agent --home "$place/home-$1" --passphrase-file "$place/passphrase" --foreground
    words=$(json "$1" enroll --invite-file "$place/$1.invite" --device may-1 --name "$4" --unit "$5" --phone '0000 000 000' \
        --passphrase-file "$place/passphrase" --cost minimal | field words)
    wait_for 20 "$1: yêu cầu chưa tới trạm chuyển tiếp · the request did not reach the relay" asked "$1"
    "$bin/trucban-relay" requests --state "$place/relay" --out "$place/$1.requests" > /dev/null
    keys approve --roster "$place/keys/roster.tbp" --key "$place/keys/registrar.key" --account "$1" --words "$words" \
        --vetted in-person --append --out "$place/$1.approval" "$place/$1.requests" > /dev/null
    "$bin/trucban-relay" import --state "$place/relay" "$place/$1.approval" > /dev/null
    printf '              %-8s %-11s %s\n' "$1" "$3" "$words"
}

write_policy() # [SECONDS of tier 1]
{
    cat > "$place/policy.json" << END
{"id": "su-co", "name": "Sự cố an toàn thông tin", "tiers": [
  {"accounts": ["an"],   "wait_s": ${1:-5},  "repeat_s": 5},
  {"accounts": ["binh"], "wait_s": 60, "repeat_s": 15},
  {"accounts": ["chi"],  "wait_s": 60, "repeat_s": 15}]}
END
    as chi policy set "$place/policy.json" > /dev/null
    for who in so-y-te an binh chi dung; do
        wait_for 20 "$who: chưa có phương án · has no policy" json "$who" policy show su-co
        wait_for 20 "$who: chưa sẵn sàng · is not ready" is_online "$who"
    done
}

# ---------------------------------------------------------------- the night

canary='tờ-đòi-tiền-chuộc-PHOENIX-7'

report_text()
{
    printf 'Từ 02:40 các tệp hồ sơ bệnh án đổi đuôi .phoenix, có %s trên màn hình.\nĐã rút mạng hai máy chủ.\n' "$canary" > "$place/report.txt"
    printf '02:41:07 smbd: rename benh-an-001.dcm benh-an-001.dcm.phoenix (%s)\n' "$canary" > "$place/smbd.log"
}

report() # CLASS TITLE
{
    report_text
    json so-y-te report --kind ATT-06 --class "$1" --title "$2" --text-file "$place/report.txt" --attach "$place/smbd.log" \
        --system 'Hồ sơ bệnh án điện tử' --system-level 3 --no-state-secrets | field page
}

night()
{
    began=$(date +%s%N)
    tell 'so-y-te báo cáo: mã hóa dữ liệu (ATT-06), mức độ 1, hệ thống cấp độ 3.' \
        'so-y-te reports ransomware (ATT-06), class 1, on a level-3 system.'
    page=$(report 1 'Máy chủ bệnh viện bị mã hóa')
    [ -n "$page" ] || fail 'report'
    tell "Trạm chuyển tiếp đã ghi xuống đĩa và ký biên nhận. Lệnh gọi $page." 'On the disk of the relay, receipt signed.'
    wait_for 10 'bậc 1 không đổ chuông · tier 1 does not ring' has_state an "$page" ringing
    tell 'Bậc 1: máy của an đổ chuông. An ngủ say.' "Tier 1: an's machine rings. An sleeps."
    has_state binh "$page" waiting || fail 'binh không được đọc trước lượt · binh must not read before the turn'
    tell 'binh đã có phong bì nhưng chưa đọc được: chưa tới lượt.' 'binh holds the envelope and cannot read it: not yet his turn.'
    wait_for 15 'bậc 2 không đổ chuông · tier 2 does not ring' has_state binh "$page" ringing
    tell 'Hết 5 giây im lặng. Bậc 2: máy của binh đổ chuông, và binh đọc được:' "Five seconds of silence. Tier 2: binh's machine rings, and binh can read:"
    as binh show "$page" | sed -n '1,12p' | quote
    json binh accept "$page" --eta 10 > /dev/null
    wait_for 10 'người báo cáo chưa thấy tên · the clerk sees no name' has_state so-y-te "$page" accepted
    tell 'binh nhận, 10 phút nữa. Máy của so-y-te đã kiểm tra chữ ký và hiện tên:' "binh accepts, ETA 10. The clerk's machine has checked the signature and shows:"
    show_owner so-y-te "$page" | quote
    wait_for 5 'an vẫn đổ chuông · an still rings' has_state an "$page" accepted
    tell 'Chuông của an đã tắt.' "an's bell has stopped."
}

# show_owner WHO PAGE: who has taken it, as WHO's machine has verified it.
show_owner()
{
    local shown name level eta
    shown=$(json "$1" show "$2")
    name=$(field owner_name <<< "$shown")
    level=$(number owner_level <<< "$shown")
    eta=$(number eta_min <<< "$shown")
    printf '%s (%s), độ tin cậy %s, %s phút nữa · level %s, in %s minutes\n' \
        "$(field owner <<< "$shown")" "$name" "$level" "$eta" "$level" "$eta"
}

# ---------------------------------------------------------------- what the relay knows

search_relay()
{
    local found=0 core
    as "${reader:-binh}" show "$page" | grep -q "$canary" || fail 'phép thử sai: chính người nhận cũng không thấy · the search proves nothing'
    tell "Tìm «$canary» trong mọi thứ của trạm chuyển tiếp:" 'Searching everything of the relay for these words:'
    grep -rqa "$canary" "$place/relay" "$place/relay.log" && found=1
    exec 4<> "/dev/tcp/127.0.0.1/$metrics"
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&4
    cat <&4 > "$place/metrics.txt"
    exec 4>&-
    grep -qa "$canary" "$place/metrics.txt" && found=1
    [ $found = 0 ] || fail 'trạm chuyển tiếp giữ nội dung · the relay holds content'
    printf '              tệp, nhật ký, số liệu: không · files, log, metrics: nothing\n'
    if [ "$(id -u)" = 0 ] && command -v gcore > /dev/null; then
        core=$place/core
        gcore -o "$core" "$(grep ' trucban-relay$' "$place/pids" | cut -d' ' -f1)" > /dev/null 2>&1 || true
        if ls "$core".* > /dev/null 2>&1; then
            grep -qa 'so-y-te' "$core".* || fail 'phép thử sai · the search of memory proves nothing'
            grep -qa "$canary" "$core".* && fail 'bộ nhớ của trạm chuyển tiếp giữ nội dung · memory of the relay holds content'
            rm -f "$core".*
            printf '              bộ nhớ: không · memory: nothing\n'
            return
        fi
    fi
    printf '              bộ nhớ: bỏ qua, cần root và gdb · memory: skipped, needs root and gdb\n'
}

forge()
{
    local second
    second=$(report 2 'Máy trạm thứ hai bị mã hóa')
    wait_for 10 'bậc 1 không đổ chuông · tier 1 does not ring' has_state an "$second" ringing
    tell 'Chủ trạm chuyển tiếp dừng máy đó và ghi vào kho: «binh đã nhận», chữ ký giả.' "The relay's owner stops it and writes into its store: \"accepted by binh\", with a forged signature."
    stop_one trucban-relay
    "$bin/tests/forge_accept" "$place/relay" "$second" binh | quote
    start relay trucban-relay --config "$place/relay.conf"
    metrics=${line##* }
    wait_for 30 'so-y-te không nối lại · does not come back' is_online so-y-te
    wait_for 10 'không thấy chữ ký giả bị từ chối · the forgery was not noticed' grep -q BADSIG "$place/so-y-te.log"
    has_state so-y-te "$second" accepted && fail 'chữ ký giả được tin · the forgery was believed'
    tell 'so-y-te không tin: lệnh gọi vẫn chưa có ai nhận.' 'so-y-te does not believe it: nobody has taken the page.'
    as so-y-te show "$second" | sed -n '1,4p' | quote
}

how_to_go_on()
{
    cat << END

Tất cả còn chạy. · All of it is still running.
  PATH="$bin:\$PATH"
  trucban --home $place/home-so-y-te report --kind ATT-06 --class 1 --title 'Thử' --text-file - --no-state-secrets
  trucban --home $place/home-an watch          # an, binh: ứng cứu viên · responders
  trucban --home $place/home-binh pages
  trucban --home $place/home-chi contacts      # chi: điều phối viên · coordinator; dung: ứng cứu viên
  ./run stop                                   # dừng · end it
END
}

play()
{
    [ ! -f "$place/pids" ] || { echo "Đang chạy; ./run stop trước. · Already running; ./run stop first." >&2; exit 1; }
    mkdir -p "$place"
    find "$place" -mindepth 1 -maxdepth 1 ! -name shots -exec rm -rf {} + # pictures of an earlier run stay
    chmod 700 "$place"
    user_bus=${DBUS_SESSION_BUS_ADDRESS:-} user_runtime=${XDG_RUNTIME_DIR:-}
    export XDG_RUNTIME_DIR=$place
    unset DBUS_SESSION_BUS_ADDRESS
    [ $keep = yes ] || trap 'stop_all quiet' EXIT
    (umask 077 && head -c 18 /dev/urandom | base64 > "$place/passphrase")
    [ $desktop = no ] || open_screen
    tell 'Lễ tạo khóa: gốc, thẩm quyền, người quản lý danh bạ, trạm chuyển tiếp. (trình diễn: một người)' 'The ceremony: root, authority, registrar, relay. (demo: one person)'
    make_province
    tell 'Năm người tham gia; sáu từ đọc qua điện thoại:' 'Five people enrol; six words read over the telephone:'
    enrol chi cong-an coordinator 'Chi Mẫu' 'Công an tỉnh Mẫu'
    enrol an cong-an responder 'An Mẫu' 'Công an tỉnh Mẫu'
    enrol binh cong-an responder 'Bình Mẫu' 'Công an tỉnh Mẫu'
    enrol dung cong-an responder 'Dung Mẫu' 'Công an tỉnh Mẫu'
    enrol so-y-te so-y-te agency 'Văn thư Sở Y tế Mẫu' 'Sở Y tế tỉnh Mẫu'
    tier_1=5
    [ $desktop = no ] || [ $alone = yes ] || tier_1=$patience
    tell "Phương án: bậc 1 an ($tier_1 giây), bậc 2 binh, bậc 3 chi. chi ký." "Policy: tier 1 an ($tier_1 s), tier 2 binh, tier 3 chi. Signed by chi."
    write_policy $tier_1
    if [ $desktop = yes ]; then
        desktop_night
        search_relay
        windows_stay
    else
        night
        search_relay
        forge
    fi
    tell 'Xong.' 'Done.'
    [ $keep = no ] || how_to_go_on
}

wrong()
{
    echo "không có tùy chọn «$1»: chỉ có --desktop (mở các cửa sổ), --keep (để mọi thứ chạy tiếp) và stop" >&2
    echo "there is no option '$1': only --desktop (open the windows), --keep (leave everything running) and stop" >&2
    exit 2
}

if [ "${1:-}" = stop ]; then
    stop_all
    exit
fi
for option in "$@"; do
    case "$option" in
    --keep) keep=yes ;;
    --desktop) desktop=yes ;;
    *) wrong "$option" ;;
    esac
done
# shellcheck source=deploy/demo-desktop.sh
[ $desktop = no ] || . deploy/demo-desktop.sh
play
