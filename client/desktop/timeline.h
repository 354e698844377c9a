/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeline.h - the escalation of a page as a picture, and the same in words. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_TIMELINE tbd_timeline_get_type()
G_DECLARE_FINAL_TYPE(TbdTimeline, tbd_timeline, TBD, TIMELINE, AdwBin)

/* `full`: a document of PageGet. */
void tbd_timeline_set(TbdTimeline *t, GVariant *full);
/* One line for each tier; borrowed. */
const char *tbd_timeline_words(TbdTimeline *t);
