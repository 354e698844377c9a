/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api.h - the methods of client/api/agent.xml; one file per group of them.
 *
 * A handler answers in the same turn, or keeps the invocation until the relay
 * has answered.  Either way every invocation is answered exactly once. */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "client/agent/agent.h"
#include "client/api/agent-iface.h"

/* Connects all handlers. */
void api_connect(TbaAgent *skeleton, struct agent *agent);

void api_connect_profile(TbaAgent *skeleton, struct agent *agent); /* api_profile.c */
void api_connect_report(TbaAgent *skeleton, struct agent *agent);  /* api_report.c */
void api_connect_page(TbaAgent *skeleton, struct agent *agent);    /* api_page.c */
void api_connect_people(TbaAgent *skeleton, struct agent *agent);  /* api_people.c */
void api_connect_duty(TbaAgent *skeleton, struct agent *agent);    /* api_duty.c */
void api_connect_roster(TbaAgent *skeleton, struct agent *agent);  /* api_roster.c */
void api_connect_parcel(TbaAgent *skeleton, struct agent *agent);  /* api_parcel.c */

/* Answers with vn.trucban.Error.<NAME>; `why` NULL or empty: the result's own text.  TRUE, so that a
 * handler can return it. */
gboolean api_fail(GDBusMethodInvocation *inv, tb_result r, const char *why);

/* The same for a result of the core, which says LOCKED also where there is nothing to unlock yet. */
gboolean api_refuse(struct agent *a, GDBusMethodInvocation *inv, tb_result r, const char *why);

/* The descriptor behind a handle, to be closed by the caller; -1: there is none. */
int api_fd(GUnixFDList *fds, GVariant *handle);

/* Puts a file's content into a descriptor and its handle into an "ah"; false: it could not be. */
bool api_give_file(GUnixFDList *fds, GVariantBuilder *handles, struct tb_view data);

/* Finds a page by its printed id or a prefix; on failure answers the invocation and returns false. */
bool api_page_id(struct agent *a, GDBusMethodInvocation *inv, const char *printed,
                 struct tb_id *ret);
