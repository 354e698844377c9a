/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.c - see file.h. */
#include "client/paper/file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <string.h>

enum { MARGIN = 16, SIDE_MAX = 20000, PNG_SCALE = 2 };

static cairo_status_t take(void *user, const unsigned char *data, unsigned n)
{
    struct tb_buf *b = user;

    tb_put(b, data, n);
    return tb_buf_check(b) == TB_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *surface_for(enum paper_format format, double w, double h, struct tb_buf *b)
{
    cairo_surface_t *s;

    switch (format) {
    case PAPER_SVG:
        return cairo_svg_surface_create_for_stream(take, b, w, h);
    case PAPER_PDF:
        s = cairo_pdf_surface_create_for_stream(take, b, w, h);
        /* Else the moment of writing is in the file, and no two are alike. */
        cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
        return s;
    case PAPER_PNG:
    default:
        s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)(w * PNG_SCALE),
                                       (int)(h * PNG_SCALE));
        cairo_surface_set_device_scale(s, PNG_SCALE, PNG_SCALE);
        return s;
    }
}

static void paint(cairo_surface_t *surface, const struct paper_chart *chart,
                  const struct paper_theme *theme, double width)
{
    bool dark_ink = theme->ink.r + theme->ink.g + theme->ink.b < 1.5;
    double ground = dark_ink ? 1 : 0.12;
    cairo_t *cr = cairo_create(surface);

    cairo_set_source_rgb(cr, ground, ground, ground);
    cairo_paint(cr);
    cairo_translate(cr, MARGIN, MARGIN);
    (void)paper_draw(cr, chart, theme, width - 2 * MARGIN);
    cairo_destroy(cr);
}

/* cairo numbers the surfaces of a process, in the file too; there is one in ours. */
static void forget_number(struct tb_buf *svg)
{
    static const char word[] = "id=\"surface";
    size_t n = sizeof word - 1;
    struct tb_buf out = { 0 };

    for (size_t i = 0; i < svg->n; i++) {
        tb_put_u8(&out, svg->p[i]);
        if (i + 1 < n || memcmp(svg->p + i + 1 - n, word, n) != 0)
            continue;
        while (i + 1 < svg->n && svg->p[i + 1] >= '0' && svg->p[i + 1] <= '9')
            i++;
    }
    tb_buf_done(svg);
    *svg = out;
}

tb_result paper_file(enum paper_format format, const struct paper_chart *chart,
                     const struct paper_theme *theme, double width, struct tb_buf *ret)
{
    double height = paper_height(chart, theme, width - 2 * MARGIN);
    struct tb_buf b = { 0 };

    if (!(height > 0) || width > SIDE_MAX || height > SIDE_MAX)
        return TB_E_RANGE;
    cairo_surface_t *surface = surface_for(format, width, height + 2 * MARGIN, &b);
    paint(surface, chart, theme, width);
    if (format == PAPER_PNG)
        (void)cairo_surface_write_to_png_stream(surface, take, &b);
    cairo_surface_finish(surface);
    bool ok = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ||
              cairo_surface_status(surface) == CAIRO_STATUS_SURFACE_FINISHED;
    cairo_surface_destroy(surface);
    if (ok && format == PAPER_SVG)
        forget_number(&b);
    tb_result r = ok ? tb_buf_check(&b) : TB_E_NOMEM;
    if (r != TB_OK) {
        tb_buf_done(&b);
        return r;
    }
    *ret = b;
    return TB_OK;
}
