/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_note.h - sealed notes of 600 bytes for the world's takers. */
#pragma once

#include "bench_wire.h"

struct notes {
    struct tb_buf body[WORLD_TAKERS]; /* packed NotePut */
};
void notes_make(struct world *w, struct notes *ret);
void notes_done(struct notes *n);
/* Nothing waits for any taker any more. */
void notes_empty(struct world *w);
