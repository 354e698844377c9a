/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_secret.c - trucban-keys secret: makes the province secret, hands it to another registrar. */
#include <errno.h>
#include <string.h>

#include "keys/commands.h"
#include "keys/file.h"
#include "keys/handover.h"
#include "keys/names.h"
#include "keys/registrar.h"

static int make(const struct run *run)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    TB_CLEANUP(signer_wipe) struct signer s = { .path = NULL };

    if (roster_file_load(run->roster_path, &f) != TB_OK ||
        signer_open_one(run, KEY_REGISTRAR, &s) != TB_OK)
        return EXIT_REFUSED;
    if (run->out_path == NULL && !run->append)
        return usage(_("where to? Give --out FILE, or --append to put it into the roster file"));
    return secret_new(run, &f, &s);
}

/* The newest registrar key of this person that is valid now. */
static const struct name *find_registrar(const struct run *run, const struct roster_file *f,
                                         const struct names *names, const char *person)
{
    for (size_t i = names->n; i > 0; i--) {
        const struct name *n = &names->at[i - 1];
        if (n->kind == TB_ENTRY_REGISTRAR && strcmp(n->who, person) == 0 &&
            tb_roster_registrar(f->roster, n->key, TB_ROLE_NONE, run->now_ms) != NULL)
            return n;
    }
    return NULL;
}

static tb_result write_secret(const struct run *run, struct tb_view data)
{
    tb_result r = file_create(run->out_path, data, FILE_SECRET);

    if (r == TB_E_CONFLICT)
        return say_fail(
            r, _("'%s' exists and is not overwritten: move it away or choose another name"),
            run->out_path);
    return r == TB_OK ? r : say_fail(r, _("cannot write '%s': %s"), run->out_path, strerror(errno));
}

static int give(const struct run *run, const char *person)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    TB_CLEANUP(names_done) struct names names = { NULL, 0 };
    TB_CLEANUP(handover_wipe) struct handover h = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct emit e = run->emit;

    if (person == NULL || run->out_path == NULL)
        return usage(_("give --to PERSON, a registrar of the roster, and --out FILE"));
    if (desk_open(run, TB_ROLE_NONE, &d) != TB_OK ||
        secret_for(&d, TB_ROLE_NONE, &h.epoch, &h.secret) != TB_OK)
        return EXIT_REFUSED;
    if (names_collect(d.roster.roster, &names) != TB_OK)
        return refuse("%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    const struct name *to = find_registrar(run, &d.roster, &names, person);
    if (to == NULL)
        return refuse(_("'%s' is no registrar of '%s' today: the custodians grant it with "
                        "'delegate registrar'"),
                      person, run->roster_path);
    tb_result r = handover_seal(tb_roster_id(d.roster.roster), to->key, &h, &file);
    if (r != TB_OK)
        return refuse(_("cannot seal the secret for '%s': %s"), person,
                      said_of(tb_strresult(r)).text);
    if (write_secret(run, tb_buf_view(&file)) != TB_OK)
        return EXIT_REFUSED;
    emit_begin(&e, N_("secret"));
    emit_number(&e, N_("epoch"), h.epoch);
    emit_text(&e, N_("for"), to->who);
    emit_hex(&e, N_("key"), to->key, TB_KEY_BYTES);
    emit_text(&e, N_("file"), run->out_path);
    emit_end(&e);
    return EXIT_DONE;
}

static tb_result open_handover(const struct desk *d, const char *path, struct handover *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    tb_result r = file_read(path, HANDOVER_MAX, &file);

    if (r == TB_OK)
        r = handover_open(tb_roster_id(d->roster.roster), &d->signer.pair, tb_buf_view(&file), ret);
    if (r == TB_E_DENIED)
        return say_fail(r, _("'%s' was sealed for another registrar's key, not for '%s'"), path,
                        d->signer.path);
    if (r == TB_E_CONFLICT)
        return say_fail(r, _("'%s' holds the secret of another province"), path);
    if (r != TB_OK)
        return say_fail(r, _("'%s' cannot be opened: %s"), path,
                        r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                           : said_of(tb_strresult(r)).text);
    if (!secret_matches(d->roster.roster, ret->epoch, &ret->secret))
        return say_fail(
            TB_E_BADSIG,
            _("the secret in '%s' (epoch %u) is not the one that the roster names: ask for it "
              "again"),
            path, ret->epoch);
    return TB_OK;
}

static int take(const struct run *run, const char *path)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    TB_CLEANUP(handover_wipe) struct handover h = { 0 };
    struct emit e = run->emit;

    if (desk_open(run, TB_ROLE_NONE, &d) != TB_OK || open_handover(&d, path, &h) != TB_OK)
        return EXIT_REFUSED;
    tb_result r = book_add_epoch(&d.book.book, h.epoch, &h.secret);
    if (r != TB_OK)
        return refuse(_("'%s' holds another secret of epoch %u already: move it away and take this "
                        "one again"),
                      d.book.path, h.epoch);
    if (open_book_write(&d.book, &d.signer) != TB_OK)
        return EXIT_REFUSED;
    emit_begin(&e, N_("secret"));
    emit_number(&e, N_("epoch"), h.epoch);
    emit_text(&e, N_("file"), d.book.path);
    emit_end(&e);
    return EXIT_DONE;
}

static int secret(const struct command_line *line)
{
    struct run run = { .append = false };
    const char *to = NULL;
    struct words args;
    const struct option own[] = { { "to", OPTION_TEXT, &to }, { NULL, OPTION_FLAG, NULL } };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    if (args.n == 1 && strcmp(args.at[0], "new") == 0)
        return make(&run);
    if (args.n == 1 && strcmp(args.at[0], "give") == 0)
        return give(&run, to);
    if (args.n == 2 && strcmp(args.at[0], "take") == 0)
        return take(&run, args.at[1]);
    return usage(_("write 'secret new', 'secret give --to PERSON' or 'secret take FILE'"));
}

const struct command cmd_secret = {
    .name = "secret",
    .synopsis =
        N_("new --roster ROSTER --key KEY [--append] [--out FILE]\n"
           "       trucban-keys secret give --roster ROSTER --key KEY --to PERSON --out FILE\n"
           "       trucban-keys secret take --roster ROSTER --key KEY FILE"),
    .summary = N_("registrars: make the province secret, hand it to another registrar"),
    .help = N_("new: the first registrar makes the province secret; it stays in KEY.book, and the "
               "roster gets a\n"
               "commitment to it.  give: seals it for the key that the roster names for PERSON.  "
               "take: the other\n"
               "registrar puts it into the book beside the own key, if it is the one that the "
               "roster names.\n"
               "\n"
               "  --roster FILE           the roster as it stands now\n"
               "  --key KEY               the registrar's key\n"
               "  --to PERSON             the other registrar, as named in the roster\n"
               "  --passphrase-file FILE  passphrase from the first line of FILE\n"
               "  --out FILE, --append    where the entry goes, as in 'delegate'; where the sealed "
               "secret goes\n"
               "  --clock TIME, --json    as in 'init'\n"),
    .run = secret,
};
