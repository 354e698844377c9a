/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent.c - see agent.h. */
#include "client/agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/agent/bus.h"
#include "client/agent/log.h"
#include "client/agent/present.h"
#include "client/agent/resolve.h"
#include "client/agent/secret.h"
#include "client/agent/suspend.h"
#include "client/agent/waking.h"
#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/api/said.h"

enum { NUDGE_MS = 200, WATCH_S = 5 };

/* ---- what the core asks of us */

static gboolean nudge_now(gpointer user)
{
    struct agent *a = user;

    a->nudge_source = 0;
    a->nudged_us = g_get_monotonic_time();
    waking_look(a->waking);
    bus_nudge(a->bus, ++a->nudges, a->topics);
    a->topics = 0;
    return G_SOURCE_REMOVE;
}

static void on_changed(void *user, unsigned topics)
{
    struct agent *a = user;

    a->topics |= topics;
    if (a->nudge_source || !a->bus)
        return;
    gint64 passed_ms = (g_get_monotonic_time() - a->nudged_us) / 1000;
    guint wait_ms = passed_ms >= NUDGE_MS ? 0 : (guint)(NUDGE_MS - passed_ms);
    a->nudge_source = g_timeout_add(wait_ms, nudge_now, a);
}

static void on_ring(void *user, const struct tbc_ring *ring)
{
    struct agent *a = user;

    alarm_ring(a->alarm, ring);
    on_changed(a, TBC_TOPIC_STATUS);
}

static void on_quiet(void *user, const struct tb_id *page)
{
    struct agent *a = user;

    alarm_quiet(a->alarm, page);
    on_changed(a, TBC_TOPIC_STATUS);
}

static void on_wake_at(void *user, int64_t boot_ms)
{
    struct agent *a = user;
    boot_timer_set(a->tick, boot_ms);
}

static void on_resolve(void *user, const char *host, uint64_t ticket)
{
    struct agent *a = user;
    resolver_ask(a->resolver, host, ticket);
}

static void on_log(void *user, int level, const char *line)
{
    (void)user;
    log_line(level, "%s", line);
}

static void on_tick(void *user)
{
    struct agent *a = user;

    if (a->core)
        tbc_tick(a->core);
}

static void on_resolved(void *user, uint64_t ticket, const char *ip)
{
    struct agent *a = user;

    if (a->core)
        tbc_resolved(a->core, ticket, ip);
}

/* ---- what the machine and people ask */

static void on_resume(void *user)
{
    struct agent *a = user;

    log_line(LOG_NOTICE, "the machine woke up");
    tbc_tick(a->core);
    tbc_reconnect(a->core);
    alarm_resume(a->alarm);
    waking_begin(a->waking);
    on_changed(a, TBC_TOPIC_STATUS);
}

static void on_secret(void *user, struct tb_view passphrase)
{
    struct agent *a = user;

    if (agent_unlock(a, passphrase, "secret-service") != TB_OK)
        log_line(LOG_WARNING, "the Secret Service's passphrase does not open the profile");
}

static void on_chosen(void *user, const struct tb_id *page, enum notify_action action)
{
    struct agent *a = user;
    struct tbc_why why = { "" };
    char id[17];

    if (action == NOTIFY_OPEN) {
        if (page)
            tb_id_print(page, id);
        present_page(a->present, page ? id : NULL);
        return;
    }
    struct tbc_answer answer = {
        .page = *page,
        .kind = action == NOTIFY_ACCEPT ? TB_ACT_ACCEPT : TB_ACT_DECLINE,
        .reason = action == NOTIFY_DECLINE ? _("declined in the notification") : NULL,
    };
    tb_result r = tbc_answer(a->core, &answer, &why);
    if (r != TB_OK)
        log_line(LOG_WARNING, "the answer was refused: %s: %s", tb_result_name(r), why.text);
}

tb_result agent_unlock(struct agent *a, struct tb_view passphrase, const char *by)
{
    tb_result r = tbc_unlock(a->core, passphrase);

    if (r == TB_OK) {
        a->unlocked_by = by;
        on_changed(a, TBC_TOPIC_STATUS);
    }
    return r;
}

/* ---- life */

