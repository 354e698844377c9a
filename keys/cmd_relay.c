/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_relay.c - trucban-keys relay: admits the relay whose request file this is. */
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"

static bool same_bytes(const ProtobufCBinaryData *d, const uint8_t *p, size_t n)
{
    return d->len == n && memcmp(d->data, p, n) == 0;
}

/* Does the roster say of this relay what the request asks for? */
static bool is_there(const struct tb_roster *r, const Tb__RelayEntry *m)
{
    if (!tb_is(&m->relay_id, TB_ID_BYTES))
        return false;
    struct tb_id id = tb_id_from(m->relay_id.data);
    const struct tb_relay_info *have = tb_roster_relay(r, &id);
    if (have == NULL || m->n_address != have->n_addresses || m->tls_pin_next.len > 0)
        return false;
    for (size_t i = 0; i < m->n_address; i++) {
        if (strcmp(m->address[i], have->address[i]) != 0)
            return false;
    }
    return same_bytes(&m->key, have->key, TB_KEY_BYTES) &&
           same_bytes(&m->tls_pin, have->tls_pin.b, TB_HASH_BYTES);
}

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
    if (is_there(f.roster, m)) {
        say_note(_("'%s': this relay is already in the roster '%s', nothing to do."), args.at[0],
                 f.path);
        return EXIT_DONE;
    }
    struct draft_of of = { TB_ENTRY_RELAY, tb_field_view(&m->relay_id), &m->base };
    return draft_command(&run, &f, &of);
}

const struct command cmd_relay = {
    .name = "relay",
    .synopsis = N_("--roster ROSTER [--key KEY]... [--append] [--out DRAFT] REQUEST"),
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
