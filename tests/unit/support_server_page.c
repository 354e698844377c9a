/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_server_page.c - pages, acts and receipts of the clients of support_server_world.h. */
#include "support_server_world.h"

static void *take(struct client *c, size_t n)
{
    void *p = tb_arena_take(&c->arena, n);

    assert_non_null(p);
    memset(p, 0, n);
    return p;
}

static ProtobufCBinaryData copy(struct client *c, const void *p, size_t n)
{
    void *at = take(c, n);

    memcpy(at, p, n);
    return tb_field(at, n);
}

/* ---- pages */

static void add_capsule(struct client *c, struct wpage *p, uint32_t t, const struct tb_cred *to)
{
    Tb__WireCapsule *w = take(c, sizeof *w);
    uint8_t data[200];

    randombytes_buf(data, sizeof data); /* the relay cannot tell it from a ratchet message */
    tb__wire_capsule__init(w);
    w->to_cred = copy(c, to->hash.b, sizeof to->hash.b);
    w->t = t;
    w->type = 2;
    w->data = copy(c, data, sizeof data);
    p->m.capsule[p->m.n_capsule++] = w;
}

static void add_account(struct client *c, struct wpage *p, uint32_t t, const char *account)
{
    const struct tb_cred *to;
    size_t i = 0;

    while ((to = tb_roster_next_cred(c->w->p.roster, &i)))
        if (strcmp(to->account, account) == 0 && to->standing == TB_STANDING_GOOD &&
            !tb_hash_equal(&to->hash, &c->d->cred))
            add_capsule(c, p, t, to);
}

static void add_tier(struct client *c, struct wpage *p, uint32_t t,
                     const struct tb_policy_tier *tier)
{
    Tb__HeaderTier *h = take(c, sizeof *h);

    tb__header_tier__init(h);
    h->t = t;
    h->n_target = tier->n_targets;
    h->target = take(c, tier->n_targets * sizeof *h->target);
    for (size_t i = 0; i < tier->n_targets; i++) {
        h->target[i] = take(c, sizeof **h->target);
        tb__target__init(h->target[i]);
        h->target[i]->kind = TB_TARGET_ACCOUNT;
        h->target[i]->id = take(c, strlen(tier->account[i]) + 1);
        memcpy(h->target[i]->id, tier->account[i], strlen(tier->account[i]));
        add_account(c, p, t, tier->account[i]);
    }
    p->h.tier[p->h.n_tier++] = h;
}

static void add_share(struct client *c, struct wpage *p, uint32_t t)
{
    struct tb_tier_ctx ctx = tb_tier_ctx_of(&p->h);
    Tb__WireShare *w = take(c, sizeof *w);

    p->share[t - 1] = tb_key_random();
    struct tb_hash commit = tb_share_commit(&ctx, t, &p->share[t - 1]);
    p->h.tier[t - 1]->share_commit = copy(c, commit.b, sizeof commit.b);
    tb__wire_share__init(w);
    w->t = t;
    w->share = copy(c, p->share[t - 1].b, TB_KEY_BYTES);
    p->m.share[p->m.n_share++] = w;
}

static void seal(struct client *c, struct wpage *p)
{
    static const char text[TB_TEXT_MAX] = "Trang web sở bị thay giao diện";
    struct tb_body_ctx ctx = { TB_MSG_PAGE, p->id, c->d->cred };
    struct tb_sealed sealed;

    p->k = tb_key_random();
    assert_int_equal(tb_body_seal(&ctx, &p->k, tb_view_of(text, c->w->text_bytes), &sealed), TB_OK);
    p->m.body = copy(c, sealed.c.p, sealed.c.n);
    p->body = tb_field_view(&p->m.body);
    p->h.body_hash = copy(c, sealed.body_hash.b, sizeof sealed.body_hash.b);
    p->h.kc = copy(c, sealed.kc.b, sizeof sealed.kc.b);
    p->h.padded_len = sealed.padded_len;
    tb_sealed_done(&sealed);
}

static void fill_header(struct client *c, struct wpage *p, const struct tb_policy *policy,
                        uint32_t page_class)
{
    static const uint8_t zero[TB_HASH_BYTES];
    struct tb_hash head = tb_roster_head(c->w->p.roster);
    Tb__Header *h = &p->h;

    tb__header__init(h);
    h->suite = TB_SUITE;
    h->type = TB_MSG_PAGE;
    h->msg_id = copy(c, p->id.b, sizeof p->id.b);
    h->prev_seen = copy(c, zero, sizeof zero);
    h->sender_cred = copy(c, c->d->cred.b, TB_HASH_BYTES);
    h->roster = take(c, sizeof *h->roster);
    tb__head__init(h->roster);
    h->roster->size = tb_roster_size(c->w->p.roster);
    h->roster->hash = copy(c, head.b, sizeof head.b);
    h->page_class = page_class;
    h->policy_hash = copy(c, policy ? policy->hash.b : zero, TB_HASH_BYTES);
    h->created_ms = c->w->now;
    h->expires_ms = c->w->now + 86400000;
    h->tlp = TB_TLP_AMBER;
    h->drill = !policy;
}

