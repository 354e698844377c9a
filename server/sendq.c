/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sendq.c - a list with a block for each message. */
#include "server/sendq.h"

#include <stdlib.h>
#include <string.h>

struct sendq_item {
    struct sendq_item *next;
    size_t head, n;
    uint8_t room[];
};

tb_result sendq_put(struct sendq *q, size_t head, struct tb_view message)
{
    struct sendq_item *i = malloc(sizeof *i + head + message.n);

    if (!i)
        return TB_E_NOMEM;
    *i = (struct sendq_item){ .head = head, .n = message.n };
    if (message.n > 0)
        memcpy(i->room + head, message.p, message.n);
    if (q->last)
        q->last->next = i;
    else
        q->first = i;
    q->last = i;
    q->bytes += message.n;
    return TB_OK;
}

bool sendq_first(const struct sendq *q, uint8_t **ret, size_t *ret_n)
{
    if (!q->first)
        return false;
    *ret = q->first->room + q->first->head;
    *ret_n = q->first->n;
    return true;
}

void sendq_drop(struct sendq *q)
{
    struct sendq_item *i = q->first;

    q->bytes -= i->n;
    q->first = i->next;
    if (!q->first)
        q->last = NULL;
    free(i);
}

void sendq_clear(struct sendq *q)
{
    while (q->first)
        sendq_drop(q);
}
