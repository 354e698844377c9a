/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.c - options, alternating rounds, and the table that comes out. */
#include "bench.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench_world.h"

enum { ROUNDS = 5, ROUNDS_MAX = 50, STORM_DEVICES = 2000, QUICK_DEVICES = 20 };

static bool is_quiet;

void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)fprintf(stderr, "\nbench: ");
    (void)vfprintf(stderr, fmt, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

void progress(const char *fmt, ...)
{
    va_list args;

    if (is_quiet)
        return;
    (void)fprintf(stderr, isatty(STDERR_FILENO) ? "\r\033[K" : "");
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fprintf(stderr, isatty(STDERR_FILENO) ? "" : "\n");
}

static int64_t clock_ns(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t thread_cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- samples */

void samples_add(struct samples *s, double v)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->at = reallocarray(s->at, s->cap, sizeof *s->at);
        if (!s->at)
            die("no memory");
    }
    s->at[s->n++] = v;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double samples_part(struct samples *s, double part)
{
    if (s->n == 0)
        return 0;
    qsort(s->at, s->n, sizeof *s->at, by_value);
    return s->at[(size_t)((double)(s->n - 1) * part + 0.5)];
}

void samples_done(struct samples *s)
{
    free(s->at);
    *s = (struct samples){ 0 };
}

/* ---- figures */

enum goal { AT_LEAST, AT_MOST };

static struct figure {
    const char *name, *text, *unit;
    figure_fn *fn;
    const char *of; /* what the ratio is to; NULL: the goal is of the value itself */
    enum goal goal;
    double wanted;
    struct samples value, ratio, rows, syncs, tls, busy;
    char note[128];
} figures[] = {
    { .name = "many",
      .text = "600 B sealed, 50 senders x 20 in flight",
      .unit = "/s",
      .fn = figure_many,
      .of = "SQLite",
      .goal = AT_LEAST,
      .wanted = 0.5 },
    { .name = "each",
      .text = "600 B sealed, 50 senders x 1 in flight",
      .unit = "/s",
      .fn = figure_each,
      .of = "SQLite",
      .goal = AT_LEAST,
      .wanted = 0.15 },
    { .name = "low",
      .text = "answer at low load, p50",
      .unit = "us",
      .fn = figure_low,
      .of = "paced fdatasync",
      .goal = AT_MOST,
      .wanted = 6 },
    { .name = "together",
      .text = "8 ask at once, all wait over 250 ms",
      .unit = "%",
      .fn = figure_together,
      .goal = AT_MOST,
      .wanted = 1 },
    { .name = "drain",
      .text = "10,000 queued, read out",
      .unit = "/s",
      .fn = figure_drain,
      .goal = AT_LEAST,
      .wanted = 100000 },
    { .name = "ring",
      .text = "page until the first device has its release, p50",
      .unit = "ms",
      .fn = figure_first_ring,
      .goal = AT_MOST,
      .wanted = 20 },
    { .name = "timers",
      .text = "10,000 pending steps, lateness p99",
      .unit = "ms",
      .fn = figure_timers,
      .goal = AT_MOST,
      .wanted = 100 },
    { .name = "storm",
      .text = "2,000 devices log in at once",
      .unit = "/s",
      .fn = figure_storm,
      .of = "TLS",
      .goal = AT_LEAST,
      .wanted = 0.35 },
    { .name = "idle",
      .text = "memory of an idle device",
      .unit = "KiB",
      .fn = figure_idle,
      .goal = AT_MOST,
      .wanted = 25 },
    { .name = "start",
      .text = "start with 1,000,000 stored",
      .unit = "s",
      .fn = figure_start,
      .goal = AT_MOST,
      .wanted = 1 },
};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static void run_one(struct bench *b, struct figure *f)
{
    struct sample s = { 0 };

    limits_measure(b->w, b->quick ? 0.05 : 0.5, &b->beside);
    f->fn(b, &s);
    samples_add(&f->value, s.value);
    samples_add(&f->ratio, s.ratio);
    samples_add(&f->rows, b->beside.rows_s);
    samples_add(&f->syncs, b->beside.syncs_s);
    samples_add(&f->tls, b->beside.tls_s);
    samples_add(&f->busy, b->beside.busy);
    memcpy(f->note, s.note, sizeof f->note);
    progress("%s: %.4g %s; %.3g of %s; %s", f->name, s.value, f->unit, s.ratio,
             f->of ? f->of : "nothing", s.note);
}

static bool meets(struct figure *f)
{
    double is = samples_part(f->of ? &f->ratio : &f->value, 0.5);

    return f->goal == AT_LEAST ? is >= f->wanted : is <= f->wanted;
}

/* ---- what comes out */

static void print_text(void)
{
    (void)printf("\n%-44s %10s %10s %10s %-5s %9s %8s %7s %5s  %7s %s\n", "figure", "min", "median",
                 "max", "", "SQLite/s", "sync/s", "TLS/s", "busy", "ratio", "goal");
    for (size_t i = 0; i < FIGURES; i++) {
        struct figure *f = &figures[i];
        if (f->value.n == 0)
            continue;
        (void)printf("%-44s %10.4g %10.4g %10.4g %-5s %9.0f %8.0f %7.0f %5.1f  ", f->text,
                     samples_part(&f->value, 0), samples_part(&f->value, 0.5),
                     samples_part(&f->value, 1), f->unit, samples_part(&f->rows, 0.5),
                     samples_part(&f->syncs, 0.5), samples_part(&f->tls, 0.5),
                     samples_part(&f->busy, 0.5));
        if (f->of)
            (void)printf("%7.3f ", samples_part(&f->ratio, 0.5));
        else
            (void)printf("%7s ", "-");
        (void)printf("%s %g %s%s: %s%s%s\n", f->goal == AT_LEAST ? ">=" : "<=", f->wanted,
                     f->of ? "x " : "", f->of ? f->of : f->unit, meets(f) ? "met" : "MISSED",
                     f->note[0] ? "; " : "", f->note);
    }
}

static void print_samples(const char *name, const struct samples *s)
{
    (void)printf(",\"%s\":[", name);
    for (size_t i = 0; i < s->n; i++)
        (void)printf("%s%.6g", i ? "," : "", s->at[i]);
    (void)printf("]");
}

/* One object per line and figure; samples sorted. */
static void print_json(void)
{
    for (size_t i = 0; i < FIGURES; i++) {
        struct figure *f = &figures[i];
        if (f->value.n == 0)
            continue;
        bool met = meets(f);
        (void)printf("{\"figure\":\"%s\",\"unit\":\"%s\"", f->name, f->unit);
        print_samples("value", &f->value);
        print_samples("ratio", &f->ratio);
        print_samples("sqlite_rows_s", &f->rows);
        print_samples("fdatasync_s", &f->syncs);
        print_samples("tls_handshakes_s", &f->tls);
        print_samples("busy", &f->busy);
        (void)printf(
            ",\"ratio_to\":\"%s\",\"goal\":\"%s\",\"wanted\":%g,\"met\":%s,\"note\":\"%s\"}\n",
            f->of ? f->of : "", f->goal == AT_LEAST ? "at-least" : "at-most", f->wanted,
            met ? "true" : "false", f->note);
    }
}

/* ---- options */

struct options {
    long rounds;
    double seconds;
    bool quick, json;
    const char *only; /* names with commas; NULL: all */
};

static _Noreturn void usage(void)
{
    (void)fprintf(stderr, "bench [--rounds N] [--seconds S] [--only NAME,...] [--quick] [--json]\n"
                          "TRUCBAN_BIN names the folder of the programs.  Figures:\n");
    for (size_t i = 0; i < FIGURES; i++)
        (void)fprintf(stderr, "  %-10s %s\n", figures[i].name, figures[i].text);
    exit(2);
}

static void read_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        { "rounds", required_argument, NULL, 'r' }, { "seconds", required_argument, NULL, 's' },
        { "only", required_argument, NULL, 'o' },   { "quick", no_argument, NULL, 'q' },
        { "json", no_argument, NULL, 'j' },         { NULL, 0, NULL, 0 }
    };
    int c;

    *o = (struct options){ .rounds = ROUNDS, .seconds = 2 };
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'r')
            o->rounds = strtol(optarg, NULL, 10);
        else if (c == 's')
            o->seconds = strtod(optarg, NULL);
        else if (c == 'o')
            o->only = optarg;
        else if (c == 'q')
            o->quick = true;
        else if (c == 'j')
            o->json = true;
        else
            usage();
    }
    if (o->quick) {
        o->rounds = 1;
        o->seconds = 0.2;
    }
    if (optind < argc || o->rounds < 1 || o->rounds > ROUNDS_MAX || !(o->seconds > 0))
        usage();
}

