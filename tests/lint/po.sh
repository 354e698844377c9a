#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# po.sh - every message of the sources is in every catalogue, translated, and
# none is unsure or left over.
. tests/lint/common

command -v xgettext > /dev/null && command -v msgcmp > /dev/null || skip "gettext is not installed"
work=$(mktemp -d)
trap 'rm -rf "$work" "$problems"' EXIT

sh client/po/update.sh "$work" || complain "client/po/update.sh failed"
cmp -s "$work/POTFILES" client/po/POTFILES || complain "client/po/POTFILES: out of date; sh client/po/update.sh"
cmp -s "$work/said.inc" client/api/said.inc || complain "client/api/said.inc: out of date; sh client/po/update.sh"
cmp -s "$work/said-proto.inc" proto/said.inc || complain "proto/said.inc: out of date; sh client/po/update.sh"
while read -r language; do
    po=client/po/$language.po
    msgfmt -c --check-format -o "$work/mo" "$po" 2> "$work/said" || complain "$(cat "$work/said")"
    count=$(LC_ALL=C msgfmt --statistics -o "$work/mo" "$po" 2>&1)
    case "$count" in *fuzzy* | *untranslated*) complain "$po: $count" ;; esac
    msgcmp "$po" "$work/trucban.pot" 2> "$work/said" || complain "$(cat "$work/said")"
    msgattrib --only-obsolete "$po" | grep -q '^#~ msgid' && complain "$po: has messages that no source uses"
done < client/po/LINGUAS
verdict
