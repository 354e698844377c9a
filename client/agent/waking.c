/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waking.c - see waking.h. */
#include "client/agent/waking.h"

#include "client/agent/agent.h"
#include "client/agent/doc.h"
#include "client/agent/log.h"

struct waking {
    struct agent *agent;
    int64_t woke_ms, connected_ms; /* wall clock, for people */
    int64_t began_ms;              /* boot clock */
    guint source;
    bool waits, said;
};

struct waking *waking_new(struct agent *agent)
{
    struct waking *w = g_new0(struct waking, 1);

    w->agent = agent;
    return w;
}

void waking_free(struct waking *w)
{
    if (!w)
        return;
    if (w->source)
        g_source_remove(w->source);
    g_free(w);
}

static void stop_waiting(struct waking *w)
{
    w->waits = false;
    if (w->source)
        g_source_remove(w->source);
    w->source = 0;
    if (w->said)
        alarm_relay(w->agent->alarm, true);
    w->said = false;
}

void waking_look(struct waking *w)
{
    struct tbc_status s;

    if (!w->waits)
        return;
    tbc_status(w->agent->core, &s);
    if (s.stage != TBC_READY && s.stage != TBC_ENROLLING) { /* nobody expects pages of it */
        stop_waiting(w);
        return;
    }
    if (s.online != TBC_ONLINE)
        return;
    w->connected_ms = wall_now_ms();
    log_line(LOG_NOTICE, "connected again %lld ms after waking up",
             (long long)(boot_now_ms() - w->began_ms));
    stop_waiting(w);
}

static gboolean on_late(gpointer user)
{
    struct waking *w = user;

    w->source = 0;
    waking_look(w);
    if (!w->waits)
        return G_SOURCE_REMOVE;
    log_line(LOG_WARNING, "not connected %d s after waking up", (int)WAKING_WAIT_S);
    w->said = true;
    alarm_relay(w->agent->alarm, false);
    return G_SOURCE_REMOVE;
}

void waking_begin(struct waking *w)
{
    stop_waiting(w);
    w->waits = true;
    w->woke_ms = wall_now_ms();
    w->began_ms = boot_now_ms();
    w->connected_ms = 0;
    w->source = g_timeout_add_seconds(WAKING_WAIT_S, on_late, w);
    waking_look(w);
}

void waking_put(const struct waking *w, GVariantBuilder *b)
{
    doc_at(b, "woke_at", w->woke_ms);
    doc_at(b, "connected_at", w->connected_ms);
}
