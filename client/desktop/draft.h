/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.h - keeps what is being written with the agent, a moment after the last key, so that neither a crash of
 * the window nor one of the agent loses it. */
#pragma once

#include <gio/gunixfdlist.h>

#define TBD_TYPE_DRAFT tbd_draft_get_type()
G_DECLARE_FINAL_TYPE(TbdDraft, tbd_draft, TBD, DRAFT, GObject)

/* What the owner of the words lends. */
struct tbd_draft_owner {
    gpointer user;
    GVariant *(*document)(gpointer user); /* floating; NULL: there is nothing to keep */
    GVariant *(*files)(gpointer user, GUnixFDList *fds);
    /* A kept draft came; or (NULL) the profile was locked: nothing may stay on screen. */
    void (*restore)(gpointer user, GVariant *doc, GVariant *handles, GUnixFDList *fds);
};

/* Emits "changed" when what tbd_draft_state() says changed. */
TbdDraft *tbd_draft_new(const struct tbd_draft_owner *owner);
void tbd_draft_touch(TbdDraft *d);               /* something was typed */
void tbd_draft_hold(TbdDraft *d, gboolean hold); /* while it is being sent nothing is saved */
void tbd_draft_sent(TbdDraft *d);                /* the agent dropped it with the report */
/* "Draft saved 18:36:05, encrypted", or what went wrong; "" if there is none.  Static. */
const char *tbd_draft_state(TbdDraft *d);
