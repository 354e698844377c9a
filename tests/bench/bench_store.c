/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_store.c - how fast sealed bytes are taken: answered only when they are on the disk.
 *
 * The request is NOTE_PUT with 600 sealed bytes: nothing is signed in it, so it is the plainest thing that the relay
 * stores.  Nobody takes the notes while it is measured; afterwards the queues are emptied by log-ins whose
 * cursor says that all has come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bench.h"
#include "bench_note.h"
#include "proto/wire.pb-c.h"

enum {
    LOW_NS = 10000000,
    LOW_SAMPLES = 150,
    LOW_QUICK = 20,
    PATIENCE_S = 30,
    EMPTY_S = 5,
    NOTE_DATA = 600,
    TOGETHER = 8,
    TOGETHER_ROUNDS = 250,
    STALL_NS = 250000000, /* no sync and no turn takes so long; a loop that slept does */
};

/* ---- notes */

void notes_make(struct world *w, struct notes *ret)
{
    uint8_t data[NOTE_DATA];
    Tb__WireCapsule c;
    Tb__NotePut m;

    *ret = (struct notes){ 0 };
    for (size_t i = 0; i < WORLD_TAKERS; i++) {
        if (getrandom(data, sizeof data, 0) != (ssize_t)sizeof data)
            die("no random bytes");
        tb__wire_capsule__init(&c);
        c.to_cred = tb_field(world_taker(w, i)->cred.b, TB_HASH_BYTES);
        c.type = 2;
        c.data = tb_field(data, sizeof data);
        tb__note_put__init(&m);
        m.capsule = &c;
        if (tb_pack(&m.base, &ret->body[i]) != TB_OK)
            die("no memory");
    }
}

void notes_done(struct notes *n)
{
    for (size_t i = 0; i < WORLD_TAKERS; i++)
        tb_buf_done(&n->body[i]);
}

struct empty {
    size_t left, nothing; /* takers that have more to read; that had nothing when they came */
    bool done;
};

static void on_empty_in(void *user, struct line *l)
{
    struct empty *e = user;

    if (l->queued == 0) {
        e->nothing++;
        e->done = --e->left == 0;
    }
}

static void on_empty_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct empty *e = user;
    size_t n = 0;

    if (f->op != TB_OP_ENVELOPES)
        return;
    uint64_t seq = wire_newest(f, &n);
    wire_ack(l, seq);
    if (seq >= l->newest)
        e->done = --e->left == 0;
}

void notes_empty(struct world *w)
{
    const struct wire_events ev = { on_empty_in, on_empty_frame, NULL };
    int64_t patience = now_ns() + PATIENCE_S * 1000000000LL;
    struct empty e = { 0 };

    /* What was counted at the log-in may be gone before it is pushed: so nobody waits for it for long. */
    while (e.nothing < WORLD_TAKERS && now_ns() < patience) {
        e = (struct empty){ .left = WORLD_TAKERS };
        struct wire *wire = wire_open(w, &ev, &e);
        for (size_t i = 0; i < WORLD_TAKERS; i++)
            (void)wire_dial(wire, world_taker(w, i), 0, 0);
        (void)wire_run(wire, &e.done, now_ns() + EMPTY_S * 1000000000LL);
        wire_close(wire);
    }
    if (e.nothing < WORLD_TAKERS)
        die("the queues could not be emptied");
}

/* ---- many senders */

struct load {
    const struct notes *notes;
    size_t in_flight, in;
    bool ready, over;
    bool running;
    uint64_t answered;
};

static void ask(struct load *load, struct line *l)
{
    (void)wire_put(l, TB_OP_NOTE_PUT,
                   tb_buf_view(&load->notes->body[(l->no + l->next_id) % WORLD_TAKERS]));
}

static void on_load_in(void *user, struct line *l)
{
    struct load *load = user;

    (void)l;
    load->ready = ++load->in == WORLD_SENDERS;
}

static void on_load_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct load *load = user;

    if (f->id == 0)
        return;
    if (f->result != TB_OK)
        die("a note was refused");
    load->answered++;
    if (load->running)
        ask(load, l);
}

struct load_result {
    double rate, cpu; /* of the relay: share of one core */
};

static struct load_result run_load(struct bench *b, size_t in_flight)
{
    const struct wire_events ev = { on_load_in, on_load_frame, NULL };
    struct notes notes;
    struct load load = { .notes = &notes, .in_flight = in_flight };
    struct line *line[WORLD_SENDERS];
    int64_t patience = now_ns() + PATIENCE_S * 1000000000LL;

    notes_make(b->w, &notes);
    struct wire *wire = wire_open(b->w, &ev, &load);
    for (size_t i = 0; i < WORLD_SENDERS; i++)
        line[i] = wire_dial(wire, world_sender(b->w, i), 0, 0);
    if (!wire_run(wire, &load.ready, patience))
        die("the senders could not log in");
    load.running = true;
    for (size_t i = 0; i < WORLD_SENDERS; i++) {
        for (size_t k = 0; k < in_flight; k++)
            ask(&load, line[i]);
        wire_flush(line[i]);
    }
    (void)wire_run(wire, &load.over, now_ns() + (int64_t)(b->seconds * 2e8)); /* warms up */
    uint64_t before = load.answered;
    double cpu = world_cpu_s(b->w->relay);
    int64_t start = now_ns();
    do { /* a machine that tests at the same time may take a while for the first */
        (void)wire_run(wire, &load.over, now_ns() + (int64_t)(b->seconds * 1e9));
    } while (load.answered == before && now_ns() < patience);
    double took = (double)(now_ns() - start) / 1e9;
    const struct load_result r = { .rate = (double)(load.answered - before) / took,
                                   .cpu = (world_cpu_s(b->w->relay) - cpu) / took };
    wire_close(wire);
    notes_done(&notes);
    notes_empty(b->w);
    return r;
}

