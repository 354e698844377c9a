/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_page.c - pages: until the first device may ring, and how late the second tier is called. */
#include "bench_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "proto/act.h"
#include "proto/wire.pb-c.h"

enum {
    PATIENCE_S = 60,
    RINGS = 40,
    RINGS_QUICK = 3,
    TIERS = 4,
    TIER_DEVICES = 3, /* of "hen-gio" */
    TIMERS = 10000,
    TIMERS_QUICK = 10,
    SPREAD_MS = 10000,
};

static int64_t wall_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The payload of a Signed. */
static struct tb_view payload_of(struct tb_view packed)
{
    struct wire_field f;

    while (wire_next(&packed, &f))
        if (f.no == 1)
            return f.bytes;
    return tb_view_of(NULL, 0);
}

struct release {
    uint32_t no; /* of the page, out of its id */
    uint32_t t, step;
    int64_t at_ms;
};

static struct release release_of(struct tb_view packed)
{
    struct tb_view v = payload_of(packed);
    struct release r = { 0 };
    struct wire_field f;

    while (wire_next(&v, &f)) {
        if (f.no == 3 && f.bytes.n >= sizeof r.no)
            memcpy(&r.no, f.bytes.p, sizeof r.no);
        else if (f.no == 9)
            r.t = (uint32_t)f.number;
        else if (f.no == 10)
            r.step = (uint32_t)f.number;
        else if (f.no == 15)
            r.at_ms = (int64_t)f.number;
    }
    return r;
}

/* Calls for every release in a push that brings this device its share; acknowledges all of it. */
static void each_release(struct line *l, struct tb_view body, void *user,
                         void (*fn)(void *user, const struct release *r))
{
    struct wire_field f, e;
    uint64_t newest = 0;

    while (wire_next(&body, &f)) {
        struct tb_view envelope = f.bytes, statement = { 0 };
        bool share = false;
        if (f.no != 2)
            continue;
        while (wire_next(&envelope, &e)) {
            if (e.no == 1)
                newest = e.number;
            else if (e.no == 5)
                statement = e.bytes;
            else if (e.no == 8)
                share = e.bytes.n > 0;
        }
        if (share) {
            const struct release r = release_of(statement);
            fn(user, &r);
        }
    }
    wire_ack(l, newest);
}

/* ---- until the first device may ring */

struct ring {
    size_t in, wanted;
    bool ready, rang;
    uint32_t no;
};

static void on_ring_in(void *user, struct line *l)
{
    struct ring *r = user;

    (void)l;
    r->ready = ++r->in == r->wanted;
}

static void on_ring_release(void *user, const struct release *release)
{
    struct ring *r = user;

    if (release->no == r->no && release->t == 1)
        r->rang = true;
}

static void on_ring_frame(void *user, struct line *l, const struct wire_frame *f)
{
    if (f->op == TB_OP_ENVELOPES)
        each_release(l, f->body, user, on_ring_release);
}

void figure_first_ring(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_ring_in, on_ring_frame, NULL };
    struct ring r = { .wanted = TIERS * WORLD_TIER + 1 };
    struct samples took = { 0 };
    struct wire *wire = wire_open(b->w, &ev, &r);
    double cpu = 0;
    bool never = false;

    for (size_t t = 1; t <= TIERS; t++)
        for (size_t i = 0; i < WORLD_TIER; i++)
            (void)wire_dial(wire, world_tier(b->w, t, i), 0, 0);
    struct line *from = wire_dial(wire, world_sender(b->w, 0), 0, 0);
    if (!wire_run(wire, &r.ready, now_ns() + PATIENCE_S * 1000000000LL))
        die("the devices could not log in");
    for (uint32_t i = 0; i < (b->quick ? RINGS_QUICK : RINGS); i++) {
        struct ready_page p;
        page_make(b->w, world_sender(b->w, 0), "bon-bac", ++r.no, &p);
        r.rang = false;
        (void)wire_run(wire, &never, now_ns() + 50000000); /* what the last one left */
        cpu -= world_cpu_s(b->w->relay);
        int64_t start = now_ns();
        (void)wire_put(from, TB_OP_SUBMIT, tb_buf_view(&p.submit));
        wire_flush(from);
        if (!wire_run(wire, &r.rang, start + PATIENCE_S * 1000000000LL))
            die("nobody was called");
        samples_add(&took, (double)(now_ns() - start) / 1e6);
        cpu += world_cpu_s(b->w->relay);
        tb_buf_done(&p.submit);
    }
    ret->value = samples_part(&took, 0.5);
    (void)snprintf(
        ret->note, sizeof ret->note,
        "60 devices, 4 tiers; p99 %.1f ms; %.1f paced fdatasync; relay %.1f ms of CPU until then",
        samples_part(&took, 0.99), ret->value * 1e3 / b->beside.paced_us,
        cpu * 1e3 / (double)took.n);
    samples_done(&took);
    wire_close(wire);
}

