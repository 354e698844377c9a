/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_show.c - one page: what, from whom, how far it came on which device, what happened.
 *
 * Shown to a person it counts as seen; as JSON it does not. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/follow.h"
#include "client/cli/json.h"
#include "client/cli/page_text.h"
#include "client/cli/term.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/cleanup.h"

/* A peer chose the name: only its last part counts, and never over an existing file. */
static bool save_one(const char *dir, GVariant *file, int fd)
{
    g_autofree char *base = g_path_get_basename(doc_text(file, "name"));
    g_autofree char *clean = text_clean(base, false);
    char data[8192];
    ssize_t n;

    g_strdelimit(clean, "/\\", '_');
    if (*clean == '.')
        *clean = '_';
    g_autofree char *path = g_build_filename(dir, clean, NULL);
    TB_CLEANUP(tb_closep)
    int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = out >= 0;
    for (off_t at = 0; ok && (n = pread(fd, data, sizeof data, at)) != 0; at += n)
        ok = n > 0 && write(out, data, (size_t)n) == n;
    if (!ok)
        (void)cli_say(0, "%s: %s", path, g_strerror(errno));
    else
        (void)fprintf(stderr, "%s: %s\n", _("Saved"), path);
    return ok;
}

static int save_files(const char *dir, GVariant *page, GVariant *handles, GUnixFDList *fds)
{
    g_autoptr(GVariant) files = g_variant_lookup_value(page, "files", G_VARIANT_TYPE("aa{sv}"));
    bool ok = true;

    for (gsize i = 0; files && fds && i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        gint32 handle = -1;
        if (i < g_variant_n_children(handles))
            g_variant_get_child(handles, i, "h", &handle);
        TB_CLEANUP(tb_closep)
        int fd = handle >= 0 && handle < g_unix_fd_list_get_length(fds)
                     ? g_unix_fd_list_get(fds, handle, NULL)
                     : -1;
        ok = fd >= 0 && save_one(dir, file, fd) && ok;
    }
    return ok ? STATUS_DONE : STATUS_REFUSED;
}

/* A person looked.  A refusal (nothing to see for me) is not this command's failure. */
static void say_seen(struct cli *c, GVariant *page)
{
    g_autoptr(GError) error = NULL;

    if (doc_is(page, "mine_to_answer"))
        (void)tba_agent_call_seen_sync(c->agent, doc_text(page, "id"), NULL, &error);
}

int cmd_show(struct cli *c, int argc, char **argv)
{
    g_autofree char *save = NULL;
    gboolean seen = FALSE, unseen = FALSE;
    const GOptionEntry entries[] = {
        { "save", 0, 0, G_OPTION_ARG_FILENAME, &save,
          N_("Save the attached files into this folder"), N_("DIR") },
        { "seen", 0, 0, G_OPTION_ARG_NONE, &seen,
          N_("Counts as seen by me (the default without --json)"), NULL },
        { "no-seen", 0, 0, G_OPTION_ARG_NONE, &unseen, N_("Does not count as seen"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GVariant) page = NULL, handles = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    GError *error = NULL;

    if (!cli_options(c, entries, _("ID"), &argc, &argv))
        return STATUS_USAGE;
    if (argc != 2)
        return cli_say(STATUS_USAGE, _("one page is needed, by its ID or the start of it"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_page_get_sync(c->agent, argv[1], NULL, &page, &handles, &fds, NULL, &error))
        return cli_fail(c, error);
    g_autoptr(GPtrArray) phones = !c->json && calling_is_loud(page, when_now())
                                      ? numbers_for(c, page, doc_text(page, "policy"))
                                      : NULL;
    if (!c->json)
        page_print(page, phones, stdout);
    else if (!json_print_variant(page))
        return STATUS_REFUSED;
    if (!unseen && (seen || !c->json))
        say_seen(c, page);
    return save ? save_files(save, page, handles, fds) : STATUS_DONE;
}
