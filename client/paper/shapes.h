/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shapes.h - bars with patterns and marks with shapes, for eyes that do not see colours and for black print. */
#pragma once

#include "client/paper/chart.h"

void shape_colour(cairo_t *cr, const struct paper_colour *c);
void shape_bar(cairo_t *cr, const struct paper_theme *theme, enum paper_look look,
               const cairo_rectangle_t *at);
/* Around x,y; `size` is half its height. */
void shape_mark(cairo_t *cr, const struct paper_theme *theme, enum paper_sign sign, double x,
                double y, double size);
