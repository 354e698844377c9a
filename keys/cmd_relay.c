/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_relay.c - trucban-keys relay: admits the relay whose request file this is. */
#include "keys/commands.h"
#include "keys/draft.h"

static int relay(const struct command_line *line)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    TB_CLEANUP(parcel_done) struct parcel parcel = { .p = NULL };
    struct run run = { .append = false };
    struct words args;
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, NULL, &args, &status) !=
        TB_OK)
        return status;
    if (args.n != 1)
        return usage(_("give the one request file that 'trucban-relay init' wrote"));
    if (roster_file_load(run.roster_path, &f) != TB_OK || parcel_load(args.at[0], &parcel) != TB_OK)
        return EXIT_REFUSED;
    const Tb__RelayEntry *m = parcel.p->relay;
    if (m == NULL)
        return refuse(_("'%s' is no request of a relay: 'trucban-relay init' writes one"),
                      args.at[0]);
    struct draft_of of = { TB_ENTRY_RELAY, tb_field_view(&m->relay_id), &m->base };
    return draft_command(&run, &f, &of);
}

const struct command cmd_relay = {
    .name = "relay",
    .synopsis = "--roster ROSTER [--key KEY]... [--append] [--out DRAFT] REQUEST",
    .summary = N_("custodians: admit a relay, or its next TLS key"),
    .help = N_(
        "Makes the entry for the relay that wrote REQUEST (trucban-relay init): its addresses, its "
        "key\n"
        "and the pins of its TLS keys.  Compare the pins with what the relay's keeper reads out.\n"
        "\n"
        "  --roster FILE           the roster as it stands now\n"
        "  --key KEY               a custodian key to sign with; may be repeated\n"
        "  --passphrase-file FILE  passphrase of the key in the same place\n"
        "  --out DRAFT, --append   where the entry goes, as in 'delegate'\n"
        "  --clock TIME, --json    as in 'init'\n"),
    .run = relay,
};
