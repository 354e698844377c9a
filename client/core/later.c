/* SPDX-License-Identifier: GPL-3.0-or-later */
/* later.c - calls of core.h that are not served yet. */
#include "client/core/parts.h"

tb_result tbc_roster_export(struct tbc *c, struct tb_buf *ret)
{
    (void)c;
    (void)ret;
    return TB_E_RESERVED;
}

tb_result tbc_roster_publish(struct tbc *c, struct tb_view parcel, tbc_done_fn *done, void *user)
{
    (void)c;
    (void)parcel;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}

tb_result tbc_enrol_requests(struct tbc *c, tbc_done_fn *done, void *user)
{
    (void)c;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}

tb_result tbc_policy_make(struct tbc *c, const struct tb_policy *p, const uint32_t *classes,
                          size_t n_classes, struct tb_buf *ret_parcel, struct tbc_why *why)
{
    (void)c;
    (void)p;
    (void)classes;
    (void)n_classes;
    (void)ret_parcel;
    (void)why;
    return TB_E_RESERVED;
}

tb_result tbc_roster_cosign(struct tbc *c, struct tb_view parcel, struct tb_buf *ret_parcel,
                            struct tbc_why *why)
{
    (void)c;
    (void)parcel;
    (void)ret_parcel;
    (void)why;
    return TB_E_RESERVED;
}

tb_result tbc_suspend(struct tbc *c, const char *account, enum tb_removal_reason reason,
                      tbc_done_fn *done, void *user)
{
    (void)c;
    (void)account;
    (void)reason;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}

void publish_tell(struct tbc *c)
{
    (void)c;
}

void publish_free(struct tbc *c)
{
    (void)c;
}
