/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent.h - one profile's core, alarm and bus, held together in one main loop.
 *
 * The core's callbacks only note what is to do: they may come in the middle of a
 * call of ours, so nothing here calls the core back from within one. */
#pragma once

#include <gio/gio.h>

#include "client/agent/alarm.h"
#include "client/agent/home.h"
#include "client/agent/timer.h"

struct bus;
struct launch;
struct secret;
struct present;
struct suspend;
struct waking;
struct resolver;

struct agent {
    GMainLoop *loop; /* borrowed */
    char *home, *socket;
    int lock_fd;
    struct home stands; /* what `home` was when we took it */
    guint watch_source;
    bool lost; /* it is not ours any more: the loop ends */
    struct tbc *core;
    struct alarm *alarm;
    struct bus *bus;
    struct resolver *resolver;
    struct suspend *suspend;
    struct waking *waking;
    struct present *present;
    guint name; /* on the session bus */
    struct secret *secret;
    struct boot_timer *tick;
    const char *unlocked_by; /* "none", "passphrase", "file", "secret-service"; static */

    unsigned topics; /* changed since the last nudge */
    uint64_t nudges;
    gint64 nudged_us; /* monotonic, of the last nudge */
    guint nudge_source;
};

/* Takes the profile's lock, opens it and listens.  An error is one line for people.  Gives; borrows `loop` and
 * `launch`, which may be NULL. */
struct agent *agent_new(const char *home, GMainLoop *loop, struct launch *launch, char **ret_error);
void agent_free(struct agent *a); /* NULL allowed */

/* Unlocks; on TB_OK remembers by what, on failure leaves the profile locked. */
tb_result agent_unlock(struct agent *a, struct tb_view passphrase, const char *by);
