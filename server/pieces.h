/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pieces.h - puts the pieces of one websocket message together, within limits.
 *
 * A peer announces a length and may send it in as many frames as he likes.  What does not fit is refused at the
 * first piece that says so, before memory is taken; many tiny pieces are refused for the work they make. */
#pragma once

#include "proto/bytes.h"

struct pieces {
    struct tb_buf sofar;
    unsigned count;
};

struct piece {
    struct tb_view bytes;
    size_t rest; /* what its frame announces beyond these bytes */
    bool first, last;
};

enum pieces_verdict {
    PIECES_MORE,
    PIECES_WHOLE,
    PIECES_TOO_LARGE,
    PIECES_TOO_MANY,
    PIECES_NOMEM,
};

/* PIECES_WHOLE: *ret_whole is the message, borrowed until pieces_reset.  `most`: bytes that it may have. */
enum pieces_verdict pieces_add(struct pieces *p, const struct piece *piece, size_t most,
                               struct tb_view *ret_whole);
/* Frees what was collected; an idle connection keeps no buffer. */
void pieces_reset(struct pieces *p);
