/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parcel.c - see parcel.h. */
#include "client/cli/parcel.h"

#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/words.h"
#include "proto/parcel.h"

/* Said here, where the file's name is known. */
static bool is_parcel(const char *path, const char *data, gsize n)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Parcel *parcel;

    if (g_str_has_prefix(data, "trucban:")) {
        (void)cli_say(STATUS_REFUSED,
                      _("%s is an invite: `trucban enroll --invite-file %s` uses it"), path, path);
        return false;
    }
    tb_arena_init(&a, 4 * (size_t)TB_PARCEL_MAX);
    if (tb_parcel_decode(&a, tb_view_of(data, n), &parcel) == TB_OK)
        return true;
    (void)cli_say(STATUS_REFUSED,
                  _("%s is no parcel of this program, or it is damaged: copy it again"), path);
    return false;
}

int parcel_open(const char *path)
{
    gsize n = 0;
    g_autofree char *data = read_whole(path, TB_PARCEL_MAX, &n);

    return data && is_parcel(path, data, n) ? memory_file("parcel", data, n) : -1;
}

/* The handle under which `fd` travels. */
static GVariant *pass(GUnixFDList *fds, int fd)
{
    return g_variant_new_handle(
        g_unix_fd_list_append(fds, fd, NULL)); /* -1 is refused by the agent */
}

static int saved(struct cli *c, int fd, const char *path, const char *text)
{
    g_autofree char *clean = word_said(text);

    if (!save_memory(fd, path))
        return STATUS_REFUSED;
    if (strcmp(path, "-") == 0)
        return STATUS_DONE;
    if (c->json)
        return json_print(json_pack("{s:s, s:s}", "file", path, "text", clean)) ? STATUS_DONE
                                                                                : STATUS_REFUSED;
    (void)printf("%s: %s%s%s\n", _("Written"), path, *clean ? " · " : "", clean);
    return STATUS_DONE;
}

/* Does the agent's answer hold a request? */
static bool has_requests(int fd)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    g_autofree char *data = g_malloc(TB_PARCEL_MAX);
    ssize_t n = pread(fd, data, TB_PARCEL_MAX, 0);
    Tb__Parcel *parcel;

    tb_arena_init(&a, 4 * (size_t)TB_PARCEL_MAX);
    return n < 0 || tb_parcel_decode(&a, tb_view_of(data, (size_t)n), &parcel) != TB_OK ||
           parcel->n_request > 0;
}

/* A file without a request would look like work for the registrar. */
static int none_waits(struct cli *c)
{
    const char *text = _("no request waits for approval; nothing was written");

    if (c->json)
        return json_print(json_pack("{s:n, s:s}", "file", "text", text)) ? STATUS_DONE
                                                                         : STATUS_REFUSED;
    return cli_say(STATUS_DONE, "%s", text);
}

int parcel_requests(struct cli *c, const char *path)
{
    TB_CLEANUP(tb_closep) int fd = memory_file("parcel", NULL, 0);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autofree char *text = NULL;
    GError *error = NULL;

    if (fd < 0)
        return STATUS_REFUSED;
    cli_await_relay(c);
    if (!tba_agent_call_enrol_requests_sync(c->agent, pass(fds, fd), fds, &text, NULL, NULL,
                                            &error))
        return cli_fail(c, error);
    return has_requests(fd) ? saved(c, fd, path, text) : none_waits(c);
}

int parcel_export(struct cli *c, const char *path)
{
    TB_CLEANUP(tb_closep) int fd = memory_file("parcel", NULL, 0);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GError *error = NULL;

    if (fd < 0)
        return STATUS_REFUSED;
    if (!tba_agent_call_roster_export_sync(c->agent, pass(fds, fd), fds, NULL, NULL, &error))
        return cli_fail(c, error);
    return saved(c, fd, path, "");
}

int parcel_freshness_key(struct cli *c, const char *path)
{
    TB_CLEANUP(tb_closep) int fd = memory_file("parcel", NULL, 0);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GError *error = NULL;

    if (fd < 0)
        return STATUS_REFUSED;
    if (!tba_agent_call_freshness_key_sync(c->agent, pass(fds, fd), fds, NULL, NULL, &error))
        return cli_fail(c, error);
    return saved(c, fd, path, _("for 'trucban-keys freshness grant'"));
}

int parcel_publish(struct cli *c, const char *path, int fd)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autofree char *text = NULL;
    GError *error = NULL;

    cli_await_relay(c);
    if (!tba_agent_call_roster_publish_sync(c->agent, pass(fds, fd), fds, &text, NULL, NULL,
                                            &error))
        return cli_fail_at(c, path, error);
    g_autofree char *clean = word_said(text);
    if (c->json)
        return json_print(json_pack("{s:b, s:s}", "published", 1, "text", clean)) ? STATUS_DONE
                                                                                  : STATUS_REFUSED;
    (void)printf("%s\n", *clean ? clean : _("Published."));
    return STATUS_DONE;
}

int parcel_cosign(struct cli *c, const char *in, const char *out)
{
    TB_CLEANUP(tb_closep) int from = parcel_open(in);
    TB_CLEANUP(tb_closep) int to = from < 0 ? -1 : memory_file("parcel", NULL, 0);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GError *error = NULL;

    if (to < 0)
        return STATUS_REFUSED;
    GVariant *parcel = pass(fds, from);
    if (!tba_agent_call_cosign_sync(c->agent, parcel, pass(fds, to), fds, NULL, NULL, &error))
        return cli_fail_at(c, in, error);
    return saved(c, to, out, "");
}

int parcel_policy(struct cli *c, const char *path, GVariant *policy, int *ret_status)
{
    TB_CLEANUP(tb_closep) int fd = memory_file("parcel", NULL, 0);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GError *error = NULL;

    *ret_status = fd < 0 ? STATUS_REFUSED : STATUS_DONE;
    if (fd >= 0 &&
        !tba_agent_call_policy_make_sync(c->agent, policy, pass(fds, fd), fds, NULL, NULL, &error))
        *ret_status = cli_fail_at(c, path, error);
    if (*ret_status != STATUS_DONE)
        return -1;
    int made = fd;
    fd = -1;
    return made;
}
