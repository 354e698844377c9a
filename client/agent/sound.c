/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound.c - a thread that plays through libcanberra; see sound.h. */
#include "client/agent/sound.h"

#include <canberra.h>
#include <gio/gio.h>

#include "client/agent/launch.h"
#include "client/agent/log.h"
#include "client/agent/sound_check.h"
#include "client/api/lang.h"

enum { PLAY_ID = 1, END_TRIES = 100, END_STEP_US = 10000, WAKE_US = 400000 };

enum order { ORDER_LOOK = 1, ORDER_ALARM, ORDER_DRILL, ORDER_CUT, ORDER_END };

struct sound {
    GThread *thread;
    GAsyncQueue *orders;
    struct launch *launch;
    struct sound_check *check;
    char *file[2];
    int played; /* atomic: 0 not tried, 1 worked, -1 failed */
    int ended;  /* atomic: the thread is done */
};

const char *sound_bell_name(enum bell b)
{
    switch (b) {
    case BELL_OK:
        return "ok";
    case BELL_MUTED:
        return "muted";
    case BELL_NONE:
        return "none";
    case BELL_UNCHECKED:
        break;
    }
    return "unchecked";
}

/* A context lives only while a server answers: one that is lost is not found again by itself. */
static ca_context *connect_sound(void)
{
    ca_context *c = NULL;

    if (ca_context_create(&c) != CA_SUCCESS)
        return NULL;
    if (ca_context_change_props(c, CA_PROP_APPLICATION_NAME, "Trực Ban", CA_PROP_APPLICATION_ID,
                                "vn.trucban.Agent", NULL) != CA_SUCCESS ||
        ca_context_open(c) != CA_SUCCESS) {
        (void)ca_context_destroy(c);
        return NULL;
    }
    return c;
}

/* The server that libpulse would start is started for us; that takes a moment. */
static ca_context *find_sound(struct sound *s)
{
    ca_context *c = connect_sound();

    if (c || !s->launch)
        return c;
    g_atomic_int_set(&s->played, -1); /* whoever asks meanwhile is told so */
    launch_sound(s->launch);
    g_usleep(WAKE_US);
    return connect_sound();
}

static bool play(ca_context *c, const char *file)
{
    int playing = 0;

    if (!file)
        return false;
    if (ca_context_playing(c, PLAY_ID, &playing) == CA_SUCCESS && playing)
        return true;
    return ca_context_play(c, PLAY_ID, CA_PROP_MEDIA_FILENAME, file, CA_PROP_MEDIA_ROLE, "alarm",
                           CA_PROP_CANBERRA_ENABLE, "1", NULL) == CA_SUCCESS;
}

static void obey(struct sound *s, ca_context **c, enum order order)
{
    if (order == ORDER_CUT) {
        if (*c)
            (void)ca_context_cancel(*c, PLAY_ID); /* nothing plays: just as well */
        return;
    }
    if (!*c)
        *c = find_sound(s);
    bool ok = *c != NULL;
    if (ok && order != ORDER_LOOK)
        ok = play(*c, s->file[order == ORDER_DRILL ? SOUND_DRILL : SOUND_ALARM]);
    if (!ok && *c) {
        (void)ca_context_destroy(*c);
        *c = NULL;
    }
    g_atomic_int_set(&s->played, ok ? 1 : -1);
}

static gpointer run(gpointer user)
{
    struct sound *s = user;
    ca_context *c = NULL;

    for (;;) {
        enum order order = (enum order)GPOINTER_TO_INT(g_async_queue_pop(s->orders));
        if (order == ORDER_END)
            break;
        obey(s, &c, order);
    }
    if (c)
        (void)ca_context_destroy(c);
    g_atomic_int_set(&s->ended, 1);
    return NULL;
}

static void give_order(struct sound *s, enum order order)
{
    g_async_queue_push(s->orders, GINT_TO_POINTER((int)order));
}

struct sound *sound_new(struct launch *launch)
{
    struct sound *s = g_new0(struct sound, 1);

    s->launch = launch;
    s->file[SOUND_ALARM] = tba_data_file("sounds/alarm.wav");
    s->file[SOUND_DRILL] = tba_data_file("sounds/drill.wav");
    if (!s->file[SOUND_ALARM] || !s->file[SOUND_DRILL])
        log_line(LOG_ERR, "the sound files are missing: the alarm is silent");
    s->orders = g_async_queue_new();
    s->check = sound_check_new();
    s->thread = g_thread_new("sound", run, s);
    give_order(s, ORDER_LOOK);
    return s;
}

void sound_play(struct sound *s, enum sound_kind kind)
{
    /* A server that hangs must not collect orders either. */
    if (g_async_queue_length(s->orders) < 4)
        give_order(s, kind == SOUND_DRILL ? ORDER_DRILL : ORDER_ALARM);
}

void sound_stop(struct sound *s)
{
    give_order(s, ORDER_CUT);
}

enum bell sound_bell(const struct sound *s)
{
    enum bell seen = sound_check_bell(s->check);

    if (!s->file[SOUND_ALARM] || g_atomic_int_get(&s->played) < 0)
        return BELL_NONE;
    return seen;
}

void sound_free(struct sound *s)
{
    if (!s)
        return;
    give_order(s, ORDER_CUT);
    give_order(s, ORDER_END);
    sound_check_free(s->check);
    for (int i = 0; i < END_TRIES && !g_atomic_int_get(&s->ended); i++)
        g_usleep(END_STEP_US);
    if (!g_atomic_int_get(&s->ended))
        return; /* a sound server hangs; the process ends without it, and keeps what it may touch */
    g_thread_join(s->thread);
    g_async_queue_unref(s->orders);
    g_free(s->file[SOUND_ALARM]);
    g_free(s->file[SOUND_DRILL]);
    g_free(s);
}
