/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarm.c - see alarm.h.  A bubble's key is the page's id in full, in hex. */
#include "client/agent/alarm.h"

#include <string.h>

#include "client/agent/alarm_text.h"
#include "client/agent/log.h"
#include "client/agent/timer.h"
#include "client/api/lang.h"

#define RELAY_KEY "relay" /* not the hex of a page */

enum { KEY_CHARS = 2 * TB_ID_BYTES + 1 };

struct alarm {
    struct ringer ringer;
    struct boot_timer *timer;
    struct notify *notify;
    struct sound *sound;
    char *home;
    alarm_chosen_fn *chosen;
    void *user;
};

static void key_of(const struct tb_id *page, char ret[static KEY_CHARS])
{
    tb_hex(page->b, sizeof page->b, ret);
}

static const struct ringer_item *item_of(const struct alarm *a, const char *key)
{
    struct tb_id page;

    if (tb_hex_parse(key, page.b, sizeof page.b) != TB_OK)
        return NULL;
    return ringer_find(&a->ringer, &page);
}

static bool on_text(void *user, const char *key, bool actions, char **ret_summary, char **ret_body)
{
    const struct alarm *a = user;
    const struct ringer_item *i = item_of(a, key);

    if (strcmp(key, RELAY_KEY) == 0) {
        *ret_summary = g_strdup(_("Trực Ban: NOT CONNECTED"));
        *ret_body =
            g_strdup(_("Since this machine woke up the relay has not answered: pages do not "
                       "come in. Keep the telephone at hand."));
        return true;
    }
    if (!i)
        return false;
    struct alarm_text t = alarm_text_make(i, settings_privacy(a->home), actions);
    *ret_summary = t.summary;
    *ret_body = t.body;
    return true;
}

static bool on_answerable(void *user, const char *key)
{
    const struct ringer_item *i = item_of(user, key);
    return i && alarm_answerable(i);
}

static void on_chosen(void *user, const char *key, enum notify_action action)
{
    struct alarm *a = user;
    const struct ringer_item *i = item_of(a, key);

    if (!i) {
        if (action == NOTIFY_OPEN)
            a->chosen(a->user, NULL, action);
        return;
    }
    struct tb_id page = i->page; /* the item goes when the page is answered */
    a->chosen(a->user, &page, action);
}

static void on_plain(void *user, const char *key)
{
    struct alarm *a = user;
    const struct ringer_item *i = item_of(a, key);

    if (i && ringer_present(&a->ringer, &i->page))
        on_chosen(a, key, NOTIFY_OPEN);
}

static void ring_one(struct alarm *a, const struct ringer_item *i)
{
    char id[17], key[KEY_CHARS];

    tb_id_print(&i->page, id);
    key_of(&i->page, key);
    bool heard = ringer_audible(&a->ringer, i);
    log_line(LOG_NOTICE, "ring page=%s why=%s class=%u drill=%s n=%u sound=%s", id,
             alarm_why_name(i->why), i->page_class, i->drill ? "yes" : "no", i->rings,
             heard ? i->drill ? "drill" : "alarm" : "no");
    notify_show(a->notify, key);
}

static void on_time(void *user)
{
    struct alarm *a = user;
    size_t due[RINGER_MAX];
    size_t n = ringer_due(&a->ringer, boot_now_ms(), due);
    bool real = false, drill = false;

    for (size_t i = 0; i < n; i++) {
        const struct ringer_item *item = &a->ringer.item[due[i]];
        real = real || !item->drill;
        drill = drill || ringer_audible(&a->ringer, item);
        ring_one(a, item);
    }
    if (real)
        sound_play(a->sound, SOUND_ALARM);
    else if (drill)
        sound_play(a->sound, SOUND_DRILL);
    boot_timer_set(a->timer, ringer_next(&a->ringer));
}

struct alarm *alarm_new(const char *home, struct launch *launch, alarm_chosen_fn *chosen,
                        void *user)
{
    struct alarm *a = g_new0(struct alarm, 1);

    *a = (struct alarm){ .home = g_strdup(home), .chosen = chosen, .user = user };
    a->timer = boot_timer_new(on_time, a);
    if (!a->timer)
        g_error(
            "no timer: the kernel refuses timerfd"); /* an agent that cannot ring must not run */
    a->notify = notify_new(&(struct notify_handlers){ .user = a,
                                                      .text = on_text,
                                                      .answerable = on_answerable,
                                                      .plain = on_plain,
                                                      .chosen = on_chosen });
    a->sound = sound_new(launch);
    notify_show(a->notify, NULL); /* is there anybody? */
    return a;
}

void alarm_free(struct alarm *a)
{
    if (!a)
        return;
    boot_timer_free(a->timer);
    notify_free(a->notify);
    sound_free(a->sound);
    g_free(a->home);
    g_free(a);
}

void alarm_ring(struct alarm *a, const struct tbc_ring *ring)
{
    ringer_start(&a->ringer, ring, boot_now_ms(), wall_now_ms());
    boot_timer_set(a->timer, ringer_next(&a->ringer));
}

void alarm_quiet(struct alarm *a, const struct tb_id *page)
{
    char id[17], key[KEY_CHARS];

    if (!ringer_quiet(&a->ringer, page))
        return;
    tb_id_print(page, id);
    key_of(page, key);
    log_line(LOG_NOTICE, "quiet page=%s", id);
    notify_close(a->notify, key);
    if (a->ringer.n == 0)
        sound_stop(a->sound);
    boot_timer_set(a->timer, ringer_next(&a->ringer));
}

void alarm_seen(struct alarm *a, const struct tb_id *page)
{
    ringer_seen(&a->ringer, page, boot_now_ms());
    boot_timer_set(a->timer, ringer_next(&a->ringer));
}

void alarm_resume(struct alarm *a)
{
    on_time(a);
}

void alarm_relay(struct alarm *a, bool heard)
{
    if (heard)
        notify_close(a->notify, RELAY_KEY);
    else
        notify_show(a->notify, RELAY_KEY);
}

const struct ringer *alarm_ringer(const struct alarm *a)
{
    return &a->ringer;
}

enum bell alarm_bell(const struct alarm *a)
{
    return sound_bell(a->sound);
}

enum notify_state alarm_notify(const struct alarm *a)
{
    return notify_state(a->notify);
}
