#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# update.sh - brings POTFILES and the catalogues up to date with the sources; run in the top folder.
#   update.sh           changes client/po
#   update.sh OUTDIR    writes POTFILES and trucban.pot there and changes nothing
set -eu
out=${1:-client/po}

{
    grep -lrE '(^|[^A-Za-z0-9_])N?_\(' --include='*.c' --include='*.h' client keys server |
        grep -vE '/(lang|i18n)\.h$'
    grep -lr 'translatable="yes"' --include='*.ui' client
} | LC_ALL=C sort > "$out/POTFILES"

# extract KIND OPTIONS... - adds the messages of the files whose names end in .KIND.
extract()
{
    kind=$1
    shift
    grep -E "\.$kind\$" "$out/POTFILES" |
        xgettext --from-code=UTF-8 --add-comments=Translators: --package-name=trucban \
            --copyright-holder='the Trực Ban authors' --no-location --sort-output \
            --files-from=- --output="$out/trucban.pot" "$@"
}
extract '[ch]' --language=C --keyword=_ --keyword=N_
extract ui --join-existing --its=client/po/ui.its
[ $# = 0 ] || exit 0
while read -r language; do
    msgmerge --quiet --update --backup=none --no-location --sort-output --no-fuzzy-matching \
        "client/po/$language.po" client/po/trucban.pot
    msgfmt --statistics -c -o /dev/null "client/po/$language.po"
done < client/po/LINGUAS
rm -f client/po/trucban.pot