static void figure_load(struct bench *b, size_t in_flight, struct sample *ret)
{
    struct load_result r = run_load(b, in_flight);

    ret->value = r.rate;
    ret->ratio = r.rate / b->beside.rows_s;
    (void)snprintf(ret->note, sizeof ret->note, "relay %.0f %% of a core, %.1f us each",
                   r.cpu * 100, r.cpu * 1e6 / (r.rate > 0 ? r.rate : 1));
}

void figure_many(struct bench *b, struct sample *ret)
{
    figure_load(b, 20, ret);
}

void figure_each(struct bench *b, struct sample *ret)
{
    figure_load(b, 1, ret);
}

/* ---- one sender now and then */

struct low {
    bool ready, answered;
};

static void on_low_in(void *user, struct line *l)
{
    struct low *low = user;

    (void)l;
    low->ready = true;
}

static void on_low_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct low *low = user;

    (void)l;
    low->answered = low->answered || f->id != 0;
}

void figure_low(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_low_in, on_low_frame, NULL };
    const struct timespec pace = { .tv_nsec = LOW_NS };
    struct samples took = { 0 };
    struct low low = { 0 };
    struct notes notes;

    notes_make(b->w, &notes);
    struct wire *wire = wire_open(b->w, &ev, &low);
    struct line *l = wire_dial(wire, world_sender(b->w, 0), 0, 0);
    if (!wire_run(wire, &low.ready, now_ns() + PATIENCE_S * 1000000000LL))
        die("the sender could not log in");
    for (int i = 0; i < (b->quick ? LOW_QUICK : LOW_SAMPLES); i++) {
        (void)nanosleep(&pace, NULL);
        low.answered = false;
        int64_t start = now_ns();
        (void)wire_put(l, TB_OP_NOTE_PUT, tb_buf_view(&notes.body[i % WORLD_TAKERS]));
        wire_flush(l);
        if (!wire_run(wire, &low.answered, start + PATIENCE_S * 1000000000LL))
            die("no answer");
        samples_add(&took, (double)(now_ns() - start) / 1e3);
    }
    ret->value = samples_part(&took, 0.5);
    ret->ratio = ret->value / b->beside.paced_us;
    (void)snprintf(ret->note, sizeof ret->note, "p99 %.0f us", samples_part(&took, 0.99));
    samples_done(&took);
    wire_close(wire);
    notes_done(&notes);
    notes_empty(b->w);
}

/* ---- a few senders at the same instant, then silence until all have their answer
 *
 * Nobody else wakes the relay meanwhile: a loop that goes to sleep before it has answered is seen here. */

struct together {
    size_t in, answered;
    bool ready, all;
};

static void on_together_in(void *user, struct line *l)
{
    struct together *t = user;

    (void)l;
    t->ready = ++t->in == TOGETHER;
}

static void on_together_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct together *t = user;

    (void)l;
    t->answered += f->id != 0;
    t->all = t->answered == TOGETHER;
}

void figure_together(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_together_in, on_together_frame, NULL };
    struct line *line[TOGETHER];
    struct together t = { 0 };
    struct samples took = { 0 };
    struct notes notes;
    size_t stalls = 0;

    notes_make(b->w, &notes);
    struct wire *wire = wire_open(b->w, &ev, &t);
    for (size_t i = 0; i < TOGETHER; i++)
        line[i] = wire_dial(wire, world_sender(b->w, i), 0, 0);
    if (!wire_run(wire, &t.ready, now_ns() + PATIENCE_S * 1000000000LL))
        die("the senders could not log in");
    for (size_t k = 0; k < TOGETHER_ROUNDS; k++) {
        int64_t start = now_ns();
        t.answered = t.all = 0;
        for (size_t i = 0; i < TOGETHER; i++) {
            (void)wire_put(line[i], TB_OP_NOTE_PUT, tb_buf_view(&notes.body[i % WORLD_TAKERS]));
            wire_flush(line[i]);
        }
        if (!wire_run(wire, &t.all, start + PATIENCE_S * 1000000000LL))
            die("no answer");
        stalls += now_ns() - start > STALL_NS;
        samples_add(&took, (double)(now_ns() - start) / 1e6);
    }
    ret->value = 100.0 * (double)stalls / TOGETHER_ROUNDS;
    (void)snprintf(ret->note, sizeof ret->note, "of %d; p50 %.1f, p99 %.0f, max %.0f ms",
                   TOGETHER_ROUNDS, samples_part(&took, 0.5), samples_part(&took, 0.99),
                   samples_part(&took, 1));
    samples_done(&took);
    wire_close(wire);
    notes_done(&notes);
    notes_empty(b->w);
}
