/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound_check.c - libpulse in the GLib loop; see sound_check.h. */
#include "client/agent/sound_check.h"

#include <glib.h>
#include <pulse/glib-mainloop.h>
#include <pulse/pulseaudio.h>
#include <string.h>

enum {
    RETRY_S = 30,
    QUIET_PERCENT = 20, /* below this nobody wakes up */
};

struct sound_check {
    pa_glib_mainloop *loop;
    pa_context *context;
    guint retry;
    enum bell bell;
};

enum bell sound_check_bell(const struct sound_check *c)
{
    return c->bell;
}

static void forget(pa_operation *o)
{
    if (o)
        pa_operation_unref(o);
}

static void on_sink(pa_context *context, const pa_sink_info *sink, int eol, void *user)
{
    struct sound_check *c = user;

    (void)context;
    if (eol < 0)
        c->bell = BELL_NONE;
    if (eol != 0 || !sink)
        return;
    bool quiet = pa_cvolume_max(&sink->volume) < PA_VOLUME_NORM / 100 * QUIET_PERCENT;
    /* What the server makes up when there is no device. */
    bool dummy = strcmp(sink->name, "auto_null") == 0;
    c->bell = dummy ? BELL_NONE : sink->mute || quiet ? BELL_MUTED : BELL_OK;
}

static void on_server(pa_context *context, const pa_server_info *info, void *user)
{
    struct sound_check *c = user;

    if (!info || !info->default_sink_name)
        c->bell = BELL_NONE;
    else
        forget(pa_context_get_sink_info_by_name(context, info->default_sink_name, on_sink, c));
}

static void on_event(pa_context *context, pa_subscription_event_type_t type, uint32_t index,
                     void *user)
{
    (void)type, (void)index;
    forget(pa_context_get_server_info(context, on_server, user));
}

static gboolean dial(gpointer user);

static void on_state(pa_context *context, void *user)
{
    struct sound_check *c = user;
    pa_context_state_t state = pa_context_get_state(context);

    if (state == PA_CONTEXT_READY) {
        pa_context_set_subscribe_callback(context, on_event, c);
        forget(pa_context_subscribe(
            context, PA_SUBSCRIPTION_MASK_SINK | PA_SUBSCRIPTION_MASK_SERVER, NULL, NULL));
        forget(pa_context_get_server_info(context, on_server, c));
    } else if (state == PA_CONTEXT_FAILED || state == PA_CONTEXT_TERMINATED) {
        c->bell = BELL_UNCHECKED;
        if (!c->retry)
            c->retry = g_timeout_add_seconds(RETRY_S, dial, c);
    }
}

static void hang_up(struct sound_check *c)
{
    if (!c->context)
        return;
    pa_context_set_state_callback(c->context, NULL, NULL);
    pa_context_set_subscribe_callback(c->context, NULL, NULL);
    pa_context_disconnect(c->context);
    pa_context_unref(c->context);
    c->context = NULL;
}

static gboolean dial(gpointer user)
{
    struct sound_check *c = user;

    c->retry = 0;
    hang_up(c);
    c->context = pa_context_new(pa_glib_mainloop_get_api(c->loop), "Trực Ban");
    if (!c->context)
        return G_SOURCE_REMOVE;
    pa_context_set_state_callback(c->context, on_state, c);
    if (pa_context_connect(c->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0 && !c->retry)
        c->retry = g_timeout_add_seconds(RETRY_S, dial, c);
    return G_SOURCE_REMOVE;
}

struct sound_check *sound_check_new(void)
{
    struct sound_check *c = g_new0(struct sound_check, 1);

    c->loop = pa_glib_mainloop_new(NULL);
    (void)dial(c);
    return c;
}

void sound_check_free(struct sound_check *c)
{
    if (!c)
        return;
    if (c->retry)
        g_source_remove(c->retry);
    hang_up(c);
    pa_glib_mainloop_free(c->loop);
    g_free(c);
}
