/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_paper_chart.c - charts stay inside their width, tell nothing by colour alone, and become files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "client/paper/chart.h"
#include "client/paper/file.h"
#include "tb_cmocka.h"

enum { MINUTE = 60000, EDGE = 40, ROOM = 4000 };

#define START INT64_C(1700000000000)

static struct paper_chart chart_of(const struct paper_lane *lane, size_t n)
{
    return (struct paper_chart){
        .from_ms = START,
        .to_ms = START + 25 * MINUTE,
        .now_ms = START + 12 * MINUTE,
        .lane = lane,
        .n_lanes = n,
        .second = "giây",
        .minute = "phút",
        .hour = "giờ",
        .now = "bây giờ",
        .look = { "đang gọi", "không trả lời", "đã nhận", "chưa tới lượt" },
        .sign = { "tới máy", "đã xem", "nhận", "từ chối" },
    };
}

static struct paper_lane long_lane(void)
{
    struct paper_lane lane = {
        .label =
            "Bậc 1: Nguyễn Văn Mẫu, Trần Thị Chi, Phạm Thị Bình và những người trực khác của đội "
            "ứng cứu sự cố an toàn thông tin mạng của tỉnh",
        .outcome = "đã giao tới mọi thiết bị nhưng không một ai xác nhận trong thời gian chờ",
    };
    paper_add_span(&lane, START, START + 5 * MINUTE, PAPER_SILENT);
    paper_add_span(&lane, START + 5 * MINUTE, START + 12 * MINUTE, PAPER_CALLED);
    paper_add_mark(&lane, START + 400, PAPER_DELIVERED);
    paper_add_mark(&lane, START + 25 * MINUTE, PAPER_DECLINED);
    return lane;
}

/* Draws at EDGE,EDGE in a larger picture and counts painted pixels outside the chart. */
static size_t painted_outside(const struct paper_chart *c, double width)
{
    int side = (int)width + 2 * EDGE;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, side, ROOM);
    cairo_t *cr = cairo_create(s);
    size_t n = 0;

    cairo_translate(cr, EDGE, EDGE);
    double height = paper_draw(cr, c, &paper_light, width);
    cairo_destroy(cr);
    cairo_surface_flush(s);
    const unsigned char *data = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    for (int y = 0; y < ROOM; y++)
        for (int x = 0; x < side; x++) {
            bool inside = x >= EDGE - 1 && x <= EDGE + width && y >= EDGE && y <= EDGE + height;
            n += !inside && data[y * stride + x * 4 + 3] != 0;
        }
    cairo_surface_destroy(s);
    assert_true(height < ROOM - 2 * EDGE);
    return n;
}

static void long_words_never_leave_the_picture(void **state)
{
    struct paper_lane lane = long_lane();
    struct paper_chart c = chart_of(&lane, 1);

    (void)state;
    assert_int_equal(painted_outside(&c, 900), 0);
    assert_int_equal(painted_outside(&c, 300), 0);
    assert_int_equal(painted_outside(&c, 160), 0);
}

static void a_narrow_chart_is_higher(void **state)
{
    struct paper_lane lane = long_lane();
    struct paper_chart c = chart_of(&lane, 1);

    (void)state;
    assert_true(paper_height(&c, &paper_light, 250) > paper_height(&c, &paper_light, 900));
}

static void nothing_to_draw_is_no_height(void **state)
{
    struct paper_lane lane = long_lane();
    struct paper_chart none = chart_of(&lane, 0), backwards = chart_of(&lane, 1);

    (void)state;
    backwards.to_ms = backwards.from_ms;
    assert_true(paper_height(&none, &paper_light, 500) == 0);
    assert_true(paper_height(&backwards, &paper_light, 500) == 0);
    assert_true(paper_height(&none, &paper_light, -1) == 0);
}

