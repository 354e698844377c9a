/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dummy.h - an agent without relay, keys or disk: serves the real interface from a scene.
 *
 * Frontends cannot tell it from trucban-agent: the same socket, the same lock, the
 * same documents and refusals.  Behind them is a state in memory that a scene file
 * fills and that acts, time and a script change.  Keys ending in _at count in
 * seconds from the start of the scene; 0 stays "not known". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "client/api/agent-iface.h"

enum { TOPIC_STATUS = 1, TOPIC_PAGES = 2, TOPIC_ROSTER = 4, TOPIC_OUTBOX = 8 };

struct page {
    GVariant *doc;  /* what lists carry */
    GVariant *more; /* what only PageGet adds */
};

struct dummy {
    GMainLoop *loop;
    char *home, *socket;
    int lock_fd;
    GDBusServer *server;
    GPtrArray *peers; /* of struct peer */
    GVariant *scene;  /* as read, types and moments put right */
    int64_t start_ms;
    GPtrArray *pages;  /* of struct page, newest last */
    GHashTable *by_id; /* of struct page, borrowed */
    GHashTable *contacts;
    GVariant *status, *me;
    GPtrArray *calls; /* "Method (arguments)", for tests that ask */
    guint64 change, page_change;
    guint topics; /* not yet nudged */
    guint nudge;
    guint rings;
};

/* ---- scene.c */
int64_t now_ms(void);
/* Values of a document; "" or 0 if missing.  Text borrows. */
const char *get_s(GVariant *doc, const char *key);
int64_t get_n(GVariant *doc, const char *key); /* of any number */
bool get_b(GVariant *doc, const char *key);
GVariant *get_v(GVariant *doc, const char *key); /* NULL: missing; else to be unreferenced */
/* `doc` with the values of `patch` put over it; takes a reference of neither.  Gives. */
GVariant *doc_merge(GVariant *doc, GVariant *patch);
/* The same for a document that is kept somewhere; sinks `patch`. */
void doc_patch(GVariant **doc, GVariant *patch);
/* Gives plain numbers the types of the agent's interface and moments their milliseconds.  Gives. */
GVariant *normalise(GVariant *doc, int64_t start_ms);
/* Reads the file and fills the state. */
bool scene_load(struct dummy *d, const char *path, GError **error);

/* ---- bus.c */
bool bus_open(struct dummy *d, GError **error);
void bus_close(struct dummy *d);
void bus_drop(struct dummy *d); /* ends every link; frontends dial anew */
void nudge(struct dummy *d, guint topics);
/* Answers with an error of the agent.  TRUE, so that a handler can return it. */
gboolean refuse(GDBusMethodInvocation *inv, const char *name, const char *why);
/* Refuses unless an identity is there and unlocked. */
bool not_ready(struct dummy *d, GDBusMethodInvocation *inv);

/* ---- pages.c */
void page_add(struct dummy *d, GVariant *doc); /* adds or changes; borrows */
struct page *page_find(struct dummy *d, const char *prefix);
void page_set(struct dummy *d, struct page *p, const char *format, ...);
void page_event(struct dummy *d, struct page *p, GVariant *event); /* sinks */
void pages_tick(struct dummy *d);                                  /* once a second */
GVariant *pages_ringing(struct dummy *d);
guint pages_count(struct dummy *d, bool unanswered);
void page_free(gpointer page);
void connect_pages(TbaAgent *s, struct dummy *d);

/* ---- answer.c */
void connect_answers(TbaAgent *s, struct dummy *d);
/* `who` accepts as if the relay had said so. */
void page_accepted_by(struct dummy *d, struct page *p, const char *who, guint eta_min);

/* ---- report.c: what is written here goes out, arrives, and is taken */
void connect_reports(TbaAgent *s, struct dummy *d);

/* ---- draft.c */
void connect_drafts(TbaAgent *s, struct dummy *d);
void draft_sent(void);

/* ---- people.c */
void contact_add(struct dummy *d, GVariant *doc);
GVariant *contact_find(struct dummy *d, const char *account); /* borrowed */
void connect_people(TbaAgent *s, struct dummy *d);
void connect_roster(TbaAgent *s, struct dummy *d);

/* ---- profile.c */
void connect_profile(TbaAgent *s, struct dummy *d);

/* ---- script.c: what happens by itself, and what tests order */
void script_start(struct dummy *d);
bool script_do(struct dummy *d, GVariant *step);
guint script_export(struct dummy *d, GDBusConnection *c);
