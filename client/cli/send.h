/* SPDX-License-Identifier: GPL-3.0-or-later */
/* send.h - what `report` and `page` have in common: a title, a text, files, a policy. */
#pragma once

#include <gio/gunixfdlist.h>

#include "client/cli/cli.h"

struct send {
    char *title, *text, *text_file, *policy, *tlp;
    char **attach;
    int page_class, wait_s;
    gboolean drill;
    gboolean from_draft, keep; /* keep: as the draft, instead of sending */
    GVariant *draft_files, *draft_handles;
    GUnixFDList *draft_fds;
};

/* Names of the labels 1.. */
extern const char *const send_tlp[5];

/* The options of both, to be put before a command's own; SEND_OPTIONS entries. */
enum { SEND_OPTIONS = 8 };
void send_options(struct send *s, GOptionEntry ret[static SEND_OPTIONS]);
void send_done(struct send *s);

/* Adds the common fields to the document and sends it with its files; follows it as asked for.
 * Takes the builder. */
int send_page(struct cli *c, const struct send *s, GVariantBuilder *doc);
