/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart.c - see chart.h. */
#include "client/paper/chart.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>

#include "client/paper/shapes.h"

enum { FONT_PX = 11, SECONDS_UP_TO_MS = 150000 /* longer axes count minutes */ };

const struct paper_theme paper_light = {
    .ink = { 0.12, 0.12, 0.14 },
    .faint = { 0.62, 0.62, 0.64 },
    .look = { { 0.72, 0.40, 0.0 }, { 0.65, 0.11, 0.18 }, { 0.10, 0.45, 0.25 }, { 0.5, 0.5, 0.5 } },
};
const struct paper_theme paper_dark = {
    .ink = { 0.95, 0.95, 0.95 },
    .faint = { 0.50, 0.50, 0.52 },
    .look = { { 0.97, 0.70, 0.20 },
              { 0.95, 0.42, 0.42 },
              { 0.35, 0.80, 0.52 },
              { 0.62, 0.62, 0.64 } },
};

/* What is being drawn: the page goes down as it is written. */
struct sheet {
    cairo_t *cr;
    const struct paper_chart *chart;
    const struct paper_theme *theme;
    double width, y;
    double line;        /* height of one line of text */
    double left, right; /* of the bars */
    int64_t step_ms;    /* between ticks */
};

void paper_add_span(struct paper_lane *lane, int64_t from_ms, int64_t to_ms, enum paper_look look)
{
    if (lane->n_spans < PAPER_SPANS && to_ms >= from_ms)
        lane->span[lane->n_spans++] = (struct paper_span){ from_ms, to_ms, look };
}

void paper_add_mark(struct paper_lane *lane, int64_t at_ms, enum paper_sign sign)
{
    if (lane->n_marks < PAPER_MARKS && at_ms > 0)
        lane->mark[lane->n_marks++] = (struct paper_mark){ at_ms, sign };
}

/* ---- text */

