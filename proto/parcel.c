/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parcel.c - see parcel.h. */
#include "proto/parcel.h"

#include <string.h>

static const char magic[] = "trucban-parcel-1\n";

tb_result tb_parcel_encode(const Tb__Parcel *p, struct tb_buf *ret)
{
    tb_put(ret, magic, sizeof magic - 1);
    return tb_pack(&p->base, ret);
}

tb_result tb_parcel_decode(struct tb_arena *a, struct tb_view file, Tb__Parcel **ret)
{
    size_t skip = sizeof magic - 1;

    if (file.n < skip || file.n > TB_PARCEL_MAX || memcmp(file.p, magic, skip) != 0)
        return TB_E_TRUNCATED;
    return tb_unpack(a, &tb__parcel__descriptor, tb_view_of(file.p + skip, file.n - skip), ret);
}
