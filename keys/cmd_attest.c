/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_attest.c - trucban-keys attest: the quarterly "these people are still right". */
#include <stdlib.h>
#include <string.h>

#include "keys/commands.h"
#include "keys/registrar.h"
#include "keys/when.h"
#include "proto/page.h"

/* One entry must stay below TB_ENTRY_MAX; a hash takes 34 bytes of it. */
enum { PER_ENTRY = 400 };
_Static_assert(PER_ENTRY * 34 + 1024 < TB_ENTRY_MAX, "an attestation fits one entry");

/* The credentials to attest. */
struct batch {
    struct tb_hash *at; /* owned */
    size_t n;
};

static void batch_done(struct batch *b)
{
    free(b->at);
}

static tb_result add(struct batch *b, const struct tb_hash *hash)
{
    struct tb_hash *grown = reallocarray(b->at, b->n + 1, sizeof *grown);

    if (grown == NULL)
        return say_fail(TB_E_NOMEM, "%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    b->at = grown;
    b->at[b->n++] = *hash;
    return TB_OK;
}

static bool wanted(const struct words *accounts, const char *account)
{
    for (size_t i = 0; i < accounts->n; i++) {
        if (strcmp(accounts->at[i], account) == 0)
            return true;
    }
    return accounts->n == 0;
}

static tb_result collect(const struct run *run, const struct tb_roster *r,
                         const struct words *accounts, struct batch *b)
{
    const struct tb_cred *c;
    tb_result res = TB_OK;

    for (size_t i = 0; res == TB_OK && (c = tb_roster_next_cred(r, &i)) != NULL;) {
        if (c->standing == TB_STANDING_GOOD && c->until_ms > run->now_ms &&
            wanted(accounts, c->account))
            res = add(b, &c->hash);
    }
    for (size_t i = 0; res == TB_OK && i < accounts->n; i++) {
        c = tb_roster_account(r, accounts->at[i]);
        if (c == NULL || c->until_ms <= run->now_ms)
            res = say_fail(TB_E_NOTFOUND,
                           _("account '%s' has no device in good standing: nothing to attest"),
                           accounts->at[i]);
    }
    if (res == TB_OK && b->n == 0)
        res = say_fail(TB_E_NOTFOUND, _("'%s' holds no device in good standing"), run->roster_path);
    if (res == TB_OK && b->n > (size_t)PER_ENTRY * DRAFTS_MAX)
        res = say_fail(TB_E_LIMIT, _("%zu devices at once are too many: name accounts"), b->n);
    return res;
}

static tb_result make_entry(const struct run *run, const struct desk *d, const struct batch *part,
                            int64_t until_ms, struct tb_buf *ret)
{
    ProtobufCBinaryData fields[PER_ENTRY];
    Tb__Attestation m;
    struct draft_of of = { TB_ENTRY_ATTESTATION, tb_view_of("attestation", 11), &m.base };
    tb_result r;

    tb__attestation__init(&m);
    for (size_t i = 0; i < part->n; i++)
        fields[i] = tb_field(part->at[i].b, TB_HASH_BYTES);
    m.cred = fields;
    m.n_cred = part->n;
    m.until_ms = until_ms;
    r = draft_make(run, &d->roster, &of, ret);
    return r == TB_OK ? draft_sign(&d->roster, &d->signer, ret) : r;
}

struct entries {
    struct tb_buf at[DRAFTS_MAX];
    size_t n;
};

static void entries_done(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++)
        tb_buf_done(&e->at[i]);
}

static int put(const struct run *run, struct desk *d, const struct words *accounts,
               int64_t until_ms)
{
    TB_CLEANUP(batch_done) struct batch b = { NULL, 0 };
    TB_CLEANUP(entries_done) struct entries e = { .n = 0 };

    if (collect(run, d->roster.roster, accounts, &b) != TB_OK)
        return EXIT_REFUSED;
    for (size_t i = 0; i < b.n; i += PER_ENTRY) {
        struct batch part = { b.at + i, b.n - i < PER_ENTRY ? b.n - i : PER_ENTRY };
        e.n++;
        if (make_entry(run, d, &part, until_ms, &e.at[e.n - 1]) != TB_OK)
            return EXIT_REFUSED;
    }
    return draft_deliver(run, &d->roster, &(struct delivery){ .entry = e.at, .n = e.n });
}

static int attest(const struct command_line *line)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    struct run run = { .append = false };
    const char *until = NULL;
    bool all = false;
    struct words args;
    const struct option own[] = {
        { "until", OPTION_TEXT, &until },
        { "all", OPTION_FLAG, &all },
        { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    if (all == (args.n > 0))
        return usage(_("name the accounts, or say --all: one of the two"));
    if (desk_open(&run, TB_ROLE_NONE, &d) != TB_OK)
        return EXIT_REFUSED;
    int64_t period = tb_roster_authority(d.roster.roster)->attestation_ms;
    int64_t until_ms = run.now_ms + (period > 0 ? period : 92 * WHEN_DAY_MS);
    if (until != NULL && when_either(until, run.now_ms, &until_ms) != TB_OK)
        return usage(_("--until '%s' is neither a span (92d) nor a date (2027-01-31)"), until);
    return put(&run, &d, &args, until_ms);
}

const struct command cmd_attest = {
    .name = "attest",
    .synopsis =
        N_("--roster ROSTER --key KEY [--until TIME] [--append] [--out FILE] --all|ACCOUNT..."),
    .summary = N_("registrars: confirm that people are still who they were"),
    .help = N_(
        "One signature for the devices in good standing of these accounts: checked again, and "
        "still\n"
        "right.  Go through the list of 'inspect' first; leave out whoever has left.\n"
        "\n"
        "  --all                   every account\n"
        "  --until TIME            a span or a date; by default the period that 'authority' sets\n"
        "  --roster FILE           the roster as it stands now\n"
        "  --key KEY               the registrar's key\n"
        "  --passphrase-file FILE  passphrase from the first line of FILE\n"
        "  --out FILE, --append    where the entry goes, as in 'delegate'\n"
        "  --clock TIME, --json    as in 'init'\n"),
    .run = attest,
};
