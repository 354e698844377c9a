/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.h - how fast the relay is beside what this machine can do at all.
 *
 * A round measures the limits (raw SQLite, fdatasync, TLS handshakes) and right after them one figure, then
 * the limits again and the next figure.  Rounds alternate, so that what else the machine does meets all
 * figures alike; only ratios of one round are compared.
 *
 *   bench.c        options, rounds, the table      bench_world.c   one relay process, its roster, its devices
 *   bench_limit.c  what the machine can do         bench_wire.c    websocket over TLS, log-in, one epoll loop
 *   bench_store.c  answers after the disk          bench_device.c  many devices: memory, storm, drain
 *   bench_page*.c  pages and timers                bench_start.c   a start with a full store
 *
 * What fails ends the program: a figure of a run that failed is worth nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *fmt, ...);
/* To stderr, unless quiet. */
__attribute__((format(printf, 1, 2))) void progress(const char *fmt, ...);

int64_t now_ns(void); /* never jumps */
int64_t thread_cpu_ns(void);

struct samples {
    double *at;
    size_t n, cap;
};
void samples_add(struct samples *s, double v);
/* The value below which a share of the samples lies (0.5: the median); sorts. */
double samples_part(struct samples *s, double part);
void samples_done(struct samples *s);

/* ---- what the machine can do, measured beside every figure */
struct limits {
    double rows_s;   /* SQLite rows a second, 100 rows in a commit, the relay's PRAGMAs */
    double syncs_s;  /* appending 4 KiB and fdatasync, one after the other */
    double paced_us; /* median of the same, one every 10 ms */
    double
        busy; /* wall clock to CPU time of a thread that only computes: what else the machine does */
    double tls_s; /* TLS 1.3 handshakes of one core's server side, the relay's key */
};
struct world;
void limits_measure(const struct world *w, double seconds, struct limits *ret);

/* ---- figures */
struct bench {
    struct world *w;
    double seconds; /* of each measurement that has no end of its own */
    bool quick;     /* only see that it works */
    bool last;      /* round */
    struct limits beside;
};
/* One sample: the value itself, and what it is compared with in the same round. */
struct sample {
    double value, ratio;
    char note[128]; /* more that is worth knowing; may be empty */
};
typedef void figure_fn(struct bench *b, struct sample *ret);

figure_fn figure_many, figure_each, figure_low, figure_together; /* bench_store.c */
figure_fn figure_drain, figure_idle, figure_storm;               /* bench_device.c */
figure_fn figure_first_ring, figure_timers;                      /* bench_page.c */
figure_fn figure_start;                                          /* bench_start.c */
