#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# update.sh - brings POTFILES and the catalogues up to date with the sources; run in the top folder.
#   update.sh           changes client/po, client/api/said.inc and proto/said.inc
#   update.sh OUTDIR    writes POTFILES, said.inc, said-proto.inc and trucban.pot there and changes nothing
set -eu
out=${1:-client/po}
inc=${1:-client/api}/said.inc
if [ $# = 0 ]; then proto_inc=proto/said.inc; else proto_inc=$1/said-proto.inc; fi

# sentences OPTION... -- FILE... - the English texts that stand there as arguments of these functions.
sentences()
{
    xgettext --from-code=UTF-8 --language=C "$@" --no-location --no-wrap --output=- 2> /dev/null |
        sed -n 's/^msgid \("[^ ].*[^ ]"\)$/    N_(\1),/p'
}

# What core, agent and relay say in English and a frontend translates (client/api/said.h): no marks are
# needed there, every literal that goes into a refusal is one.
known()
{
    grep '[a-z][a-z]* [%a-z]' | grep '[a-z][a-z][a-z]' | grep -v 'N_("CREATE' | LC_ALL=C sort -u
}
sentences --keyword --keyword=why_no:3 --keyword=X:3 proto/*.c proto/result.h | known > "$proto_inc"
{
    sentences --keyword --keyword=no:3 --keyword=link_give_up:2 --keyword=rosync_alarm:3 --keyword=snprintf:3 \
        --keyword=copy_text:3 --keyword=report:3 --keyword=report_later:3 --keyword=publish_note:3 client/core/*.c
    sentences --extract-all client/agent/api*.c # whatever way it takes into a refusal
    sentences --keyword --keyword=say:2 server/roster_log.c
    sentences --keyword --keyword=refuse:3 server/handle_invite.c server/dispatch.c server/handle_roster*.c server/handle_enrol*.c
} | known | LC_ALL=C comm -23 - "$proto_inc" > "$inc"

{
    grep -lrE '(^|[^A-Za-z0-9_])N?_\(' --include='*.c' --include='*.h' client keys server |
        grep -vE '/(lang|i18n)\.h$'
    grep -lr 'translatable="yes"' --include='*.ui' client
    ls deploy/desktop/*.desktop.in deploy/desktop/*.metainfo.xml.in
    echo client/api/said.inc
    echo proto/said.c
    echo proto/said.inc
} | LC_ALL=C sort > "$out/POTFILES"

# extract PATTERN OPTIONS... - adds the messages of the files whose names end like that.
extract()
{
    pattern=$1
    shift
    grep -E "\.$pattern\$" "$out/POTFILES" | sed "s,^client/api/said.inc$,$inc,; s,^proto/said.inc$,$proto_inc," |
        xgettext --from-code=UTF-8 --add-comments=Translators: --package-name=trucban \
            --copyright-holder='the Trực Ban authors' --no-location --sort-output \
            --files-from=- --output="$out/trucban.pot" "$@"
}
extract '(c|h|inc)' --language=C --keyword=_ --keyword=N_
extract ui --join-existing --its=client/po/ui.its
extract 'desktop\.in' --join-existing --language=Desktop
extract 'metainfo\.xml\.in' --join-existing
[ $# = 0 ] || exit 0
while read -r language; do
    msgmerge --quiet --update --backup=none --no-location --sort-output --no-fuzzy-matching \
        "client/po/$language.po" client/po/trucban.pot
    msgattrib --no-obsolete --no-location --sort-output -o "client/po/$language.po" "client/po/$language.po"
    msgfmt --statistics -c -o /dev/null "client/po/$language.po"
done < client/po/LINGUAS
rm -f client/po/trucban.pot
