/* SPDX-License-Identifier: GPL-3.0-or-later */
/* list.h - pages from the agent, call by call: it gives at most 500 at a time. */
#pragma once

#include "client/cli/cli.h"

struct page_list {
    guint64 since, before; /* change numbers; 0: no bound */
    gboolean open;         /* only those that have not ended */
    guint max;             /* 0: all */
    /* set: */
    guint64 change; /* the next `since` */
    guint64 older;  /* the next `before`; 0: there are no more */
};

/* Documents, newest change first.  Gives; NULL with *error set. */
GPtrArray *page_list(struct cli *c, struct page_list *l, GError **error);
