/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lanes.h - from a page's document to the lanes of its chart: one for each tier. */
#pragma once

#include <glib.h>

#include "client/paper/chart.h"

enum { LANES = 16 };

struct lanes {
    struct paper_chart chart;
    struct paper_lane lane[LANES];
    char *text[LANES][2]; /* label and outcome of each, owned */
};

/* Never fails: what is missing is not drawn.  The chart points into `ret`, which must stay where it is. */
void lanes_fill(struct lanes *ret, GVariant *full, int64_t now_ms);
void lanes_done(struct lanes *l);
