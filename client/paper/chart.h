/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart.h - lanes over time: whose turn it was from when to when, and what each did.
 *
 * Words never stand in or on a bar: they have lines of their own, so that long
 * ones only make the picture higher.  Nothing is told by colour alone: every look
 * has its pattern, every mark its shape, and the legend names both. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cairo.h>
#include <pango/pango.h>

enum paper_look {
    PAPER_CALLED,  /* waiting for an answer */
    PAPER_SILENT,  /* waited in vain */
    PAPER_TAKEN,   /* in somebody's hands */
    PAPER_PLANNED, /* not yet, or never, come to */
    PAPER_LOOKS
};
enum paper_sign { PAPER_DELIVERED, PAPER_SEEN, PAPER_ACCEPTED, PAPER_DECLINED, PAPER_SIGNS };

struct paper_span {
    int64_t from_ms, to_ms;
    enum paper_look look;
};
struct paper_mark {
    int64_t at_ms;
    enum paper_sign sign;
};
enum { PAPER_SPANS = 16, PAPER_MARKS = 48 }; /* of one lane; more would not be told apart */
struct paper_lane {
    const char *label, *outcome; /* UTF-8, borrowed; outcome may be NULL */
    struct paper_span span[PAPER_SPANS];
    struct paper_mark mark[PAPER_MARKS];
    size_t n_spans, n_marks;
};
struct paper_chart {
    int64_t from_ms, to_ms;
    int64_t now_ms; /* 0: it is over */
    const struct paper_lane *lane;
    size_t n_lanes;
    /* For people: units of the axis, the line of this moment, the legend. */
    const char *second, *minute, *hour, *now;
    const char *look[PAPER_LOOKS], *sign[PAPER_SIGNS];
};

struct paper_colour {
    double r, g, b;
};
struct paper_theme {
    struct paper_colour ink, faint, look[PAPER_LOOKS];
    const PangoFontDescription *font; /* NULL: sans, 11 px */
};
extern const struct paper_theme paper_light, paper_dark;

/* Adds to a lane unless it is full. */
void paper_add_span(struct paper_lane *lane, int64_t from_ms, int64_t to_ms, enum paper_look look);
void paper_add_mark(struct paper_lane *lane, int64_t at_ms, enum paper_sign sign);

/* Draws from 0,0 to `width` and returns the height that it took. */
double paper_draw(cairo_t *cr, const struct paper_chart *chart, const struct paper_theme *theme,
                  double width);
/* That height, without drawing. */
double paper_height(const struct paper_chart *chart, const struct paper_theme *theme, double width);