static PangoLayout *layout_new(const struct sheet *s, const char *text, bool bold, double width)
{
    PangoLayout *layout = pango_cairo_create_layout(s->cr);
    PangoFontDescription *font = s->theme->font ? pango_font_description_copy(s->theme->font)
                                                : pango_font_description_from_string("Sans");

    if (!s->theme->font)
        pango_font_description_set_absolute_size(font, FONT_PX * PANGO_SCALE);
    if (bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    return layout;
}

static void measure(PangoLayout *layout, double *ret_width, double *ret_height)
{
    int w = 0, h = 0;

    pango_layout_get_pixel_size(layout, &w, &h);
    *ret_width = w;
    *ret_height = h;
}

static void put(const struct sheet *s, PangoLayout *layout, double x, double y)
{
    shape_colour(s->cr, &s->theme->ink);
    cairo_move_to(s->cr, x, y);
    pango_cairo_show_layout(s->cr, layout);
    g_object_unref(layout);
}

/* The label, and what came of it: beside it if both fit into one line, else below. */
static void draw_words(struct sheet *s, const struct paper_lane *lane)
{
    double label_w, label_h, out_w = 0, out_h = 0;
    PangoLayout *label = layout_new(s, lane->label, true, s->width);
    PangoLayout *outcome = lane->outcome ? layout_new(s, lane->outcome, false, s->width) : NULL;

    measure(label, &label_w, &label_h);
    if (outcome)
        measure(outcome, &out_w, &out_h);
    put(s, label, 0, s->y);
    if (!outcome) {
        s->y += label_h;
    } else if (label_w + out_w + s->line <= s->width && label_h < s->line * 1.5) {
        put(s, outcome, label_w + s->line, s->y);
        s->y += fmax(label_h, out_h);
    } else {
        put(s, outcome, 0, s->y + label_h);
        s->y += label_h + out_h;
    }
}

/* ---- time */

static double x_of(const struct sheet *s, int64_t ms)
{
    double span = (double)(s->chart->to_ms - s->chart->from_ms);
    double part = (double)(ms - s->chart->from_ms) / span;

    return s->left + fmin(fmax(part, 0), 1) * (s->right - s->left);
}

static void tick_text(const struct sheet *s, int64_t ms, char *ret, size_t size)
{
    const struct paper_chart *c = s->chart;

    if (s->step_ms < 60000)
        (void)snprintf(ret, size, "+%d %s", (int)(ms / 1000), c->second);
    else if (s->step_ms < 3600000)
        (void)snprintf(ret, size, "+%d %s", (int)(ms / 60000), c->minute);
    else
        (void)snprintf(ret, size, "+%d %s", (int)(ms / 3600000), c->hour);
}

/* The smallest step at which the words of the ticks do not touch. */
static int64_t step_for(struct sheet *s)
{
    static const int steps_s[] = { 10,   30,   60,    120,   300,   600,   900,   1800,
                                   3600, 7200, 10800, 21600, 43200, 86400, 172800 };
    int64_t span = s->chart->to_ms - s->chart->from_ms;
    size_t n = sizeof steps_s / sizeof *steps_s;

    for (size_t i = 0; i < n; i++) {
        char text[64];
        double w, h;
        if (steps_s[i] < 60 && span > SECONDS_UP_TO_MS)
            continue;
        s->step_ms = steps_s[i] * INT64_C(1000);
        tick_text(s, span - span % s->step_ms, text, sizeof text);
        PangoLayout *layout = layout_new(s, text, false, 0);
        measure(layout, &w, &h);
        g_object_unref(layout);
        if ((w + s->line) * (double)span / (double)s->step_ms < s->right - s->left)
            return s->step_ms;
    }
    return span;
}

static void draw_axis(struct sheet *s)
{
    int64_t span = s->chart->to_ms - s->chart->from_ms;
    double w, h = 0, next = 0;

    for (int64_t t = 0; t <= span; t += s->step_ms) {
        char text[64];
        tick_text(s, t, text, sizeof text);
        PangoLayout *layout = layout_new(s, text, false, 0);
        measure(layout, &w, &h);
        double x = fmin(fmax(x_of(s, s->chart->from_ms + t) - w / 2, 0), s->width - w);
        if (x >= next) {
            put(s, layout, x, s->y);
            next = x + w + s->line / 3;
        } else {
            g_object_unref(layout);
        }
    }
    s->y += h + s->line / 2;
}

/* ---- bars */

static void draw_grid(const struct sheet *s, double height)
{
    int64_t span = s->chart->to_ms - s->chart->from_ms;

    shape_colour(s->cr, &s->theme->faint);
    cairo_set_line_width(s->cr, 1);
    for (int64_t t = 0; t <= span; t += s->step_ms) {
        double x = floor(x_of(s, s->chart->from_ms + t)) + 0.5;
        cairo_move_to(s->cr, x, s->y);
        cairo_line_to(s->cr, x, s->y + height);
    }
    cairo_stroke(s->cr);
    if (s->chart->now_ms) {
        double x = x_of(s, s->chart->now_ms);
        shape_colour(s->cr, &s->theme->ink);
        cairo_set_line_width(s->cr, 2);
        cairo_move_to(s->cr, x, s->y);
        cairo_line_to(s->cr, x, s->y + height);
        cairo_stroke(s->cr);
    }
}

static void draw_lane(struct sheet *s, const struct paper_lane *lane)
{
    double height = s->line * 1.3, middle, size = s->line * 0.36;

    draw_words(s, lane);
    s->y += s->line / 5;
    draw_grid(s, height);
    middle = s->y + height / 2;
    for (size_t i = 0; i < lane->n_spans; i++) {
        const struct paper_span *p = &lane->span[i];
        double x = x_of(s, p->from_ms), w = fmax(x_of(s, p->to_ms) - x, 2);
        shape_bar(s->cr, s->theme, p->look,
                  &(cairo_rectangle_t){ x, middle - s->line * 0.4, w, s->line * 0.8 });
    }
    for (size_t i = 0; i < lane->n_marks; i++)
        shape_mark(s->cr, s->theme, lane->mark[i].sign, x_of(s, lane->mark[i].at_ms), middle, size);
    s->y += height + s->line / 2;
}

/* ---- legend */

struct legend {
    double x, row;
};

/* Room for a sample and its words; on a new line where there is none. */
static double legend_place(struct sheet *s, struct legend *l, const char *word)
{
    double w, h, sample = s->line * 1.6;
    PangoLayout *layout = layout_new(s, word, false, s->width - sample);

    measure(layout, &w, &h);
    if (l->x > 0 && l->x + sample + w > s->width) {
        s->y += l->row + s->line / 4;
        l->x = l->row = 0;
    }
    double x = l->x;
    put(s, layout, x + sample, s->y);
    l->x += sample + w + s->line;
    l->row = fmax(l->row, h);
    return x;
}

static void draw_legend(struct sheet *s, const bool *looks, const bool *signs)
{
    struct legend l = { 0 };

    for (int i = 0; i < PAPER_LOOKS; i++) {
        if (!looks[i] || !s->chart->look[i])
            continue;
        double x = legend_place(s, &l, s->chart->look[i]);
        shape_bar(s->cr, s->theme, (enum paper_look)i,
                  &(cairo_rectangle_t){ x, s->y + s->line * 0.2, s->line * 1.2, s->line * 0.6 });
    }
    for (int i = 0; i < PAPER_SIGNS; i++) {
        if (!signs[i] || !s->chart->sign[i])
            continue;
        double x = legend_place(s, &l, s->chart->sign[i]);
        shape_mark(s->cr, s->theme, (enum paper_sign)i, x + s->line * 0.6, s->y + s->line * 0.5,
                   s->line * 0.36);
    }
    if (s->chart->now_ms && s->chart->now) {
        double x = legend_place(s, &l, s->chart->now);
        shape_colour(s->cr, &s->theme->ink);
        cairo_rectangle(s->cr, x + s->line * 0.6 - 1, s->y, 2, s->line);
        cairo_fill(s->cr);
    }
    s->y += l.row;
}

/* ---- all of it */

static void note_used(const struct paper_chart *chart, bool *looks, bool *signs)
{
    for (size_t i = 0; i < chart->n_lanes; i++) {
        const struct paper_lane *lane = &chart->lane[i];
        for (size_t k = 0; k < lane->n_spans; k++)
            looks[lane->span[k].look] = true;
        for (size_t k = 0; k < lane->n_marks; k++)
            signs[lane->mark[k].sign] = true;
    }
}

double paper_draw(cairo_t *cr, const struct paper_chart *chart, const struct paper_theme *theme,
                  double width)
{
    struct sheet s = { .cr = cr, .chart = chart, .theme = theme, .width = width };
    bool looks[PAPER_LOOKS] = { false }, signs[PAPER_SIGNS] = { false };
    double w;

    if (chart->n_lanes == 0 || chart->to_ms <= chart->from_ms || !(width > 0))
        return 0;
    PangoLayout *probe = layout_new(&s, "Ấy", false, 0);
    measure(probe, &w, &s.line);
    g_object_unref(probe);
    s.left = s.line / 2;
    s.right = fmax(width - s.line / 2, s.left + 1);
    s.step_ms = step_for(&s);
    note_used(chart, looks, signs);
    cairo_save(cr);
    for (size_t i = 0; i < chart->n_lanes; i++)
        draw_lane(&s, &chart->lane[i]);
    draw_axis(&s);
    draw_legend(&s, looks, signs);
    cairo_restore(cr);
    return ceil(s.y);
}

double paper_height(const struct paper_chart *chart, const struct paper_theme *theme, double width)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *cr = cairo_create(surface);
    double height = paper_draw(cr, chart, theme, width);

    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return height;
}
