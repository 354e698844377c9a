/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_device.c - many devices, and one with much to read: memory, the storm after an outage, a full mailbox. */
#include <stdio.h>
#include <time.h>

#include "bench.h"
#include "bench_note.h"

enum { UNDER_WAY = 200, PATIENCE_S = 60, DRAIN_EACH = 200, DRAIN_QUICK = 4, SETTLE_S = 1 };

/* ---- one device with much to read */

struct drain {
    const struct notes *notes;
    size_t each, in, got, wanted, answered;
    bool ready, filled, done;
    int64_t start_ns, end_ns;
};

static void on_fill_in(void *user, struct line *l)
{
    struct drain *d = user;

    (void)l;
    d->ready = ++d->in == WORLD_SENDERS;
}

static void on_fill_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct drain *d = user;

    (void)l;
    if (f->id)
        d->filled = ++d->answered == d->wanted;
}

/* As many notes as a mailbox takes from so many senders. */
static void fill(struct bench *b, struct drain *d)
{
    const struct wire_events ev = { on_fill_in, on_fill_frame, NULL };
    struct wire *wire = wire_open(b->w, &ev, d);
    int64_t patience = now_ns() + PATIENCE_S * 1000000000LL;
    struct line *line[WORLD_SENDERS];

    for (size_t i = 0; i < WORLD_SENDERS; i++)
        line[i] = wire_dial(wire, world_sender(b->w, i), 0, 0);
    if (!wire_run(wire, &d->ready, patience))
        die("the senders could not log in");
    for (size_t i = 0; i < WORLD_SENDERS; i++) {
        for (size_t k = 0; k < d->each; k++)
            (void)wire_put(line[i], TB_OP_NOTE_PUT, tb_buf_view(&d->notes->body[0]));
        wire_flush(line[i]);
    }
    if (!wire_run(wire, &d->filled, patience))
        die("the mailbox could not be filled");
    wire_close(wire);
}

static void on_drain_in(void *user, struct line *l)
{
    struct drain *d = user;

    (void)l;
    d->start_ns = now_ns();
}

static void on_drain_frame(void *user, struct line *l, const struct wire_frame *f)
{
    struct drain *d = user;

    if (f->op != TB_OP_ENVELOPES)
        return;
    wire_ack(l, wire_newest(f, &d->got));
    d->end_ns = now_ns();
    d->done = d->got >= d->wanted;
}

void figure_drain(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_drain_in, on_drain_frame, NULL };
    struct notes notes;
    struct drain d = { .notes = &notes, .each = b->quick ? DRAIN_QUICK : DRAIN_EACH };

    d.wanted = d.each * WORLD_SENDERS;
    notes_make(b->w, &notes);
    fill(b, &d);
    struct wire *wire = wire_open(b->w, &ev, &d);
    double cpu = world_cpu_s(b->w->relay);
    (void)wire_dial(wire, world_taker(b->w, 0), 0, 0);
    if (!wire_run(wire, &d.done, now_ns() + PATIENCE_S * 1000000000LL))
        die("%zu of %zu envelopes came", d.got, d.wanted);
    cpu = world_cpu_s(b->w->relay) - cpu;
    wire_close(wire);
    notes_done(&notes);
    notes_empty(b->w);
    ret->value = (double)d.got * 1e9 / (double)(d.end_ns - d.start_ns);
    ret->ratio = ret->value / b->beside.rows_s;
    (void)snprintf(ret->note, sizeof ret->note, "%zu envelopes; relay %.1f us of CPU for each",
                   d.got, cpu * 1e6 / (double)d.got);
}

/* ---- all devices at once */

struct crowd {
    struct world *w;
    struct wire *wire;
    size_t n, in, dialled;
    bool all;
};

static void on_crowd_in(void *user, struct line *l)
{
    struct crowd *c = user;

    (void)l;
    c->all = ++c->in == c->n;
    if (c->dialled < c->n)
        (void)wire_dial(c->wire, world_other(c->w, c->dialled++), 0, 0);
}

static void on_crowd_frame(void *user, struct line *l, const struct wire_frame *f)
{
    (void)user, (void)l, (void)f;
}

/* Every device of the world that has no other part logs in, at most UNDER_WAY of them at a time: the rest wait,
 * as agents do that were refused; seconds until all are in. */
static double gather(struct bench *b, struct wire *wire, struct crowd *c)
{
    int64_t start = now_ns();

    c->w = b->w;
    c->wire = wire;
    while (c->dialled < c->n && c->dialled < UNDER_WAY)
        (void)wire_dial(wire, world_other(b->w, c->dialled++), 0, 0);
    if (!wire_run(wire, &c->all, start + PATIENCE_S * 1000000000LL))
        die("%zu of %zu devices are in after %d s", c->in, c->n, PATIENCE_S);
    return (double)(now_ns() - start) / 1e9;
}

/* Of a relay that has just started, so that what others left behind in its memory does not help. */
void figure_idle(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_crowd_in, on_crowd_frame, NULL };
    struct crowd c = { .n = world_others(b->w) };
    bool never = false;

    world_stop(b->w);
    world_start(b->w);
    double before = (double)world_resident(b->w->relay);
    struct wire *wire = wire_open(b->w, &ev, &c);
    (void)gather(b, wire, &c);
    if (!b->quick)
        (void)wire_run(wire, &never, now_ns() + SETTLE_S * 1000000000LL);
    double after = (double)world_resident(b->w->relay);
    wire_close(wire);
    ret->value = (after - before) / 1024 / (double)c.n;
    (void)snprintf(ret->note, sizeof ret->note, "%zu devices; the relay alone %.1f MiB", c.n,
                   before / 1048576);
}

void figure_storm(struct bench *b, struct sample *ret)
{
    const struct wire_events ev = { on_crowd_in, on_crowd_frame, NULL };
    struct crowd c = { .n = world_others(b->w) };
    struct wire *wire = wire_open(b->w, &ev, &c);
    double cpu = world_cpu_s(b->w->relay);
    double took = gather(b, wire, &c);

    cpu = world_cpu_s(b->w->relay) - cpu;
    size_t redialled = wire_redialled(wire);
    wire_close(wire);
    ret->value = (double)c.n / took;
    ret->ratio = ret->value / b->beside.tls_s;
    (void)snprintf(ret->note, sizeof ret->note,
                   "%zu devices, %zu tried again; relay %.0f us of CPU for each", c.n, redialled,
                   cpu * 1e6 / (double)c.n);
}
