/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_inspect.c - trucban-keys inspect: what is in a file, and does it verify? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys/commands.h"
#include "keys/file.h"
#include "keys/inspect.h"

enum inspect_kind {
    INSPECT_KEY,
    INSPECT_BOOK,
    INSPECT_SECRET,
    INSPECT_PARCEL,
    INSPECT_INVITE,
    INSPECT_UNKNOWN
};

static bool starts(struct tb_view file, const char *with)
{
    size_t n = strlen(with);

    return file.n >= n && memcmp(file.p, with, n) == 0;
}

static enum inspect_kind kind_of(struct tb_view file)
{
    if (starts(file, "trucban-key-1\n"))
        return INSPECT_KEY;
    if (starts(file, "trucban-book-1\n"))
        return INSPECT_BOOK;
    if (starts(file, "trucban-secret-1\n"))
        return INSPECT_SECRET;
    if (starts(file, "trucban-parcel-1\n"))
        return INSPECT_PARCEL;
    return starts(file, TB_INVITE_PREFIX) ? INSPECT_INVITE : INSPECT_UNKNOWN;
}

static int inspect_file(const struct run *run, struct tb_view file, const char *path)
{
    switch (kind_of(file)) {
    case INSPECT_KEY:
        return inspect_key(run, file, path);
    case INSPECT_BOOK:
        return inspect_sealed(run, file, N_("book"));
    case INSPECT_SECRET:
        return inspect_sealed(run, file, N_("secret"));
    case INSPECT_PARCEL:
        return inspect_parcel(run, path);
    case INSPECT_INVITE:
        return inspect_invite(run, file, path);
    case INSPECT_UNKNOWN:
        break;
    }
    return refuse(_("'%s' is no key, book, invite or parcel of this program"), path);
}

static int inspect(const struct command_line *line)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf file = { 0 };
    struct run run = { .append = false };
    struct words args;
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER_MAYBE, NULL, &args, &status) != TB_OK)
        return status;
    if (args.n != 1)
        return usage(_("give one file to look at"));
    tb_result r = file_read(args.at[0], TB_PARCEL_MAX, &file);
    if (r != TB_OK)
        return refuse(_("cannot read '%s': %s"), args.at[0],
                      r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                         : said_of(tb_strresult(r)).text);
    return inspect_file(&run, tb_buf_view(&file), args.at[0]);
}

const struct command cmd_inspect = {
    .name = "inspect",
    .synopsis = N_("[--roster ROSTER] [--json] FILE"),
    .summary = N_("show what a file holds and whether it verifies"),
    .help = N_("A roster is verified entry by entry: what each says, who signed it, whether it "
               "counts.  Drafts,\n"
               "requests, approvals and freshness statements are checked against --roster if that "
               "is given.  Of\n"
               "key files, books and invites only the public part is shown.  Exits with 1 if "
               "something does not\n"
               "verify.\n"
               "\n"
               "  --roster FILE           the roster to check against\n"
               "  --clock TIME, --json    as in 'init'\n"),
    .run = inspect,
};