/* ---- timers */

struct timers {
    size_t in, wanted, n, answered, called, early;
    bool ready, over;
    int64_t wait_ms, *due_ms; /* by the page's number; 0: no receipt yet */
    struct samples late;      /* ms */
};

static void on_timer_in(void *user, struct line *l)
{
    struct timers *t = user;

    (void)l;
    t->ready = ++t->in == t->wanted;
}

static void on_timer_release(void *user, const struct release *r)
{
    struct timers *t = user;

    if (r->t != 2 || r->no >= t->n || r->step != TB_RELEASE_TIER || !t->due_ms[r->no])
        return;
    t->early += r->at_ms < t->due_ms[r->no];
    samples_add(&t->late, (double)wall_us() / 1e3 - (double)t->due_ms[r->no]);
    t->over = ++t->called == t->n * TIER_DEVICES;
}

static void on_receipt(struct timers *t, struct tb_view reply)
{
    struct tb_view v = payload_of(payload_of(reply));
    struct wire_field f;
    int64_t at_ms = 0;
    uint32_t no = UINT32_MAX;

    while (wire_next(&v, &f)) {
        if (f.no == 4)
            at_ms = (int64_t)f.number;
        else if (f.no == 5 && f.bytes.n >= sizeof no)
            memcpy(&no, f.bytes.p, sizeof no);
    }
    if (no >= t->n)
        die("a receipt of another page");
    t->due_ms[no] = at_ms + t->wait_ms;
    t->answered++;
}

static void on_timer_frame(void *user, struct line *l, const struct wire_frame *f)
{
    if (f->op == TB_OP_ENVELOPES)
        each_release(l, f->body, user, on_timer_release);
    else if (f->op == TB_OP_SUBMIT)
        on_receipt(user, f->body);
}

/* Sends them evenly over the time, each to wait for its second tier. */
static double send_all(struct world *w, struct wire *wire, struct line *from, struct timers *t)
{
    struct ready_page *page = calloc(t->n, sizeof *page);
    bool never = false;

    if (!page)
        die("no memory");
    for (uint32_t i = 0; i < t->n; i++)
        page_make(w, from->device, "hen-gio", i, &page[i]);
    int64_t start = now_ns();
    for (size_t i = 0; i < t->n; i++) {
        int64_t at = start + (int64_t)i * SPREAD_MS * 1000000 / TIMERS;
        if (at > now_ns())
            (void)wire_run(wire, &never, at);
        (void)wire_put(from, TB_OP_SUBMIT, tb_buf_view(&page[i].submit));
        wire_flush(from);
        tb_buf_done(&page[i].submit);
        while (i + 1 - t->answered > 200) /* no faster than it takes them */
            (void)wire_run(wire, &never, now_ns() + 1000000);
    }
    free(page);
    return (double)(now_ns() - start) / 1e9;
}

void figure_timers(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_timer_in, on_timer_frame, NULL };
    struct timers t = { .n = b->quick ? TIMERS_QUICK : TIMERS, .wanted = 2 * TIER_DEVICES + 1 };
    struct world
        w; /* its own: so many open pages would be looked at by every log-in that follows */

    world_open(&w, 1);
    struct wire *wire = wire_open(&w, &ev, &t);
    t.wait_ms = (int64_t)tb_roster_policy_by_id(w.roster, "hen-gio")->tier[0].wait_s * 1000;
    t.due_ms = calloc(t.n, sizeof *t.due_ms);
    if (!t.due_ms)
        die("no memory");
    for (size_t tier = 1; tier <= 2; tier++)
        for (size_t i = 0; i < TIER_DEVICES; i++)
            (void)wire_dial(wire, world_tier(&w, tier, i), 0, 0);
    struct line *from = wire_dial(wire, world_sender(&w, 1), 0, 0);
    if (!wire_run(wire, &t.ready, now_ns() + PATIENCE_S * 1000000000LL))
        die("the devices could not log in");
    double took = send_all(&w, wire, from, &t);
    if (!wire_run(wire, &t.over, now_ns() + PATIENCE_S * 1000000000LL))
        die("%zu of %zu calls of the second tier came", t.called, t.n * TIER_DEVICES);
    if (t.early)
        die("%zu releases were early", t.early);
    ret->value = samples_part(&t.late, 0.99);
    (void)snprintf(ret->note, sizeof ret->note,
                   "%zu within %.1f s, none early; p50 %.0f, max %.0f ms", t.n, took,
                   samples_part(&t.late, 0.5), samples_part(&t.late, 1));
    samples_done(&t.late);
    free(t.due_ms);
    wire_close(wire);
    world_close(&w);
}
