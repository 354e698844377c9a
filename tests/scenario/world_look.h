/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_look.h - what a bad line must not change, as relay and people see it. */
#pragma once

#include "world.h"

enum { LOOK_NOTICE_MS = 30000 }; /* 20 s are promised; a busy machine may add some */

/* A number of the relay's /metrics; 0: there is none of that name. */
unsigned long long look_metric(struct world *w, const char *name);
bool look_is_online(struct world *w, const char *name);
void look_wait_online(struct world *w, int within_ms); /* everybody */
/* Events of this kind for tier t that `name` is shown; rows of the page in the list of `name`. */
int look_count(struct world *w, const char *name, const char *id, const char *kind, int t);
int look_rows(struct world *w, const char *name, const char *id);

/* Waits until the relay counts `most` devices or fewer, or until the agent says that it is not online; gives the
 * milliseconds since `since`, which are no more than LOOK_NOTICE_MS. */
long long look_relay_notices(struct world *w, unsigned long long most, long long since);
long long look_agent_notices(struct world *w, const char *name, long long since);

struct look_reported {
    char id[PAGE_ID], result[16];
};
/* so-y-te reports, of class 2, with `file` attached so many times (0 to 4); gives the exit status. */
int look_report(struct world *w, const char *file, int files, struct look_reported *ret);
/* The same while the relay is out of reach: it is kept, and that is what the clerk is told. */
void look_report_is_kept(struct world *w, struct look_reported *ret);
/* The page came to everybody, in one row each, and tier 1 was called once; then it is resolved. */
void look_goes_through_once(struct world *w, const char *id, int within_ms);
