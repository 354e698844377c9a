/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.h - the saved draft of a report: under the options of `report --draft`, and back. */
#pragma once

#include "client/cli/send.h"

/* Fills what was not given as an option with what the draft has; its files come first. */
struct draft_extra {
    char **kind, **system_name, **system_address;
    int *system_level;
    int64_t *detected_ms;
};
int draft_load(struct cli *c, struct send *s, const struct draft_extra *extra);

/* Keeps the document as the draft.  Status. */
int draft_save(struct cli *c, GVariant *doc, GVariant *handles, GUnixFDList *fds);

/* The draft's document; NULL: said why, *ret_status is set. */
GVariant *draft_document(struct cli *c, int *ret_status);
