/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suspend.h - says when the machine woke up, where logind tells.
 *
 * A connection that slept looks alive and is dead: the classic silence. */
#pragma once

struct suspend;

struct suspend *suspend_new(void (*resumed)(void *user), void *user);
void suspend_free(struct suspend *s); /* NULL allowed */
