#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# analyze_runs.sh - tests run under a tool that watches them: `analyze_runs.sh tsan` or `analyze_runs.sh valgrind`.
#
# tsan: TB_BUILD_DIR is a build with TB_SANITIZE=thread.  Where we have threads: the agent's sound (sound.c), a test's
# own relay beside the core (test_core_conn.c), and, with all of GLib's threads, relay, agents and command line together
# (test_hostile.c).  The relay has one thread, which test_secrets.c holds.
#
# valgrind: TB_BUILD_DIR is a build without sanitizers.  Every unit test but those named below; ONLY='proto_.*' in the
# environment chooses, LIMIT is how many seconds each may take.
#
# Runs in the top folder.  What is known of other people's libraries is in tests/tsan.supp; valgrind said nothing of them.
set -euo pipefail
how=${1:-}
bin=${TB_BUILD_DIR:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
export LC_ALL=C.UTF-8 TZ=UTC TRUCBAN_BIN=$bin TRUCBAN_SRC=$PWD GSETTINGS_BACKEND=memory GIO_USE_VFS=local
export G_SLICE=always-malloc
[[ $bin == /* ]] || TRUCBAN_BIN=$PWD/$bin

# watched NAME SECONDS COMMAND... - runs it; says whether it was clean, and how it ended if it was not.
watched()
{
    local name=$1 limit=$2 begun=$SECONDS status=0
    shift 2
    timeout "$limit" "$@" > "$work/out" 2>&1 || status=$?
    case "$status" in
    0) echo "clean: $name ($((SECONDS - begun)) s)" ;;
    77) echo "skipped: $name" ;;
    *) tail -n 60 "$work/out"; echo "NOT CLEAN: $name (status $status)"; bad=1 ;;
    esac
}

tsan()
{
    export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=1 exitcode=66"
    watched unit/core_conn 300 "$bin/tests/test_core_conn"
    watched scenario/agent_sound 300 "$bin/tests/scenario_agent_sound"
    watched scenario/hostile 600 "$bin/tests/scenario_hostile"
}

# NAME reason: what valgrind cannot watch.
not_for_valgrind()
{
    cat << 'END'
agent_sandbox   a process that may call nothing any more ends, and valgrind with it
server_sandbox  the same
core_conn       its deadlines are those of a network, and pass meanwhile; the address sanitizer watches it in every run
END
}

valgrind_all()
{
    local test name
    for test in "$bin"/tests/test_*; do
        name=${test##*/test_}
        if [ ! -x "$test" ] || { [ -n "${ONLY:-}" ] && [[ ! $name =~ ^($ONLY)$ ]]; }; then continue; fi
        ! not_for_valgrind | grep -q "^$name " || continue
        watched "unit/$name" "${LIMIT:-1200}" valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
            --errors-for-leak-kinds=definite "$test"
    done
}

case "$how" in
tsan) tsan ;;
valgrind) valgrind_all ;;
*) echo "analyze_runs.sh: '$how': should be tsan or valgrind" >&2; exit 2 ;;
esac
exit "$bad"
