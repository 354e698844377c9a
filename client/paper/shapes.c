/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shapes.c - see shapes.h. */
#include "client/paper/shapes.h"

#include <math.h>

enum { HATCH = 7 };

void shape_colour(cairo_t *cr, const struct paper_colour *c)
{
    cairo_set_source_rgb(cr, c->r, c->g, c->b);
}

/* Slanted lines inside the current rectangle. */
static void hatch(cairo_t *cr, const cairo_rectangle_t *at)
{
    cairo_save(cr);
    cairo_rectangle(cr, at->x, at->y, at->width, at->height);
    cairo_clip(cr);
    cairo_set_line_width(cr, 2);
    for (int i = 0; i * HATCH < at->width + at->height; i++) {
        double x = at->x - at->height + i * HATCH;
        cairo_move_to(cr, x, at->y + at->height);
        cairo_line_to(cr, x + at->height, at->y);
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

static void outline(cairo_t *cr, const cairo_rectangle_t *at, double line)
{
    cairo_set_line_width(cr, line);
    cairo_rectangle(cr, at->x + line / 2, at->y + line / 2, fmax(at->width - line, 0.5),
                    fmax(at->height - line, 0.5));
    cairo_stroke(cr);
}

void shape_bar(cairo_t *cr, const struct paper_theme *theme, enum paper_look look,
               const cairo_rectangle_t *at)
{
    static const double dashes[] = { 4, 3 };

    cairo_save(cr);
    shape_colour(cr, &theme->look[look]);
    switch (look) {
    case PAPER_CALLED:
        hatch(cr, at);
        outline(cr, at, 1.5);
        break;
    case PAPER_TAKEN:
        cairo_rectangle(cr, at->x, at->y, at->width, at->height);
        cairo_fill(cr);
        break;
    case PAPER_PLANNED:
        cairo_set_dash(cr, dashes, 2, 0);
        outline(cr, at, 1.5);
        break;
    case PAPER_SILENT:
    case PAPER_LOOKS:
    default:
        outline(cr, at, 3);
        break;
    }
    cairo_restore(cr);
}

static void lines(cairo_t *cr, const double *points, int n)
{
    cairo_move_to(cr, points[0], points[1]);
    for (const double *p = points + 2; n > 1; n--, p += 2)
        cairo_line_to(cr, p[0], p[1]);
    cairo_stroke(cr);
}

/* The sign itself, in the current colour and line width. */
static void sign_path(cairo_t *cr, enum paper_sign sign, double x, double y, double s)
{
    cairo_new_path(cr); /* else an arc begins with a line from the last words */
    switch (sign) {
    case PAPER_DELIVERED:
        cairo_arc(cr, x, y, s * 0.55, 0, 2 * M_PI);
        cairo_fill(cr);
        break;
    case PAPER_SEEN:
        cairo_arc(cr, x, y, s * 0.75, 0, 2 * M_PI);
        cairo_stroke(cr);
        break;
    case PAPER_ACCEPTED:
        lines(cr, (const double[]){ x - s, y, x - s * 0.3, y + s * 0.8, x + s, y - s * 0.9 }, 3);
        break;
    case PAPER_DECLINED:
    case PAPER_SIGNS:
    default:
        lines(cr, (const double[]){ x - s * 0.8, y - s * 0.8, x + s * 0.8, y + s * 0.8 }, 2);
        lines(cr, (const double[]){ x - s * 0.8, y + s * 0.8, x + s * 0.8, y - s * 0.8 }, 2);
        break;
    }
}

/* A rim in the opposite brightness keeps it visible on every bar. */
void shape_mark(cairo_t *cr, const struct paper_theme *theme, enum paper_sign sign, double x,
                double y, double size)
{
    bool dark_ink = theme->ink.r + theme->ink.g + theme->ink.b < 1.5;
    double rim = dark_ink ? 1 : 0.1;

    cairo_save(cr);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_source_rgb(cr, rim, rim, rim);
    cairo_set_line_width(cr, size * 0.95);
    if (sign == PAPER_DELIVERED) {
        cairo_new_path(cr);
        cairo_arc(cr, x, y, size * 0.8, 0, 2 * M_PI);
        cairo_fill(cr);
    } else {
        sign_path(cr, sign, x, y, size);
    }
    shape_colour(cr, &theme->ink);
    cairo_set_line_width(cr, size * 0.42);
    sign_path(cr, sign, x, y, size);
    cairo_restore(cr);
}
