/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.h - one province on one machine: a relay, and people with a home each.
 *
 *     so-y-te   clerk of a health department (agency)
 *     an, binh  responders        chi   coordinator        dung   responder in no tier
 *
 * Everything is real: keys made by trucban-keys, people enrolled with an invite and
 * six words, agents and a relay as processes.  It lives in a fresh temporary
 * directory on loopback and is gone at the end unless TRUCBAN_KEEP is set. */
#pragma once

#include <jansson.h>

#include "world_proc.h"

enum { WORLD_PATH = 200, WORLD_PEOPLE = 8, PAGE_ID = 17 };

struct person {
    char name[33];
    char home[WORLD_PATH];
    char netns[16]; /* empty: ours; else the agent starts in this network namespace */
    struct proc agent;
};
struct world {
    char dir[WORLD_PATH], bin[WORLD_PATH], pass[WORLD_PATH];
    char config[WORLD_PATH];
    char port[8], metrics_port[8];
    char address[64]; /* where the relay listens; devices know it by that and `port` */
    char inner[8]; /* its own port, if what listens on `port` passes things on to it; else empty */
    struct proc relay;
    struct person person[WORLD_PEOPLE];
    size_t n;
};

/* The relay's program, from the build folder; "trucban-relay" unless a test sets another. */
extern const char *world_relay;

/* The ceremony, the relay, five enrolled people with running agents, and the policy "su-co":
 * tier 1 an, tier 2 binh, tier 3 chi, two seconds each. */
void world_open(struct world *w);
/* The same without people and policy. */
void world_open_empty(struct world *w);
/* Both, with more wishes: an address (NULL: 127.0.0.1), and whether something else stands in front of the relay, which
 * `front` starts, on w->port, for w->inner.  Each may be NULL. */
void world_open_behind(struct world *w, const char *address, void (*front)(struct world *w));
void world_close(struct world *w);

void world_start_relay(struct world *w);
/* Without waiting: "ready ..." can be read from *ret_ready, to be closed.  The same for an agent. */
void world_launch_relay(struct world *w, int *ret_ready);
void world_launch_agent(struct world *w, struct person *p, int *ret_ready);
/* Invite, six words over the telephone, approval, published by `publisher` (NULL: by the relay's operator). */
void world_enrol(struct world *w, const char *name, const char *agency, const char *role,
                 const char *publisher);
struct person *world_person(struct world *w, const char *name);
void world_start_agent(struct world *w, const char *name);
void world_stop_agent(struct world *w, const char *name);
/* Waits until the agent is online and its roster is the relay's. */
void world_wait_online(struct world *w, const char *name);

/* Runs `trucban --home HOME --json args... ` (NULL-terminated) and waits for it. */
struct run world_run(struct world *w, const char *name, ...) __attribute__((sentinel));
/* The same, asserting exit status 0; gives the first JSON object of the output, to be json_decref'd. */
json_t *world_do(struct world *w, const char *name, ...) __attribute__((sentinel));
/* The same, asserting exit status `code`, for commands whose output does not matter. */
void world_expect_code(struct world *w, int code, const char *name, ...) __attribute__((sentinel));
/* Runs a program of the build with the given arguments, asserting exit status 0; output to be free'd. */
char *world_tool(struct world *w, const char *program, ...) __attribute__((sentinel));

/* `name` files a report of `page_class`; gives the printed page id. */
void world_report(struct world *w, const char *name, int page_class, char ret_id[PAGE_ID]);

/* The page as `name` sees it now; NULL: not there yet. */
json_t *world_page(struct world *w, const char *name, const char *id);
/* Waits until the page has this state ("waiting", "ringing", "accepted", ...) for `name`. */
void world_wait_state(struct world *w, const char *name, const char *id, const char *state,
                      int within_ms);
/* Waits until the page of `name` has an event with kind `kind` for tier `t` (0: any); gives its time. */
long long world_wait_event(struct world *w, const char *name, const char *id, const char *kind,
                           int t, int within_ms);
/* The owner as `name` sees it; empty if none.  Borrowed until the next call. */
const char *world_owner(struct world *w, const char *name, const char *id);

/* Does any file under `dir` hold these bytes?  Does this file? */
bool world_dir_holds(const char *dir, const char *bytes);
bool world_file_holds(const char *path, const char *bytes);
/* What the relay says of itself on /metrics; to be free'd. */
char *world_metrics(struct world *w);
