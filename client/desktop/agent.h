/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent.h - the window's link to trucban-agent: dialled, watched, dialled again.
 *
 * Nudges of the agent arrive here, the status is pulled, and only then "changed"
 * is emitted: whoever hears it may read tbd_agent_status().  A lost link is dialled
 * anew by itself; the agent rings meanwhile without any window. */
#pragma once

#include <stdbool.h>

#include "client/api/agent-iface.h"

/* What changed; the first four as in the agent's interface. */
enum tbd_topic {
    TBD_TOPIC_STATUS = 1,
    TBD_TOPIC_PAGES = 2,
    TBD_TOPIC_ROSTER = 4,
    TBD_TOPIC_OUTBOX = 8,
    TBD_TOPIC_LINK = 16, /* the link to the agent came or went; everything may be different */
};

#define TBD_TYPE_AGENT tbd_agent_get_type()
G_DECLARE_FINAL_TYPE(TbdAgent, tbd_agent, TBD, AGENT, GObject)

/* Emits "changed" (guint topics). */
TbdAgent *tbd_agent_new(const char *home);
void tbd_agent_start(TbdAgent *a);

const char *tbd_agent_home(TbdAgent *a);
TbaAgent *tbd_agent_proxy(TbdAgent *a); /* NULL without a link */
GVariant *
tbd_agent_status(TbdAgent *a); /* the newest Status; NULL before the first or without a link */
GVariant *tbd_agent_me(TbdAgent *a); /* the newest Whoami; NULL unless enrolled and unlocked */
bool tbd_agent_hears(
    TbdAgent *a); /* was the relay heard, within the silence that is not yet one? */
const char *tbd_agent_trouble(TbdAgent *a); /* why there is no link; NULL if there is one */
