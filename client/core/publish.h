/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publish.h - one errand to the relay that somebody waits for: its parts, the worst answer, the callback. */
#pragma once

#include "client/core/tbc.h"

struct publish {
    tbc_done_fn *done;
    void *user;
    uint64_t turn; /* it began in; its end is told in a later one */
    size_t open;   /* answers that are still to come */
    bool sealed;   /* no more parts will be added */
    tb_result worst;
    char text[300];
    struct tb_buf data;
};

/* TB_E_OFFLINE; TB_E_LIMIT: another errand is under way. */
tb_result publish_begin(struct tbc *c, tbc_done_fn *done, void *user);
tb_result publish_part(struct tbc *c, enum tb_op op, const ProtobufCMessage *m);
/* Says how one part went; the first bad one is remembered. */
void publish_note(struct tbc *c, tb_result r, const char *text);