/* Two agents on one profile would steal each other's socket and break the ratchets. */
static bool take_lock(struct agent *a, char **ret_error)
{
    g_autofree char *path = g_build_filename(a->home, "agent.lock", NULL);

    if (g_mkdir_with_parents(a->home, 0700) != 0) {
        *ret_error =
            g_strdup_printf(_("%s: the folder cannot be made (%s)"), a->home, g_strerror(errno));
        return false;
    }
    a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (a->lock_fd < 0) {
        *ret_error = g_strdup_printf("%s: %s", path, g_strerror(errno));
        return false;
    }
    if (flock(a->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        *ret_error = g_strdup_printf(_("%s: another agent serves this profile"), a->home);
        return false;
    }
    return true;
}

/* Results of the core say something else where a relay gives them. */
static char *why_closed(tb_result r)
{
    if (r == TB_E_FULL)
        return g_strdup(_("the disk is full: make room there"));
    if (r == TB_E_VERSION)
        return g_strdup(_("a newer version of this program wrote it: install that one"));
    if (r == TB_E_STORE || r == TB_E_IO)
        return g_strdup(_("it cannot be read or written: is the disk full or damaged?"));
    return tba_said(tb_strresult(r));
}

static bool open_core(struct agent *a, char **ret_error)
{
    struct tbc_env env = {
        .user = a,
        .glib_loop = a->loop,
        .changed = on_changed,
        .ring = on_ring,
        .quiet = on_quiet,
        .wake_at = on_wake_at,
        .resolve = on_resolve,
        .log = on_log,
    };
    tb_result r = tbc_open(a->home, &env, &a->core);
    g_autofree char *why = why_closed(r);

    if (r != TB_OK)
        *ret_error = g_strdup_printf(_("%s: the profile does not open: %s"), a->home, why);
    return r == TB_OK;
}

static gboolean on_watch(gpointer user)
{
    struct agent *a = user;

    if (home_stands(&a->stands))
        return G_SOURCE_CONTINUE;
    log_line(LOG_CRIT, "the profile in %s was removed or replaced: this agent ends", a->home);
    a->lost = true;
    a->watch_source = 0;
    g_main_loop_quit(a->loop);
    return G_SOURCE_REMOVE;
}

static void on_name_bus(GDBusConnection *bus, const char *name, gpointer user)
{
    (void)name, (void)user;
    g_dbus_connection_set_exit_on_close(bus, FALSE); /* an agent outlives its desktop */
}

/* Nothing is served there: who starts us by this name must see that we are there. */
static void take_name(struct agent *a)
{
    g_autofree char *usual = tba_profile_home(NULL);

    if (strcmp(usual, a->home) == 0)
        a->name = g_bus_own_name(G_BUS_TYPE_SESSION, TBA_AGENT_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                 on_name_bus, NULL, NULL, NULL, NULL);
}

/* Where the desktop keeps the passphrase, the profile opens by itself some moments later. */
static void start_helpers(struct agent *a)
{
    struct tbc_status s;

    a->waking = waking_new(a);
    a->suspend = suspend_new(on_resume, a);
    a->secret = secret_new(a->home, on_secret, a);
    take_name(a);
    tbc_status(a->core, &s);
    if (s.stage == TBC_LOCKED)
        secret_look_up(a->secret);
}

struct agent *agent_new(const char *home, GMainLoop *loop, struct launch *launch, char **ret_error)
{
    struct agent *a = g_new0(struct agent, 1);
    g_autoptr(GError) error = NULL;

    *a = (struct agent){ .loop = loop, .lock_fd = -1, .unlocked_by = "none" };
    a->home = g_strdup(home);
    a->socket = tba_profile_socket(home, &error);
    if (!a->socket)
        *ret_error = g_strdup(error->message);
    bool ok = a->socket && take_lock(a, ret_error);
    if (ok) {
        a->present = present_new(home, launch);
        a->alarm = alarm_new(home, launch, on_chosen, a);
        a->resolver = resolver_new(on_resolved, a);
        a->tick = boot_timer_new(on_tick, a);
        ok = open_core(a, ret_error);
    }
    if (ok)
        a->bus = bus_new(a, ret_error);
    if (!a->bus) {
        agent_free(a);
        return NULL;
    }
    a->stands = home_of(a->home, a->lock_fd);
    a->watch_source = g_timeout_add_seconds(WATCH_S, on_watch, a);
    start_helpers(a);
    return a;
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    secret_free(a->secret);
    suspend_free(a->suspend);
    waking_free(a->waking);
    present_free(a->present);
    if (a->name)
        g_bus_unown_name(a->name);
    bus_free(a->bus);
    a->bus = NULL; /* closing the core still says what changed */
    struct tbc *core = a->core;
    a->core = NULL;
    tbc_close(core);
    resolver_free(a->resolver);
    boot_timer_free(a->tick);
    alarm_free(a->alarm);
    if (a->nudge_source)
        g_source_remove(a->nudge_source);
    if (a->watch_source)
        g_source_remove(a->watch_source);
    tb_closep(&a->lock_fd);
    g_free(a->home);
    g_free(a->socket);
    g_free(a);
}