void world_page_recipients(struct client *c, struct wpage *p)
{
    struct tb_recipient *list = take(c, (p->m.n_capsule + 1) * sizeof *list);

    for (size_t i = 0; i < p->m.n_capsule; i++) {
        struct tb_hash cred = tb_hash_from(p->m.capsule[i]->to_cred.data);
        const struct tb_cred *to = tb_roster_cred(c->w->p.roster, &cred);
        list[i].t = p->m.capsule[i]->t;
        list[i].cred = cred;
        if (to)
            memcpy(list[i].account, to->account, sizeof list[i].account);
    }
    struct tb_hash hash = tb_recipients_hash(list, p->m.n_capsule);
    p->h.recipients_hash = copy(c, hash.b, sizeof hash.b);
}

void world_page_sign(struct client *c, struct wpage *p)
{
    struct tb_signed s;

    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_HEADER, &p->h.base);
    p->m.header_signed = copy(c, packed.p, packed.n);
    assert_int_equal(tb_signed_parse(&c->arena, tb_buf_view(&packed), &s), TB_OK);
    p->header_hash = tb_header_hash(s.payload);
}

struct wpage world_page(struct client *c, const char *policy_id, uint32_t page_class)
{
    const struct tb_policy *policy =
        policy_id ? tb_roster_policy_by_id(c->w->p.roster, policy_id) : NULL;
    struct wpage p = { .id = tb_id_random() };

    assert_true(policy || !policy_id);
    fill_header(c, &p, policy, page_class);
    tb__submit__init(&p.m);
    p.m.capsule = take(c, TB_CAPSULES_MAX * sizeof *p.m.capsule);
    p.m.share = take(c, WORLD_TIERS * sizeof *p.m.share);
    p.h.tier = take(c, WORLD_TIERS * sizeof *p.h.tier);
    seal(c, &p);
    for (uint32_t t = 1; policy && t <= policy->n_tiers; t++) {
        add_tier(c, &p, t, &policy->tier[t - 1]);
        add_share(c, &p, t);
    }
    add_account(c, &p, 0, c->d->account);
    world_page_recipients(c, &p);
    world_page_sign(c, &p);
    return p;
}

tb_result world_submit(struct client *c, struct wpage *p)
{
    return world_ask(c, TB_OP_SUBMIT, &p->m.base);
}

/* ---- acts */

Tb__Act *world_act(struct client *c, const struct wpage *p, enum tb_act_kind kind, size_t release)
{
    static const uint8_t zero[TB_HASH_BYTES];
    struct tb_hash head = tb_roster_head(c->w->p.roster), cited = { 0 };
    struct tb_id id = tb_id_random();
    Tb__Act *m = take(c, sizeof *m);

    tb__act__init(m);
    m->suite = TB_SUITE;
    m->kind = kind;
    m->round = 1;
    if (release != SIZE_MAX) {
        const Tb__Release *rel = world_release(c, release);
        cited = world_release_hash(c, release);
        m->round = rel->round;
        m->t = rel->t;
    }
    m->act_id = copy(c, id.b, sizeof id.b);
    m->page_id = copy(c, p->id.b, sizeof p->id.b);
    m->header_hash = copy(c, p->header_hash.b, TB_HASH_BYTES);
    m->actor_cred = copy(c, c->d->cred.b, TB_HASH_BYTES);
    m->account = c->d->account;
    m->release_hash = copy(c, cited.b, sizeof cited.b);
    m->era = c->era;
    m->time_ms = c->w->now;
    m->act_no = ++c->act_no;
    m->prev_act_hash = copy(c, m->act_no == 1 ? zero : head.b, TB_HASH_BYTES);
    m->roster = take(c, sizeof *m->roster);
    tb__head__init(m->roster);
    m->roster->size = tb_roster_size(c->w->p.roster);
    m->roster->hash = copy(c, head.b, sizeof head.b);
    m->detail_hash = m->detail_kc = copy(c, zero, sizeof zero);
    return m;
}

tb_result world_put_act(struct client *c, const Tb__Act *act)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_ACT, &act->base);
    Tb__ActPut m;

    tb__act_put__init(&m);
    m.act_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_ACT, &m.base);
}

/* The newest release that calls this account. */
static size_t my_release(struct client *c)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < world_count(c, TB_ENV_RELEASE); i++) {
        const Tb__Release *m = world_release(c, i);
        for (size_t j = 0; j < m->n_account; j++)
            if (strcmp(m->account[j], c->d->account) == 0)
                found = i;
    }
    return found;
}

tb_result world_accept(struct client *c, const struct wpage *p)
{
    Tb__Act *m = world_act(c, p, TB_ACT_ACCEPT, my_release(c));

    m->eta_min = 10;
    return world_put_act(c, m);
}

tb_result world_decline(struct client *c, const struct wpage *p)
{
    return world_put_act(c, world_act(c, p, TB_ACT_DECLINE, my_release(c)));
}

tb_result world_receipt(struct client *c, const struct wpage *p, enum tb_receipt_kind kind,
                        size_t release)
{
    struct tb_hash cited = { 0 };
    Tb__Receipt m;
    Tb__ReceiptPut put;

    if (release != SIZE_MAX)
        cited = world_release_hash(c, release);
    tb__receipt__init(&m);
    m.kind = kind;
    m.page_id = tb_field(p->id.b, sizeof p->id.b);
    m.header_hash = tb_field(p->header_hash.b, TB_HASH_BYTES);
    m.cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.release_hash = tb_field(cited.b, sizeof cited.b);
    m.time_ms = c->w->now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_RECEIPT, &m.base);
    tb__receipt_put__init(&put);
    put.receipt_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_RECEIPT, &put.base);
}
