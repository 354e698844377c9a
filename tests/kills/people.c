/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.c - see people.h. */
#define _GNU_SOURCE
#include "people.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/api/profile.h"
#include "tb_cmocka.h"

#define AGENT "vn.trucban.Agent1"

enum { CALL_MS = 20000, ASK_MS = 5000 };

int64_t people_now(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_REALTIME, &t), 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void people_note(struct people *all, const char *format, ...)
{
    va_list more;

    (void)fprintf(all->history, "%lld ", (long long)people_now());
    va_start(more, format);
    (void)vfprintf(all->history, format, more);
    va_end(more);
    (void)fputc('\n', all->history);
}

/* ---- what is known of pages */

struct known *people_page(struct people *all, const char *id)
{
    for (size_t i = all->n_pages; i > 0; i--)
        if (strcmp(all->page[i - 1].id, id) == 0)
            return &all->page[i - 1];
    return NULL;
}

struct known *people_page_add(struct people *all, const char *id, const char *sender)
{
    struct known *k = people_page(all, id);

    if (k)
        return k;
    assert_true(all->n_pages < PAGES_MAX);
    k = &all->page[all->n_pages++];
    *k = (struct known){ .page_class = 2 };
    (void)snprintf(k->id, sizeof k->id, "%s", id);
    (void)snprintf(k->sender, sizeof k->sender, "%s", sender);
    return k;
}

/* ---- processes */

/* Has the server said "ready"?  Closes the descriptor then, or if it died. */
static bool said_ready(int *fd)
{
    struct pollfd p = { .fd = *fd, .events = POLLIN };
    char text[256];

    if (*fd < 0 || poll(&p, 1, 0) != 1)
        return false;
    bool ready = read(*fd, text, sizeof text) > 0;
    (void)close(*fd);
    *fd = -1;
    if (!ready)
        fail_msg("a program ended before it was ready; see its log");
    return ready;
}

static void drop_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void drop_bus(struct man *m)
{
    g_clear_object(&m->bus);
}

static void turn_bus(struct people *all, struct man *m)
{
    g_autofree char *path = NULL, *address = NULL;

    if (m->bus || m->ready_fd >= 0 || m->p->agent.pid <= 0)
        return;
    path = tba_profile_socket(m->p->home, NULL);
    assert_non_null(path);
    address = tba_profile_address(path);
    m->bus = g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, NULL);
    if (!m->bus)
        return; /* the next turn tries again */
    g_dbus_connection_set_exit_on_close(m->bus, FALSE);
    people_note(all, "up %s", m->p->name);
}

static void turn_man(struct people *all, struct man *m)
{
    if (m->start_ms && people_now() >= m->start_ms) {
        m->start_ms = 0;
        world_launch_agent(all->w, m->p, &m->ready_fd);
        people_note(all, "start %s", m->p->name);
    }
    if (said_ready(&m->ready_fd) || m->ready_fd < 0)
        turn_bus(all, m);
}

static void turn_relay(struct people *all)
{
    if (all->relay_start_ms && people_now() >= all->relay_start_ms) {
        all->relay_start_ms = 0;
        world_launch_relay(all->w, &all->relay_fd);
        people_note(all, "start relay");
    }
    if (said_ready(&all->relay_fd)) {
        all->relay_up = true;
        assert_true(all->n_up < UPS_MAX);
        all->up[all->n_up++] = (struct j_up){ people_now(), INT64_MAX };
        people_note(all, "up relay");
    }
}

void people_turn(struct people *all)
{
    int64_t now = people_now();

    if (all->turn_ms && now - all->turn_ms > all->stall_ms)
        all->stall_ms = now - all->turn_ms;
    turn_relay(all);
    for (size_t i = 0; i < all->n; i++)
        turn_man(all, &all->man[i]);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    all->turn_ms = people_now();
    pause_ms(2);
}

bool people_kill_relay(struct people *all, int64_t down_ms)
{
    if (all->w->relay.pid <= 0)
        return false;
    int64_t now = people_now();
    proc_kill(&all->w->relay);
    drop_fd(&all->relay_fd);
    if (all->relay_up)
        all->up[all->n_up - 1].to_ms = now;
    all->relay_up = false;
    all->relay_start_ms = now + down_ms + 1;
    people_note(all, "kill relay for %lld", (long long)down_ms);
    return true;
}

bool people_kill(struct people *all, struct man *m, int64_t down_ms)
{
    if (m->p->agent.pid <= 0)
        return false;
    proc_kill(&m->p->agent);
    drop_fd(&m->ready_fd);
    drop_bus(m);
    m->calls = 0;
    m->life++;
    m->start_ms = people_now() + down_ms + 1;
    people_note(all, "kill %s for %lld", m->p->name, (long long)down_ms);
    return true;
}

bool people_all_up(const struct people *all)
{
    bool up = all->relay_up;

    for (size_t i = 0; i < all->n; i++)
        up = up && all->man[i].bus && all->man[i].calls == 0;
    return up;
}

