/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pieces.c - limits first, memory after. */
#include "server/pieces.h"

enum {
    FREE_PIECES = 64,      /* a message may come in this many pieces ... */
    PIECE_MIN_BYTES = 256, /* ... and one more for each of these */
};

enum pieces_verdict pieces_add(struct pieces *p, const struct piece *piece, size_t most,
                               struct tb_view *ret_whole)
{
    size_t n = piece->bytes.n;

    if (piece->first)
        pieces_reset(p);
    p->count++;
    if (piece->rest > most || n > most - piece->rest || p->sofar.n > most - piece->rest - n)
        return PIECES_TOO_LARGE;
    if (p->count > FREE_PIECES + (p->sofar.n + n) / PIECE_MIN_BYTES)
        return PIECES_TOO_MANY;
    bool whole = piece->last && piece->rest == 0;
    if (whole && p->sofar.n == 0) {
        *ret_whole = piece->bytes; /* the usual case: nothing to copy */
        return PIECES_WHOLE;
    }
    tb_put(&p->sofar, piece->bytes.p, n);
    if (tb_buf_check(&p->sofar) != TB_OK)
        return PIECES_NOMEM;
    if (!whole)
        return PIECES_MORE;
    *ret_whole = tb_buf_view(&p->sofar);
    return PIECES_WHOLE;
}

void pieces_reset(struct pieces *p)
{
    tb_buf_done(&p->sofar);
    p->count = 0;
}
