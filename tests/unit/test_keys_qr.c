/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_qr.c - the half blocks on the terminal are the modules of the code. */
/* link: PkgConfig::QRENCODE */
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/qr.h"
#include "tb_cmocka.h"

enum { QUIET = 4, SIDE_MAX = 200 };

/* What qr_print writes, light = true, from the upper left corner of the quiet zone. */
struct picture {
    bool light[SIDE_MAX][SIDE_MAX];
    int width, height;
};

static char *printed(const char *text)
{
    static char out[SIDE_MAX * SIDE_MAX * 4];
    FILE *to = tmpfile();

    assert_non_null(to);
    assert_int_equal(fflush(stdout), 0);
    int saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(to), STDOUT_FILENO) >= 0);
    tb_result r = qr_print(text, false);
    assert_int_equal(fflush(stdout), 0);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    assert_int_equal(close(saved), 0);
    assert_int_equal(r, TB_OK);
    rewind(to);
    out[fread(out, 1, sizeof out - 1, to)] = '\0';
    assert_int_equal(fclose(to), 0);
    return out;
}

static void read_picture(const char *text, struct picture *p)
{
    static const char *const cell[] = { " ", "▄", "▀", "█" };
    int x = 0;

    memset(p, 0, sizeof *p);
    while (*text != '\0') {
        int c = 3;
        if (*text == '\n') {
            p->width = x;
            p->height += 2;
            x = 0;
            text++;
            continue;
        }
        while (c > 0 && strncmp(text, cell[c], strlen(cell[c])) != 0)
            c--;
        p->light[p->height][x] = (c & 2) != 0;
        p->light[p->height + 1][x++] = (c & 1) != 0;
        text += strlen(cell[c]);
    }
}

static void every_module_is_drawn_where_it_belongs(void **state)
{
    static const char *const texts[] = {
        "x", "trucban:1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    static struct picture p;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        QRcode *qr = QRcode_encodeString8bit(texts[i], 0, QR_ECLEVEL_L);
        assert_non_null(qr);
        read_picture(printed(texts[i]), &p);
        assert_int_equal(p.width, qr->width + 2 * QUIET);
        for (int y = 0; y < qr->width + 2 * QUIET; y++) {
            for (int x = 0; x < p.width; x++) {
                int mx = x - QUIET, my = y - QUIET;
                bool inside = mx >= 0 && my >= 0 && mx < qr->width && my < qr->width;
                bool dark = inside && (qr->data[my * qr->width + mx] & 1) != 0;
                assert_int_equal(p.light[y][x], !dark);
            }
        }
        QRcode_free(qr);
    }
}

static void a_text_that_fits_no_code_is_refused(void **state)
{
    char text[4000];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(qr_print(text, false), TB_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_module_is_drawn_where_it_belongs),
        cmocka_unit_test(a_text_that_fits_no_code_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
