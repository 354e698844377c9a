/* SPDX-License-Identifier: GPL-3.0-or-later */
/* connect.c - reaching the agent, starting it where it is absent, and what its errors mean. */
#include <string.h>
#include <unistd.h>

#include "client/api/dial.h"
#include "client/api/profile.h"
#include "client/cli/cli.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/result.h"

enum { CALL_TIMEOUT_MS = 60000, AWAIT_RELAY_MS = 3000 };

static void on_changed(TbaAgent *agent, guint64 change, guint topics, gpointer user)
{
    struct cli *c = user;

    (void)agent, (void)change, (void)topics;
    c->nudges++;
}

static bool is_ours(struct cli *c)
{
    g_autofree char *refusal =
        tba_dial_refusal(g_dbus_proxy_get_connection(G_DBUS_PROXY(c->agent)), c->home);

    if (refusal)
        (void)cli_say(STATUS_REFUSED, "%s", refusal);
    return !refusal;
}

/* A mistyped --home must not become one more profile, with an agent of its own. */
static bool may_go_to(const struct cli *c)
{
    g_autofree char *book = g_build_filename(c->home, "core.db", NULL);

    if (c->may_create || access(book, F_OK) == 0)
        return true;
    (void)cli_say(STATUS_REFUSED,
                  _("there is no profile in %s: check --home, or join with an invite: `trucban "
                    "--home %s enroll INVITE`"),
                  c->home, c->home);
    return false;
}

bool cli_connect(struct cli *c)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    g_autofree char *socket = tba_profile_socket(c->home, &error);

    if (!socket) {
        (void)cli_say(STATUS_REFUSED, "%s", error->message);
        return false;
    }
    if (!may_go_to(c))
        return false;
    g_autoptr(GDBusConnection) connection = tba_dial(c->home, &trouble);
    if (!connection) {
        (void)cli_say(STATUS_REFUSED, "%s", trouble);
        return false;
    }
    c->agent = tba_agent_proxy_new_sync(connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                                        TBA_OBJECT, NULL, &error);
    if (!c->agent) {
        (void)cli_say(STATUS_REFUSED, _("the agent of %s does not answer"), c->home);
        return false;
    }
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(c->agent), CALL_TIMEOUT_MS);
    (void)g_signal_connect(c->agent, "changed", G_CALLBACK(on_changed), c);
    return is_ours(c);
}

static int status_of(const char *name)
{
    if (strcmp(name, "OFFLINE") == 0)
        return STATUS_OFFLINE;
    if (strcmp(name, "UNVERIFIED") == 0)
        return STATUS_GATE;
    return strcmp(name, "TIMEOUT") == 0 ? STATUS_TIMEOUT : STATUS_REFUSED;
}

/* Is it only the text that every such result has? */
static bool says_no_more(const char *name, const char *why)
{
    for (int value = -1; value > -64; value--) {
        tb_result r = tb_result_of(value);
        if (strcmp(why, tb_strresult(r)) == 0 && g_str_has_suffix(tb_result_name(r), name))
            return true;
    }
    return false;
}

/* Before the approval nearly everything is missing, and every refusal would name another lack. */
static bool is_waiting(struct cli *c, const char *name)
{
    g_autoptr(GVariant) s = NULL;
    static const char *const lacks[] = { "NOTFOUND", "DENIED", "LOCKED", NULL };

    return g_strv_contains(lacks, name) && tba_agent_call_status_sync(c->agent, &s, NULL, NULL) &&
           strcmp(doc_text(s, "stage"), "enrolling") == 0;
}

/* The agent went away after it was asked, and before it answered. */
static bool went_away(const GError *e)
{
    return g_error_matches(e, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
           g_error_matches(e, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
           g_error_matches(e, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches(e, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED);
}

int cli_fail_to_put(struct cli *c, GError *error)
{
    if (!went_away(error))
        return cli_fail(c, error);
    g_error_free(error);
    return cli_say(STATUS_REFUSED,
                   _("the agent of %s ended before it answered: it MAY BE STORED and will then be "
                     "sent; look at `trucban pages` and `trucban show ID` before you do it again"),
                   c->home);
}

/* Which relay, why, and what to do; a person cannot act on "offline". */
static int unreached(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    if (!tba_agent_call_status_sync(c->agent, &s, NULL, NULL) || !*doc_text(s, "relay"))
        return cli_say(STATUS_OFFLINE, "%s", word_error("OFFLINE"));
    g_autofree char *relay = text_clean(doc_text(s, "relay"), false);
    g_autofree char *why = word_said(doc_text(s, "last_error"));
    return cli_say(STATUS_OFFLINE,
                   _("the relay %s cannot be reached (%s): nothing was sent. Check this machine's "
                     "network and do it again; if the network works, call whoever runs the relay"),
                   relay, *why ? why : _("no answer in time"));
}

int cli_fail(struct cli *c, GError *error)
{
    return cli_fail_at(c, NULL, error);
}

int cli_fail_at(struct cli *c, const char *what, GError *error)
{
    g_autoptr(GError) e = error;
    g_autofree char *remote = g_dbus_error_get_remote_error(e);

    if (!remote || !g_str_has_prefix(remote, TBA_ERROR_PREFIX))
        return cli_say(STATUS_REFUSED, _("the agent of %s does not answer"), c->home);
    const char *name = remote + strlen(TBA_ERROR_PREFIX);
    if (is_waiting(c, name))
        return cli_say(status_of(name),
                       _("this device still waits for the registrar's approval: read the six words "
                         "to the registrar by telephone; `trucban status` tells when it is done"));
    (void)g_dbus_error_strip_remote_error(e);
    bool no_more = says_no_more(name, e->message);
    if (no_more && status_of(name) == STATUS_OFFLINE)
        return unreached(c);
    g_autofree char *why = no_more ? g_strdup(word_error(name)) : word_said(e->message);
    return cli_say(status_of(name), "%s%s%s", what ? what : "", what ? ": " : "", why);
}

static bool is_connected(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    return !tba_agent_call_status_sync(c->agent, &s, NULL, NULL) ||
           strcmp(doc_text(s, "stage"), "ready") != 0 || /* waiting does not help */
           strcmp(doc_text(s, "online"), "online") == 0;
}

void cli_await_relay(struct cli *c)
{
    gint64 end = when_now() + AWAIT_RELAY_MS;

    if (is_connected(c))
        return;
    (void)tba_agent_call_reconnect_sync(c->agent, NULL, NULL); /* what it waits for may be over */
    do
        cli_idle(c, MIN(end, when_now() + 200));
    while (!is_connected(c) && when_now() < end);
}

static gboolean on_second(gpointer over)
{
    *(gboolean *)over = TRUE;
    return G_SOURCE_REMOVE;
}

void cli_idle(struct cli *c, gint64 deadline_ms)
{
    guint64 before = c->nudges;
    gint64 left_ms = CLAMP(deadline_ms - when_now(), 0, 1000);
    gboolean over = FALSE;
    guint source = g_timeout_add((guint)left_ms, on_second, &over);

    while (!over && c->nudges == before)
        (void)g_main_context_iteration(NULL, TRUE);
    if (!over)
        g_source_remove(source);
}