void people_open(struct people *all, struct world *w)
{
    char path[2 * WORLD_PATH];

    *all = (struct people){ .w = w, .n = w->n, .relay_fd = -1, .relay_up = true };
    all->up[all->n_up++] = (struct j_up){ people_now(), INT64_MAX };
    for (size_t i = 0; i < w->n; i++)
        all->man[i] = (struct man){ .p = &w->person[i], .ready_fd = -1 };
    (void)snprintf(path, sizeof path, "%s/history.txt", w->dir);
    all->history = fopen(path, "we");
    assert_non_null(all->history);
    (void)setvbuf(all->history, NULL, _IOLBF, 0);
}

void people_close(struct people *all)
{
    if (!all->history)
        return; /* it was never opened */
    for (size_t i = 0; i < all->n; i++) {
        drop_bus(&all->man[i]);
        drop_fd(&all->man[i].ready_fd);
    }
    drop_fd(&all->relay_fd);
    (void)fclose(all->history);
}

/* ---- calls */

struct call {
    struct people *all;
    struct man *m;
    unsigned life;
    enum j_kind kind; /* J_OTHER: a report */
    int page_class;
    char id[J_ID];
};

static void report_taken(const struct call *c, const char *id)
{
    struct known *k = people_page_add(c->all, id, c->m->p->name);

    k->taken = true;
    k->page_class = c->page_class;
    people_note(c->all, "taken %s report %s", c->m->p->name, id);
}

static void answer_taken(const struct call *c)
{
    struct known *k = people_page(c->all, c->id);

    assert_non_null(k);
    if (c->kind == J_RESOLVE)
        k->resolve_taken = true;
    if (k->n_answers < sizeof k->answer / sizeof *k->answer) {
        struct j_answer *a = &k->answer[k->n_answers++];
        a->kind = c->kind;
        (void)snprintf(a->who, sizeof a->who, "%s", c->m->p->name);
    }
    people_note(c->all, "taken %s answer %d %s", c->m->p->name, (int)c->kind, c->id);
}

static void on_reply(GObject *from, GAsyncResult *result, gpointer user)
{
    g_autofree struct call *c = user;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish(
        G_DBUS_CONNECTION(from), NULL, result, &error);

    if (c->m->life == c->life)
        c->m->calls--;
    if (!reply) {
        people_note(c->all, "no answer to %s for %d %s: %s", c->m->p->name, (int)c->kind, c->id,
                    error->message);
        return;
    }
    if (c->kind == J_OTHER) {
        const char *id = NULL;
        g_variant_get(reply, "(&s)", &id);
        report_taken(c, id);
    } else {
        answer_taken(c);
    }
}

static void call(struct people *all, struct man *m, const struct call *what, const char *method,
                 GVariant *args)
{
    struct call *c = g_memdup2(what, sizeof *what);

    c->all = all;
    c->m = m;
    c->life = m->life;
    m->calls++;
    g_dbus_connection_call_with_unix_fd_list(m->bus, NULL, TBA_OBJECT, AGENT, method, args, NULL,
                                             G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, NULL, on_reply,
                                             c);
}

void people_report(struct people *all, struct man *m, int page_class)
{
    const struct call what = { .kind = J_OTHER, .page_class = page_class };
    g_autofree char *title = g_strdup_printf("Máy chủ số %zu bị mã hoá", ++all->reports);
    GVariantBuilder doc, fds;

    g_variant_builder_init(&doc, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&doc, "{sv}", "kind", g_variant_new_string("ATT-06"));
    g_variant_builder_add(&doc, "{sv}", "title", g_variant_new_string(title));
    g_variant_builder_add(&doc, "{sv}", "text", g_variant_new_string("Màn hình đòi tiền chuộc."));
    g_variant_builder_add(&doc, "{sv}", "class", g_variant_new_uint32((guint32)page_class));
    g_variant_builder_add(&doc, "{sv}", "no_state_secret", g_variant_new_boolean(TRUE));
    g_variant_builder_init(&fds, G_VARIANT_TYPE("ah"));
    people_note(all, "ask %s report of class %d", m->p->name, page_class);
    call(all, m, &what, "Report", g_variant_new("(a{sv}ah)", &doc, &fds));
}

void people_answer(struct people *all, struct man *m, struct known *page, enum j_kind kind)
{
    struct call what = { .kind = kind };
    const char *name = kind == J_ACCEPT ? "accept" : kind == J_DECLINE ? "decline" : "resolve";
    GVariantBuilder doc;

    memcpy(what.id, page->id, sizeof what.id);
    g_variant_builder_init(&doc, G_VARIANT_TYPE_VARDICT);
    if (kind == J_DECLINE)
        g_variant_builder_add(&doc, "{sv}", "reason", g_variant_new_string("đang ở xa"));
    people_note(all, "ask %s %s %s", m->p->name, name, page->id);
    call(all, m, &what, "Answer", g_variant_new("(ssa{sv})", page->id, name, &doc));
}

GVariant *people_ask(struct man *m, const char *method, GVariant *args)
{
    if (!m->bus) {
        g_variant_unref(g_variant_ref_sink(args));
        return NULL;
    }
    return g_dbus_connection_call_with_unix_fd_list_sync(m->bus, NULL, TBA_OBJECT, AGENT, method,
                                                         args, NULL, G_DBUS_CALL_FLAGS_NONE, ASK_MS,
                                                         NULL, NULL, NULL, NULL);
}
