/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_page.c - page without a report. */
#include "client/cli/send.h"

static void done(struct send *s)
{
    send_done(s);
}

int cmd_page(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(done))) struct send s = { 0 };
    GOptionEntry entries[SEND_OPTIONS + 1] = { 0 };
    GVariantBuilder doc;

    send_options(&s, entries);
    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1)
        return cli_say(STATUS_USAGE,
                       _("'%s' is too much here: this command pages people. To read a page: "
                         "`trucban show %s`"),
                       argv[1], argv[1]);
    g_variant_builder_init(&doc, G_VARIANT_TYPE_VARDICT);
    return send_page(c, &s, &doc);
}
