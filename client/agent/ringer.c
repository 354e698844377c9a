/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ringer.c - see ringer.h. */
#include "client/agent/ringer.h"

#include <string.h>

/* Copies text and cuts it at a character's border. */
static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = from ? strnlen(from, size) : 0;

    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    }
    if (n > 0)
        memcpy(to, from, n);
    to[n] = '\0';
}

static struct ringer_item *find(struct ringer *r, const struct tb_id *page)
{
    for (size_t i = 0; i < r->n; i++)
        if (tb_id_equal(&r->item[i].page, page))
            return &r->item[i];
    return NULL;
}

const struct ringer_item *ringer_find(const struct ringer *r, const struct tb_id *page)
{
    for (size_t i = 0; i < r->n; i++)
        if (tb_id_equal(&r->item[i].page, page))
            return &r->item[i];
    return NULL;
}

/* Nobody can end it by an answer. */
static bool has_no_answer(const struct ringer_item *i)
{
    return i->why == TBC_RING_ROSTER || i->why == TBC_RING_UNVERIFIED;
}

/* Should `a` give way before `b`? */
static bool lesser(const struct ringer_item *a, const struct ringer_item *b)
{
    if (a->drill != b->drill)
        return a->drill;
    if ((a->why == TBC_RING_UNVERIFIED) != (b->why == TBC_RING_UNVERIFIED))
        return a->why == TBC_RING_UNVERIFIED;
    if (a->page_class != b->page_class)
        return a->page_class > b->page_class;
    return a->since_ms < b->since_ms;
}

/* A place for a new alarm: a free one, or that of the least important. */
static struct ringer_item *place(struct ringer *r, const struct ringer_item *newcomer)
{
    if (r->n < RINGER_MAX)
        return &r->item[r->n++];
    struct ringer_item *least = &r->item[0];
    for (size_t i = 1; i < r->n; i++)
        if (lesser(&r->item[i], least))
            least = &r->item[i];
    return lesser(newcomer, least) ? NULL : least;
}

static uint32_t repeat_of(const struct tbc_ring *ring)
{
    if (ring->repeat_s == 0)
        return RINGER_REPEAT_DEFAULT_S;
    return ring->repeat_s < TB_REPEAT_S_MIN ? TB_REPEAT_S_MIN : ring->repeat_s;
}

void ringer_start(struct ringer *r, const struct tbc_ring *ring, int64_t now_ms, int64_t wall_ms)
{
    struct ringer_item new = { .page = ring->page_id,
                               .why = ring->why,
                               .page_class = ring->page_class,
                               .drill = ring->drill,
                               .repeat_s = repeat_of(ring),
                               .since_ms = wall_ms,
                               .next_ms = now_ms };
    copy_text(new.sender, sizeof new.sender, ring->sender);
    copy_text(new.agency, sizeof new.agency, ring->agency);
    copy_text(new.title, sizeof new.title, ring->title);

    struct ringer_item *at = find(r, &ring->page_id);
    if (at) {
        new.since_ms = at->since_ms;
        new.rings = at->rings;
    } else {
        at = place(r, &new);
    }
    if (at)
        *at = new;
}

bool ringer_quiet(struct ringer *r, const struct tb_id *page)
{
    struct ringer_item *i = find(r, page);

    if (!i)
        return false;
    *i = r->item[--r->n];
    return true;
}

void ringer_seen(struct ringer *r, const struct tb_id *page, int64_t now_ms)
{
    struct ringer_item *i = find(r, page);

    if (!i || i->next_ms == INT64_MAX)
        return;
    uint32_t rest_s = i->repeat_s > RINGER_SEEN_REST_S ? i->repeat_s : RINGER_SEEN_REST_S;
    i->next_ms = now_ms + rest_s * INT64_C(1000);
}

size_t ringer_due(struct ringer *r, int64_t now_ms, size_t ret[static RINGER_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        struct ringer_item *item = &r->item[i];
        if (item->next_ms > now_ms)
            continue;
        item->rings++;
        r->rings++;
        item->next_ms = now_ms + item->repeat_s * INT64_C(1000);
        if (has_no_answer(item) && item->rings >= RINGER_ROSTER_RINGS)
            item->next_ms = INT64_MAX;
        ret[n++] = i;
    }
    return n;
}

int64_t ringer_next(const struct ringer *r)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < r->n; i++)
        if (r->item[i].next_ms < next)
            next = r->item[i].next_ms;
    return next;
}

bool ringer_present(struct ringer *r, const struct tb_id *page)
{
    struct ringer_item *i = find(r, page);

    if (!i || i->presented || i->page_class != 1 || i->why == TBC_RING_ROSTER ||
        !ringer_audible(r, i))
        return false;
    i->presented = true;
    return true;
}

bool ringer_audible(const struct ringer *r, const struct ringer_item *i)
{
    if (!i->drill)
        return true;
    for (size_t k = 0; k < r->n; k++)
        if (!r->item[k].drill)
            return false;
    return true;
}
