/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.h - a relay and agents that are killed at any moment, and what people asked of them.
 *
 * Nothing here waits: processes are started and looked after by people_turn(), calls of an agent's interface come
 * back through it.  A call whose agent died has no answer; what was asked may have happened or not.  What was
 * answered stands in the history: in memory for the judge, and line by line in history.txt for people. */
#pragma once

#include <gio/gio.h>

#include "judge.h"
#include "world.h"

enum { PAGES_MAX = 12000, UPS_MAX = 8000 };

/* What is known of one page from outside. */
struct known {
    char id[J_ID], sender[J_NAME];
    int page_class;
    bool taken, judged, resolve_taken;
    struct j_answer answer[12];
    size_t n_answers;
    unsigned asked; /* bit i: person i was asked what to do with it */
};

struct man {
    struct person *p;
    int ready_fd;     /* -1: none is awaited */
    int64_t start_ms; /* 0: runs, or is starting; else when to start it */
    GDBusConnection *bus;
    unsigned calls; /* under way */
    unsigned life;  /* grows with each start */
};

struct people {
    struct world *w;
    struct man man[WORLD_PEOPLE];
    size_t n;
    int relay_fd;
    int64_t relay_start_ms;
    bool relay_up;
    struct j_up up[UPS_MAX];
    size_t n_up;
    struct known page[PAGES_MAX];
    size_t n_pages, reports;
    FILE *history;
    int64_t stall_ms; /* the longest that this loop had to wait for the machine */
    int64_t turn_ms;
};

int64_t people_now(void); /* ms since 1970, as the relay counts */

void people_open(struct people *all, struct world *w);
void people_close(struct people *all);

/* Looks after everything that is under way. */
void people_turn(struct people *all);

/* SIGKILL now, started again after `down_ms`.  Nothing if it does not run. */
bool people_kill_relay(struct people *all, int64_t down_ms);
bool people_kill(struct people *all, struct man *m, int64_t down_ms);
bool people_all_up(const struct people *all);

/* Asks and does not wait. */
void people_report(struct people *all, struct man *m, int page_class);
void people_answer(struct people *all, struct man *m, struct known *page, enum j_kind kind);

/* Asks and waits for a second; NULL: there is no answer.  To be unref'd. */
GVariant *people_ask(struct man *m, const char *method, GVariant *args);

struct known *people_page(struct people *all, const char *id); /* NULL: unknown */
struct known *people_page_add(struct people *all, const char *id, const char *sender);
void people_note(struct people *all, const char *format, ...) __attribute__((format(printf, 2, 3)));