static void moments_far_outside_stay_at_the_edge(void **state)
{
    struct paper_lane lane = { .label = "x" };
    struct paper_chart c = chart_of(&lane, 1);

    (void)state;
    paper_add_span(&lane, INT64_MIN / 4, INT64_MAX / 4, PAPER_TAKEN);
    paper_add_mark(&lane, INT64_MAX / 4, PAPER_ACCEPTED);
    assert_int_equal(painted_outside(&c, 400), 0);
}

static void a_lane_takes_no_more_than_it_holds(void **state)
{
    struct paper_lane lane = { .label = "x" };

    (void)state;
    for (int i = 0; i < 1000; i++) {
        paper_add_span(&lane, START, START + i, PAPER_CALLED);
        paper_add_mark(&lane, START + i, PAPER_SEEN);
    }
    assert_int_equal(lane.n_spans, PAPER_SPANS);
    assert_int_equal(lane.n_marks, PAPER_MARKS);
}

/* The picture of one bar with this look, all looks in the same colour. */
static char *grey_bar(enum paper_look look)
{
    struct paper_lane lane = { .label = "x" };
    struct paper_chart c = chart_of(&lane, 1);
    struct paper_theme grey = paper_light;
    struct tb_buf b = { 0 };

    for (int i = 0; i < PAPER_LOOKS; i++) {
        grey.look[i] = grey.ink;
        c.look[i] = "x";
    }
    paper_add_span(&lane, START, START + 10 * MINUTE, look);
    assert_int_equal(paper_file(PAPER_SVG, &c, &grey, 400, &b), TB_OK);
    char *text = strndup((const char *)b.p, b.n);
    tb_buf_done(&b);
    return text;
}

static void looks_differ_without_colours(void **state)
{
    char *picture[PAPER_LOOKS];

    (void)state;
    for (int i = 0; i < PAPER_LOOKS; i++)
        picture[i] = grey_bar((enum paper_look)i);
    for (int i = 0; i < PAPER_LOOKS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(picture[i], picture[k]);
    for (int i = 0; i < PAPER_LOOKS; i++)
        free(picture[i]);
}

static void files_are_what_they_say_and_the_same_twice(void **state)
{
    static const char *const magic[] = { "<?xml", "\x89PNG", "%PDF-" };
    struct paper_lane lane = long_lane();
    struct paper_chart c = chart_of(&lane, 1);

    (void)state;
    for (int f = PAPER_SVG; f <= PAPER_PDF; f++) {
        struct tb_buf a = { 0 }, b = { 0 };
        assert_int_equal(paper_file((enum paper_format)f, &c, &paper_light, 700, &a), TB_OK);
        assert_int_equal(paper_file((enum paper_format)f, &c, &paper_light, 700, &b), TB_OK);
        assert_true(a.n > 500);
        assert_memory_equal(a.p, magic[f], strlen(magic[f]));
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.p, b.p, a.n);
        tb_buf_done(&a);
        tb_buf_done(&b);
    }
}

static void an_empty_or_huge_picture_is_refused(void **state)
{
    struct paper_lane lane = long_lane();
    struct paper_chart none = chart_of(&lane, 0), c = chart_of(&lane, 1);
    struct tb_buf b = { 0 };

    (void)state;
    assert_int_equal(paper_file(PAPER_SVG, &none, &paper_light, 700, &b), TB_E_RANGE);
    assert_int_equal(paper_file(PAPER_PNG, &c, &paper_light, 1e6, &b), TB_E_RANGE);
    assert_null(b.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_words_never_leave_the_picture),
        cmocka_unit_test(a_narrow_chart_is_higher),
        cmocka_unit_test(nothing_to_draw_is_no_height),
        cmocka_unit_test(moments_far_outside_stay_at_the_edge),
        cmocka_unit_test(a_lane_takes_no_more_than_it_holds),
        cmocka_unit_test(looks_differ_without_colours),
        cmocka_unit_test(files_are_what_they_say_and_the_same_twice),
        cmocka_unit_test(an_empty_or_huge_picture_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
