/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_page_make.c - see bench_page.h. */
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "bench_page.h"
#include "proto/page.h"
#include "proto/wire.pb-c.h"

enum { CAPSULE_BYTES = 280, TEXT_BYTES = 600, ARENA_BYTES = 1 << 20 };

struct making {
    struct world *w;
    const struct device *from;
    struct tb_arena a;
    Tb__Header h;
    Tb__Submit m;
};

static void *take(struct making *p, size_t n)
{
    void *at = tb_arena_take(&p->a, n);

    if (!at)
        die("no memory");
    memset(at, 0, n);
    return at;
}

static ProtobufCBinaryData copy(struct making *p, const void *from, size_t n)
{
    void *at = take(p, n);

    memcpy(at, from, n);
    return tb_field(at, n);
}

static void add_capsule(struct making *p, uint32_t t, const struct tb_hash *to)
{
    Tb__WireCapsule *c = take(p, sizeof *c);
    uint8_t data[CAPSULE_BYTES];

    randombytes_buf(data, sizeof data);
    tb__wire_capsule__init(c);
    c->to_cred = copy(p, to->b, sizeof to->b);
    c->t = t;
    c->type = 2;
    c->data = copy(p, data, sizeof data);
    p->m.capsule[p->m.n_capsule++] = c;
}

static void add_tier(struct making *p, uint32_t t, const struct tb_policy_tier *tier)
{
    Tb__HeaderTier *h = take(p, sizeof *h);

    tb__header_tier__init(h);
    h->t = t;
    h->n_target = tier->n_targets;
    h->target = take(p, tier->n_targets * sizeof(Tb__Target *));
    for (size_t i = 0; i < tier->n_targets; i++) {
        const struct tb_cred *c = tb_roster_account(p->w->roster, tier->account[i]);
        h->target[i] = take(p, sizeof **h->target);
        tb__target__init(h->target[i]);
        h->target[i]->kind = TB_TARGET_ACCOUNT;
        h->target[i]->id = (char *)copy(p, tier->account[i], strlen(tier->account[i]) + 1).data;
        add_capsule(p, t, &c->hash);
    }
    p->h.tier[p->h.n_tier++] = h;
}

static void add_share(struct making *p, uint32_t t)
{
    struct tb_tier_ctx ctx = tb_tier_ctx_of(&p->h);
    struct tb_key share = tb_key_random();
    struct tb_hash commit = tb_share_commit(&ctx, t, &share);
    Tb__WireShare *w = take(p, sizeof *w);

    p->h.tier[t - 1]->share_commit = copy(p, commit.b, sizeof commit.b);
    tb__wire_share__init(w);
    w->t = t;
    w->share = copy(p, share.b, sizeof share.b);
    p->m.share[p->m.n_share++] = w;
}

static void seal_body(struct making *p, const struct tb_id *id)
{
    static const uint8_t text[TEXT_BYTES] = "Trang web bị thay giao diện";
    const struct tb_body_ctx ctx = { TB_MSG_PAGE, *id, p->from->cred };
    struct tb_key k = tb_key_random();
    struct tb_sealed s;

    if (tb_body_seal(&ctx, &k, tb_view_of(text, sizeof text), &s) != TB_OK)
        die("not sealed");
    p->m.body = copy(p, s.c.p, s.c.n);
    p->h.body_hash = copy(p, s.body_hash.b, sizeof s.body_hash.b);
    p->h.kc = copy(p, s.kc.b, sizeof s.kc.b);
    p->h.padded_len = s.padded_len;
    tb_sealed_done(&s);
}

static void fill_header(struct making *p, const struct tb_id *id, const struct tb_policy *policy)
{
    static const uint8_t zero[TB_HASH_BYTES];
    struct tb_hash head = tb_roster_head(p->w->roster);
    Tb__Header *h = &p->h;

    tb__header__init(h);
    h->suite = TB_SUITE;
    h->type = TB_MSG_PAGE;
    h->msg_id = copy(p, id->b, sizeof id->b);
    h->prev_seen = copy(p, zero, sizeof zero);
    h->sender_cred = copy(p, p->from->cred.b, TB_HASH_BYTES);
    h->roster = take(p, sizeof *h->roster);
    tb__head__init(h->roster);
    h->roster->size = tb_roster_size(p->w->roster);
    h->roster->hash = copy(p, head.b, sizeof head.b);
    h->page_class = 2;
    h->policy_hash = copy(p, policy->hash.b, TB_HASH_BYTES);
    h->created_ms = (int64_t)time(NULL) * 1000;
    h->expires_ms = h->created_ms + 86400000;
    h->tlp = TB_TLP_AMBER;
}

static void hash_recipients(struct making *p)
{
    struct tb_recipient *list = take(p, p->m.n_capsule * sizeof *list);

    for (size_t i = 0; i < p->m.n_capsule; i++) {
        list[i].t = p->m.capsule[i]->t;
        list[i].cred = tb_hash_from(p->m.capsule[i]->to_cred.data);
        memcpy(list[i].account, tb_roster_cred(p->w->roster, &list[i].cred)->account,
               sizeof list[i].account);
    }
    struct tb_hash hash = tb_recipients_hash(list, p->m.n_capsule);
    p->h.recipients_hash = copy(p, hash.b, sizeof hash.b);
}

void page_make(struct world *w, const struct device *from, const char *policy, uint32_t no,
               struct ready_page *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf header = { 0 };
    const struct tb_policy *rules = tb_roster_policy_by_id(w->roster, policy);
    struct making p = { .w = w, .from = from };

    if (!rules)
        die("no policy %s", policy);
    *ret = (struct ready_page){ .id = tb_id_random() };
    memcpy(ret->id.b, &no, sizeof no);
    tb_arena_init(&p.a, ARENA_BYTES);
    fill_header(&p, &ret->id, rules);
    tb__submit__init(&p.m);
    p.m.capsule = take(&p, TB_CAPSULES_MAX * sizeof(Tb__WireCapsule *));
    p.m.share = take(&p, TB_TIERS_MAX * sizeof(Tb__WireShare *));
    p.h.tier = take(&p, TB_TIERS_MAX * sizeof(Tb__HeaderTier *));
    seal_body(&p, &ret->id);
    for (uint32_t t = 1; t <= rules->n_tiers; t++) {
        add_tier(&p, t, &rules->tier[t - 1]);
        add_share(&p, t);
    }
    hash_recipients(&p);
    if (tb_signed_make(TB_TYPE_HEADER, &w->id, &p.h.base, &from->sign, &header) != TB_OK)
        die("not signed");
    p.m.header_signed = tb_field(header.p, header.n);
    if (tb_pack(&p.m.base, &ret->submit) != TB_OK)
        die("no memory");
    tb_arena_done(&p.a);
}
