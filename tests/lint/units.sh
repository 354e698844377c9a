#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# units.sh - the relay's systemd unit leaves little to somebody who took the relay over, and lets it enter
# its own sandbox: the kernel's calls for that are in no ready-made group of systemd's.  The agent's starts
# wherever a user's service manager runs: nothing in it needs a namespace.
. tests/lint/common

unit=deploy/trucban-relay.service
most=15 # tenths, of systemd-analyze's exposure level

for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp; do
    grep -qE "^SystemCallFilter=.*\b$call\b" "$unit" || complain "$unit: SystemCallFilter lacks $call: no sandbox"
done
grep -q '^LimitCORE=0$' "$unit" || complain "$unit: core dumps are possible"
grep -q '^LimitCORE=0$' deploy/trucban-agent.service || complain "deploy/trucban-agent.service: core dumps are possible"

agent=deploy/trucban-agent.service
for line in NoNewPrivileges=yes LockPersonality=yes SystemCallErrorNumber=EPERM; do
    grep -q "^$line\$" "$agent" || complain "$agent: lacks $line"
done
if asks=$(grep -nE '^(Protect[A-Z]|Private[A-Z]|ReadOnlyPaths|ReadWritePaths|InaccessiblePaths|TemporaryFileSystem|BindPaths|DynamicUser)' "$agent"); then
    complain "$agent:$asks: needs a namespace, which not every kernel lets a user make"
fi

if ! command -v systemd-analyze > /dev/null; then
    verdict
    skip "no systemd-analyze"
fi
if ! said=$(systemd-analyze security --offline=true --no-pager --threshold="$most" "$unit" 2>&1); then
    complain "$unit: $(echo "$said" | tail -n 1 | sed 's/^[^O]*//'); at most $most tenths"
    complain "$(echo "$said" | grep '^✗')"
fi
verdict
