/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crash.c - see crash.h. */
#define _GNU_SOURCE
#include "tests/crash/crash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/disk.h"

enum { CUTS_SHORT = 200, WORLDS_APART = 7919 };

static struct {
    const char *program;
    struct crash_run run;
    bool over;
} now;

static void say_how_again(void)
{
    if (!now.over)
        (void)fprintf(stderr, "%s: again with: %s --seed %" PRIu64 " --world %" PRIu64 "\n",
                      now.program, now.program, now.run.seed, now.run.world);
}

void crash_lost(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)fprintf(stderr, "\nLOST: ");
    (void)vfprintf(stderr, format, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

void crash_progress(struct crash_run *r)
{
    r->done++;
    now.run = *r;
    if (!isatty(STDERR_FILENO) && r->done % 1000 != 0)
        return;
    if (r->done % 50 == 0)
        (void)fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 " cuts%s",
                      isatty(STDERR_FILENO) ? "\r" : "", r->done, r->cuts,
                      isatty(STDERR_FILENO) ? "" : "\n");
}

static bool number(const char *text, uint64_t *ret)
{
    char *end = NULL;

    *ret = text ? strtoull(text, &end, 10) : 0;
    return text && *text >= '0' && *text <= '9' && *end == 0;
}

/* --cuts N --seed S --world K */
static bool options(int argc, char **argv, bool *ret_one)
{
    struct crash_run *r = &now.run;

    r->cuts = CUTS_SHORT;
    r->seed = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i += 2) {
        uint64_t v = 0;
        if (!number(argv[i + 1], &v))
            return false;
        if (strcmp(argv[i], "--cuts") == 0)
            r->cuts = v;
        else if (strcmp(argv[i], "--seed") == 0)
            r->seed = v;
        else if (strcmp(argv[i], "--world") == 0)
            r->world = v, *ret_one = true;
        else
            return false;
    }
    return true;
}

int crash_main(int argc, char **argv, const char *what, void (*world)(struct crash_run *r))
{
    bool one = false;
    time_t from = time(NULL); /* the other clock may be the test's */

    now.program = argv[0];
    if (!options(argc, argv, &one)) {
        (void)fprintf(stderr, "usage: %s [--cuts N] [--seed S] [--world K]\n", argv[0]);
        return 2;
    }
    struct crash_run r = now.run;
    (void)printf("%s: %" PRIu64 " cuts, seed %" PRIu64 "\n", what, r.cuts, r.seed);
    (void)fflush(stdout);
    (void)atexit(say_how_again);
    disk_begin(r.seed);
    disk_fix_randomness();
    do {
        now.run = r;
        disk_seed(r.seed * WORLDS_APART + r.world);
        world(&r);
        r.world++;
    } while (!one && r.done < r.cuts);
    disk_end();
    now.over = true;
    (void)printf(
        "%s: %" PRIu64 " cuts in %ld s, seed %" PRIu64 ": %" PRIu64 " answers, %" PRIu64
        " found again, 0 lost; the power went out %" PRIu64 " times more while recovering\n",
        what, r.done, (long)(time(NULL) - from), r.seed, r.answered, r.judged, r.recovered);
    return 0;
}
