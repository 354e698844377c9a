/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_freshness.c - trucban-keys freshness: admits a freshness key, or signs the head with one. */
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"
#include "keys/when.h"
#include "proto/page.h"

static int grant(const struct run *run, struct roster_file *f, const char *path, const char *until)
{
    struct key_public pub = { .kind = KEY_FRESHNESS };
    Tb__FreshnessKey m;
    struct draft_of of = { TB_ENTRY_FRESHNESS_KEY, tb_view_of(pub.pk, sizeof pub.pk), &m.base };

    tb__freshness_key__init(&m);
    m.until_ms = run->now_ms + 365 * WHEN_DAY_MS;
    if (until != NULL && when_either(until, run->now_ms, &m.until_ms) != TB_OK)
        return usage(_("--until '%s' is neither a span (365d) nor a date (2027-01-31)"), until);
    if (signer_public(path, KEY_FRESHNESS, &pub) != TB_OK)
        return EXIT_REFUSED;
    m.key = tb_field(pub.pk, sizeof pub.pk);
    m.holder = pub.person;
    m.from_ms = run->now_ms;
    return draft_command(run, f, &of);
}

static int write_statement(const struct run *run, const struct tb_buf *statement)
{
    ProtobufCBinaryData field = tb_field(statement->p, statement->n);
    Tb__Parcel p;

    tb__parcel__init(&p);
    p.freshness_signed = &field;
    p.n_freshness_signed = 1;
    return parcel_create(run->out_path, &p, false) == TB_OK ? EXIT_DONE : EXIT_REFUSED;
}

static int sign(const struct run *run, struct roster_file *f)
{
    TB_CLEANUP(signer_wipe) struct signer s = { .path = NULL };
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    struct tb_hash head = tb_roster_head(f->roster);
    struct emit e = run->emit;
    Tb__Freshness m;
    Tb__Head h;
    tb_result r;

    if (run->out_path == NULL)
        return usage(_("--out FILE is missing: where the statement goes"));
    if (signer_open_one(run, KEY_FRESHNESS, &s) != TB_OK)
        return EXIT_REFUSED;
    tb__freshness__init(&m);
    tb__head__init(&h);
    h.size = tb_roster_size(f->roster);
    h.hash = tb_field(head.b, sizeof head.b);
    m.head = &h;
    m.time_ms = run->now_ms;
    r = tb_signed_make(TB_TYPE_FRESHNESS, tb_roster_id(f->roster), &m.base, &s.pair, &statement);
    if (r == TB_OK)
        r = tb_roster_freshness(f->roster, tb_buf_view(&statement));
    if (r != TB_OK)
        return refuse(_("'%s' (%s) may not sign freshness in this roster now: %s"), s.path,
                      s.pub.person, said_of(tb_strresult(r)).text);
    if (write_statement(run, &statement) != EXIT_DONE)
        return EXIT_REFUSED;
    emit_begin(&e, N_("freshness"));
    emit_number(&e, N_("size"), (int64_t)h.size);
    emit_hex(&e, N_("head"), head.b, sizeof head.b);
    emit_time(&e, N_("time"), m.time_ms);
    emit_text(&e, N_("file"), run->out_path);
    emit_end(&e);
    return EXIT_DONE;
}

static int freshness(const struct command_line *line)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    struct run run = { .append = false };
    const char *until = NULL;
    struct words args;
    const struct option own[] = { { "until", OPTION_TEXT, &until }, { NULL, OPTION_FLAG, NULL } };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    bool granting = args.n == 2 && strcmp(args.at[0], "grant") == 0;
    bool signing = args.n == 1 && strcmp(args.at[0], "sign") == 0;
    if (!granting && !signing)
        return usage(_("write 'freshness grant KEY.pub' or 'freshness sign'"));
    if (roster_file_load(run.roster_path, &f) != TB_OK)
        return EXIT_REFUSED;
    return granting ? grant(&run, &f, args.at[1], until) : sign(&run, &f);
}

const struct command cmd_freshness = {
    .name = "freshness",
    .synopsis =
        N_("grant --roster ROSTER [--key KEY]... [--append] [--out DRAFT] [--until TIME] KEY.pub\n"
           "       trucban-keys freshness sign --roster ROSTER --key KEY --out FILE"),
    .summary = N_("admit a freshness key; sign that a roster is the newest"),
    .help = N_("grant: custodians admit a key (init --freshness, or an agent's, made by\n"
               "'trucban roster freshness-key') that may sign only how long the roster is, its\n"
               "head and the time.  sign: makes such a statement about the roster file.\n"
               "\n"
               "  --roster FILE           the roster as it stands now\n"
               "  --key KEY               grant: a custodian key, may be repeated; sign: the "
               "freshness key\n"
               "  --until TIME            end of the grant: a span or a date (365d)\n"
               "  --passphrase-file FILE  passphrase of the key in the same place\n"
               "  --out FILE, --append    where the entry goes, as in 'delegate'; where the "
               "statement goes\n"
               "  --clock TIME, --json    as in 'init'\n"),
    .run = freshness,
};
