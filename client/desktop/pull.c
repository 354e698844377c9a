/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pull.c - see pull.h. */
#include "client/desktop/pull.h"

struct pull_call pull_next(struct pull *p)
{
    if (!p->begun)
        return (struct pull_call){ PULL_FIRST, 0, 0 };
    if (p->open_before)
        return (struct pull_call){ PULL_OPEN, 0, p->open_before };
    if (p->news_before)
        return (struct pull_call){ PULL_NEWS, p->since, p->news_before };
    if (p->nudged) {
        p->nudged = false; /* what changes from now on is asked for once more */
        return (struct pull_call){ PULL_NEWS, p->since, 0 };
    }
    if (p->wanted && p->older)
        return (struct pull_call){ PULL_OLDER, 0, p->older };
    return (struct pull_call){ PULL_NOTHING, 0, 0 };
}

static void took_news(struct pull *p, const struct pull_call *call, uint64_t change, uint64_t older)
{
    if (call->before == 0)
        p->news_change = change;
    p->news_before = older;
    if (older == 0)
        p->since = p->news_change;
}

void pull_took(struct pull *p, const struct pull_call *call, uint64_t change, uint64_t older)
{
    switch (call->what) {
    case PULL_FIRST:
        p->begun = true;
        p->since = change;
        p->older = p->open_before = older;
        break;
    case PULL_OPEN:
        p->open_before = older;
        break;
    case PULL_NEWS:
        took_news(p, call, change, older);
        break;
    case PULL_OLDER:
        p->older = older;
        p->wanted = false;
        break;
    case PULL_NOTHING:
        break;
    }
}

void pull_failed(struct pull *p, const struct pull_call *call)
{
    if (call->what == PULL_NEWS)
        p->nudged = true;
}

bool pull_is_level(const struct pull *p)
{
    return p->begun && p->open_before == 0;
}
