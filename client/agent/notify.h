/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.h - bubbles of the desktop; the only user of libnotify.
 *
 * One bubble per key, critical, without expiry, replaced rather than repeated.
 * The notification server is asked with a time limit what it can do before each
 * bubble: libnotify itself would wait for a hung one with the whole agent.
 * That a bubble was closed is no answer and is not reported. */
#pragma once

#include <stdbool.h>

struct notify;

enum notify_state { NOTIFY_UNCHECKED, NOTIFY_OK, NOTIFY_NO_ACTIONS, NOTIFY_NONE };
enum notify_action { NOTIFY_OPEN, NOTIFY_ACCEPT, NOTIFY_DECLINE };

struct notify_handlers {
    void *user;
    /* Makes the texts, once it is known whether there will be buttons; plain text, gives both.
     * False: the alarm has ended meanwhile. */
    bool (*text)(void *user, const char *key, bool actions, char **ret_summary, char **ret_body);
    bool (*answerable)(void *user, const char *key);
    /* There is no bubble of `key`, or none with buttons. */
    void (*plain)(void *user, const char *key);
    void (*chosen)(void *user, const char *key, enum notify_action action);
};

struct notify *notify_new(const struct notify_handlers *handlers);
void notify_free(struct notify *n); /* NULL allowed */

/* Shows or replaces the bubble of `key`, some moments later. */
void notify_show(struct notify *n, const char *key);
void notify_close(struct notify *n, const char *key);

enum notify_state notify_state(const struct notify *n);
const char *notify_state_name(enum notify_state s); /* "ok", "no-actions", "none", "unchecked" */
