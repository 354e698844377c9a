/* SPDX-License-Identifier: GPL-3.0-or-later */
/* card.h - a page that waits for my answer: everything to decide by, and the answer in one step. */
#pragma once

#include <adwaita.h>

#include "client/desktop/item.h"

#define TBD_TYPE_CARD tbd_card_get_type()
G_DECLARE_FINAL_TYPE(TbdCard, tbd_card, TBD, CARD, AdwBin)

GtkWidget *tbd_card_new(void);
/* Shows this page and follows it; NULL: none. */
void tbd_card_set_item(TbdCard *c, TbdItem *item);

/* The buttons "5 min", "10 min", ... and "Other…" that accept this page, into `box`. */
void tbd_card_fill_etas(GtkWidget *box, const char *page);
/* A button that does app.`action` for this page. */
GtkWidget *tbd_card_button(const char *mnemonic, const char *action, const char *page);
