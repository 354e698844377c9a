/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sections.h - the pages, sorted into what the inbox shows one under the other.
 *
 * A page that changes moves alone, in logarithmic time; nobody else's row is
 * touched, however many there are. */
#pragma once

#include <gio/gio.h>

#include "client/desktop/item.h"

enum tbd_section {
    TBD_SECTION_CALLS,   /* waits for my answer */
    TBD_SECTION_SILENT,  /* mine without an answer yet, and what nobody answered */
    TBD_SECTION_MINE,    /* I have it */
    TBD_SECTION_OTHERS,  /* somebody else has it */
    TBD_SECTION_WAITING, /* not my turn, or I declined */
    TBD_SECTION_RECENT,  /* ended within a day */
    TBD_SECTION_OLDER,
    TBD_SECTIONS
};

/* Where a page belongs for the account `me` at this moment. */
enum tbd_section tbd_section_of(GVariant *page, const char *me, int64_t now_ms);

#define TBD_TYPE_SECTIONS tbd_section_list_get_type()
G_DECLARE_FINAL_TYPE(TbdSectionList, tbd_section_list, TBD, SECTION_LIST, GObject)

TbdSectionList *tbd_section_list_new(GListModel *pages);
/* Of TbdItem; borrowed. */
GListModel *tbd_section_list_get(TbdSectionList *s, enum tbd_section section);
/* The section that a page stands in. */
enum tbd_section tbd_section_list_where(TbdSectionList *s, TbdItem *item);
/* Sorts everything again for this account (a login, another identity). */
void tbd_section_list_set_me(TbdSectionList *s, const char *account);
/* Time passed: moves what ended more than a day ago. */
void tbd_section_list_age(TbdSectionList *s);
/* Time passed: moves what the relay should have gone on with by now. */
void tbd_section_list_overdue(TbdSectionList *s);