static bool is_wanted(const struct options *o, const char *name)
{
    const char *at = o->only;
    size_t n = strlen(name);

    while (at && *at) {
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
        at = strchr(at, ',');
        at += at ? 1 : 0;
    }
    return o->only == NULL;
}

int main(int argc, char **argv)
{
    struct options o;
    struct world w;
    bool missed = false;

    read_options(argc, argv, &o);
    (void)signal(SIGPIPE, SIG_IGN); /* whom the relay drops tries again */
    bool crowd = !o.quick && (is_wanted(&o, "idle") || is_wanted(&o, "storm"));
    progress("making a province");
    world_open(&w, crowd ? STORM_DEVICES : QUICK_DEVICES);
    struct bench b = { .w = &w, .seconds = o.seconds, .quick = o.quick };
    for (long round = 1; round <= o.rounds; round++) {
        b.last = round == o.rounds;
        for (size_t i = 0; i < FIGURES; i++) {
            if (!is_wanted(&o, figures[i].name))
                continue;
            progress("round %ld of %ld: %s", round, o.rounds, figures[i].text);
            run_one(&b, &figures[i]);
        }
    }
    world_close(&w);
    if (o.json)
        print_json();
    else
        print_text();
    for (size_t i = 0; i < FIGURES; i++)
        missed = missed || (figures[i].value.n && !meets(&figures[i]));
    return missed && !o.quick ? 3 : 0;
}
