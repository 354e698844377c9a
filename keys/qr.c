/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.c - see qr.h.  Light modules are drawn, dark ones left out: right on a dark
 * terminal, and most readers take the other way round as well. */
#include "keys/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdio.h>

enum { QUIET = 4 /* light modules around, as ISO/IEC 18004 asks */ };

TB_DEFINE_CLEANUP(QRcode, QRcode_free)

static bool light(const QRcode *qr, int x, int y)
{
    if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
        return y < qr->width + QUIET;
    return (qr->data[y * qr->width + x] & 1) == 0;
}

static void print_row(const QRcode *qr, int y)
{
    static const char *const cell[] = { " ", "▄", "▀", "█" };

    for (int x = -QUIET; x < qr->width + QUIET; x++)
        (void)fputs(cell[(light(qr, x, y) ? 2 : 0) + (light(qr, x, y + 1) ? 1 : 0)], stdout);
}

tb_result qr_print(const char *text, bool coloured)
{
    TB_CLEANUP(QRcode_freep) QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

    if (qr == NULL)
        return errno == ERANGE ? TB_E_LIMIT : TB_E_NOMEM;
    for (int y = -QUIET; y < qr->width + QUIET; y += 2) {
        (void)fputs(coloured ? "\033[40;97m" : "", stdout);
        print_row(qr, y);
        (void)puts(coloured ? "\033[0m" : "");
    }
    return TB_OK;
}
