/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_append.c - trucban-keys append: complete entries into the roster file. */
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"

/* The same bytes; a draft that got another signature since is not the same. */
static bool holds(const struct tb_roster *r, struct tb_view entry)
{
    for (uint64_t i = 0; i < tb_roster_size(r); i++) {
        struct tb_view v = tb_roster_entry(r, i);
        if (v.n == entry.n && memcmp(v.p, entry.p, v.n) == 0)
            return true;
    }
    return false;
}

/* The first entry of another roster: nothing that comes with it can fit. */
static bool is_foreign(const struct tb_roster *r, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash ours, theirs;
    Tb__RosterEntry *e;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_entry_peek(&a, tb_roster_entry(r, 0), &e, &ours) == TB_OK &&
           tb_entry_peek(&a, entry, &e, &theirs) == TB_OK && e->kind == TB_ENTRY_ROOT &&
           e->based_on == NULL && !tb_hash_equal(&ours, &theirs);
}

static int append_file(const struct run *run, struct roster_file *f, const char *path)
{
    TB_CLEANUP(parcel_done) struct parcel parcel = { .p = NULL };

    if (parcel_load(path, &parcel) != TB_OK)
        return EXIT_REFUSED;
    if (parcel.p->n_entry_signed == 0)
        return refuse(_("'%s' holds no entry"), path);
    if (is_foreign(f->roster, parcel_entry(parcel.p, 0)))
        return refuse(_("'%s' is another province's roster than '%s': nothing was appended, give "
                        "files of this province"),
                      path, f->path);
    for (size_t i = 0; i < parcel.p->n_entry_signed; i++) {
        struct tb_view entry = parcel_entry(parcel.p, i);
        struct tb_why why = { "" };
        if (holds(f->roster, entry)) {
            say_note(_("'%s', entry %zu: already in the roster '%s', nothing to do."), path, i,
                     f->path);
            continue;
        }
        tb_result r = draft_check(run, f, entry, &why);
        if (r == TB_E_QUORUM)
            return refuse(_("'%s', entry %zu: signatures are missing (%s): use 'cosign'"), path, i,
                          said_of(why.text).text);
        if (r != TB_OK || roster_file_append(f, entry, run->now_ms) != TB_OK)
            return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

static int append(const struct command_line *line)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    struct run run = { .append = false };
    struct words args;
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER, NULL, &args, &status) != TB_OK)
        return status;
    if (args.n == 0)
        return usage(_("give the files whose entries go into '%s'"), run.roster_path);
    if (roster_file_load(run.roster_path, &f) != TB_OK)
        return EXIT_REFUSED;
    for (size_t i = 0; i < args.n && status == EXIT_DONE; i++)
        status = append_file(&run, &f, args.at[i]);
    if (status != EXIT_DONE)
        return status;
    struct emit e = run.emit;
    struct tb_hash head = tb_roster_head(f.roster);
    emit_begin(&e, N_("roster"));
    emit_number(&e, N_("size"), (int64_t)tb_roster_size(f.roster));
    emit_hex(&e, N_("head"), head.b, sizeof head.b);
    emit_end(&e);
    return EXIT_DONE;
}

const struct command cmd_append = {
    .name = "append",
    .synopsis = N_("--roster ROSTER FILE..."),
    .summary = N_("put complete entries into the roster file"),
    .help = N_("Verifies every entry of the files against the roster and appends them in order.  "
               "An entry that\n"
               "is refused stops the run; those before it stay.\n"
               "\n"
               "  --roster FILE           the roster as it stands now; replaced in one step\n"
               "  --clock TIME, --json    as in 'init'\n"),
    .run = append,
};
