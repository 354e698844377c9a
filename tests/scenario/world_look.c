/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_look.c - see world_look.h. */
#include "world_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"

unsigned long long look_metric(struct world *w, const char *name)
{
    char *all = world_metrics(w);
    size_t n = strlen(name);
    unsigned long long is = 0;

    for (const char *at = all; (at = strstr(at, name)); at += n)
        if (at > all && at[-1] == '\n' && at[n] == ' ')
            is = strtoull(at + n, NULL, 10);
    free(all);
    return is;
}

bool look_is_online(struct world *w, const char *name)
{
    json_t *s = world_do(w, name, "status", NULL);
    bool is = strcmp(json_string_value(json_object_get(s, "online")), "online") == 0;

    json_decref(s);
    return is;
}

int look_count(struct world *w, const char *name, const char *id, const char *kind, int t)
{
    json_t *page = world_page(w, name, id), *event;
    int n = 0;
    size_t i;

    json_array_foreach(json_object_get(page, "events"), i, event) n +=
        strcmp(json_string_value(json_object_get(event, "kind")), kind) == 0 &&
        json_integer_value(json_object_get(event, "tier")) == t;
    json_decref(page);
    return n;
}

int look_rows(struct world *w, const char *name, const char *id)
{
    struct run r = world_run(w, name, "pages", NULL);
    char sought[32];
    int n = 0;

    (void)snprintf(sought, sizeof sought, "\"id\":\"%s\"", id);
    for (const char *at = r.out; (at = strstr(at, sought)); at++)
        n++;
    run_done(&r);
    return n;
}

void look_wait_online(struct world *w, int within_ms)
{
    for (long long end = now_ms() + within_ms;; pause_ms(200)) {
        size_t n = 0;
        for (size_t i = 0; i < w->n; i++)
            n += look_is_online(w, w->person[i].name);
        if (n == w->n)
            return;
        assert_true(now_ms() < end);
    }
}

long long look_relay_notices(struct world *w, unsigned long long most, long long since)
{
    while (look_metric(w, "trucban_devices_live") > most) {
        assert_true(now_ms() - since < LOOK_NOTICE_MS);
        pause_ms(50);
    }
    return now_ms() - since;
}

long long look_agent_notices(struct world *w, const char *name, long long since)
{
    while (look_is_online(w, name)) {
        assert_true(now_ms() - since < LOOK_NOTICE_MS);
        pause_ms(50);
    }
    return now_ms() - since;
}

int look_report(struct world *w, const char *file, int files, struct look_reported *ret)
{
    const char *a[4] = { NULL }, *f[4] = { NULL };

    for (int i = 0; i < files; i++) {
        a[i] = "--attach";
        f[i] = file;
    }
    struct run r = world_run(w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2", "--title",
                             "Máy chủ bị mã hóa", "--no-state-secrets", a[0], f[0], a[1], f[1],
                             a[2], f[2], a[3], f[3], NULL);
    json_t *said = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    if (!said)
        fail_msg("report: %d: %s%s", r.code, r.out, r.err);
    (void)snprintf(ret->id, sizeof ret->id, "%s", json_string_value(json_object_get(said, "page")));
    (void)snprintf(ret->result, sizeof ret->result, "%s",
                   json_string_value(json_object_get(said, "result")));
    json_decref(said);
    int code = r.code;
    run_done(&r);
    return code;
}

void look_report_is_kept(struct world *w, struct look_reported *ret)
{
    assert_int_equal(look_report(w, NULL, 0, ret), 3);
    assert_string_equal(ret->result, "outbox");
    json_t *page = world_page(w, "so-y-te", ret->id);
    assert_string_equal(json_string_value(json_object_get(page, "state")), "queued");
    json_decref(page);
}

void look_goes_through_once(struct world *w, const char *id, int within_ms)
{
    static const char *const concerned[] = { "so-y-te", "an", "binh", "chi" };

    (void)world_wait_event(w, "so-y-te", id, "release", 1, within_ms);
    for (long long end = now_ms() + within_ms; look_rows(w, "an", id) == 0; pause_ms(100))
        assert_true(now_ms() < end);
    world_expect_code(w, 0, "chi", "resolve", id, NULL);
    for (size_t i = 0; i < 4; i++)
        world_wait_state(w, concerned[i], id, "resolved", within_ms);
    assert_int_equal(look_count(w, "so-y-te", id, "release", 1), 1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(look_rows(w, concerned[i], id), 1);
    assert_int_equal(look_rows(w, "dung", id), 0);
}
