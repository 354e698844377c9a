/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal.h - a page on its way out: from plaintext to rows and outbox, in the caller's transaction. */
#pragma once

#include "client/core/leaf.h"

/* What a page is to say and to whom. */
struct letter {
    enum tb_msg_type type;
    const struct tb_policy *policy; /* NULL: a test page, to my own devices */
    uint32_t page_class, tlp;
    bool drill;
    struct tb_view plain; /* packed Content */
    const char *title, *kind;
};
tb_result seal_letter(struct tbc *c, const struct letter *letter, struct tb_id *ret_page);
