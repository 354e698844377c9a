/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parcel.h - files carried by hand between the offline tool, the relay and devices.
 *
 * One container for all of them: a line "trucban-parcel-1" and a packed Parcel
 * (wire.proto).  Whatever is inside is signed and verified by who takes it; the
 * container itself proves nothing. */
#pragma once

#include "proto/unpack.h"
#include "proto/wire.pb-c.h"

enum { TB_PARCEL_MAX = 64 * 1024 * 1024 }; /* a full roster of TB_ROSTER_MAX small entries */

/* Appends the file's bytes to *ret. */
tb_result tb_parcel_encode(const Tb__Parcel *p, struct tb_buf *ret);

/* TB_E_TRUNCATED: not a parcel, or damaged.  The message lives in the arena, whose cap must allow it. */
tb_result tb_parcel_decode(struct tb_arena *a, struct tb_view file, Tb__Parcel **ret);
