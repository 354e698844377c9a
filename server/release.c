/* SPDX-License-Identifier: GPL-3.0-or-later */
/* release.c - see release.h.  The share travels beside the statement, unsigned, and only to devices
 * of the tier: so a release can be shown as evidence without giving anything away. */
#include "server/release.h"

#include <string.h>

#include "server/audience.h"
#include "server/latecomer.h"
#include "server/mailbox.h"

static uint32_t wire_step(enum esc_step_kind k)
{
    switch (k) {
    case ESC_RELEASE:
        return TB_RELEASE_TIER;
    case ESC_SKIP:
        return TB_RELEASE_SKIP;
    case ESC_NOBODY:
        break;
    }
    return TB_RELEASE_NOBODY;
}

/* Whom the step calls: the tier's accounts, or the sender's for a test page; nobody otherwise. */
static size_t called(const struct page *p, const struct esc_step *step,
                     char *ret[static TB_TARGETS_MAX])
{
    const char *const sender[] = { p->is.sender };
    size_t n = 0;

    if (step->kind != ESC_RELEASE)
        return 0;
    if (!p->policy) {
        ret[n++] = (char *)(uintptr_t)sender[0]; /* protobuf-c has no const; packing only reads */
        return n;
    }
    const struct tb_policy_tier *tier = &p->policy->tier[step->tier - 1];
    for (; n < tier->n_targets; n++)
        ret[n] = (char *)(uintptr_t)tier->account[n];
    return n;
}

static tb_result sign(struct relay *r, const struct page *p, const struct esc_step *step,
                      int64_t now_ms, struct tb_buf *ret)
{
    char *accounts[TB_TARGETS_MAX];
    struct tb_id nonce = tb_id_random();
    Tb__Release m;

    tb__release__init(&m);
    m.relay_id = tb_field(r->relay_id.b, sizeof r->relay_id.b);
    m.era = store_era(r->store);
    m.page_id = tb_field(p->is.id.b, sizeof p->is.id.b);
    m.header_hash = tb_field(p->is.header_hash.b, sizeof p->is.header_hash.b);
    m.release_no = p->st.release_no + 1;
    m.prev_release_hash = tb_field(p->st.release_hash.b, sizeof p->st.release_hash.b);
    m.round = step->round;
    m.loop = step->loop;
    m.t = step->tier;
    m.step = wire_step(step->kind);
    m.policy_hash = tb_field(p->is.policy_hash.b, sizeof p->is.policy_hash.b);
    m.n_account = called(p, step, accounts);
    m.account = accounts;
    m.nonce = tb_field(nonce.b, sizeof nonce.b);
    m.time_ms = now_ms;
    return signer_sign(r->signer, TB_TYPE_RELEASE, tb_roster_id(r->roster), &m.base, ret);
}

static tb_result hash_of(struct tb_view release_signed, struct tb_hash *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_result res = tb_signed_parse(&a, release_signed, &s);
    if (res == TB_OK)
        *ret = tb_release_hash(s.payload);
    return res;
}

static bool in_tier(const struct page *p, uint32_t t, const struct tb_hash *cred)
{
    for (size_t i = 0; i < p->to.n; i++)
        if (p->to.at[i].t == t && tb_hash_equal(&p->to.at[i].cred, cred))
            return true;
    return false;
}

/* A coordinator who is told that nobody answers hears from then on of everything, above all of who takes
 * it after all; so he gets the page as well, from whom and which class, if not its text. */
static tb_result add_coordinators(struct relay *r, struct page *p, int64_t now_ms)
{
    const struct tb_cred *c;
    tb_result res = TB_OK;
    size_t i = 0;

    while (res == TB_OK && (c = tb_roster_next_cred(r->roster, &i)))
        if (c->role == TB_ROLE_COORDINATOR && c->standing == TB_STANDING_GOOD &&
            strcmp(c->account, p->is.sender) != 0 && !page_names(p, &c->hash))
            res = latecomer_add(r, p, c, 0, now_ms);
    if (res != TB_OK)
        return res;
    store_recipients_done(&p->to);
    return store_recipients(r->store, p->is.no, &p->to);
}

static tb_result send(struct relay *r, const struct page *p, const struct esc_step *step,
                      uint64_t statement, int64_t now_ms)
{
    TB_CLEANUP(audience_done) struct audience to = { .r = r };

    audience_add_account(&to, p->is.sender);
    audience_add_recipients(&to, &p->to);
    tb_result res = audience_settle(&to);
    bool shares = step->kind == ESC_RELEASE && step->tier;
    for (size_t i = 0; i < to.n && res == TB_OK; i++) {
        struct store_mail m = {
            .kind = TB_ENV_RELEASE,
            .page = p->is.no,
            .statement = statement,
            .share_t = shares && in_tier(p, step->tier, &to.cred[i]) ? step->tier : 0,
            .at_ms = now_ms,
        };
        res = mailbox_put(r, &to.cred[i], &m);
    }
    return res;
}

/* Signed and stored, not yet sent. */
static tb_result put(struct relay *r, const struct page *p, const struct esc_step *step,
                     int64_t now_ms, struct store_release *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    struct store_release rel = {
        .no = p->st.release_no + 1,
        .round = step->round,
        .t = step->tier,
        .step = wire_step(step->kind),
    };
    tb_result res = sign(r, p, step, now_ms, &packed);

    if (res == TB_OK)
        res = hash_of(tb_buf_view(&packed), &rel.hash);
    if (res == TB_OK)
        res = store_blob_put(r->store, p->is.no, tb_buf_view(&packed), &rel.statement);
    if (res == TB_OK)
        res = store_release_put(r->store, p->is.no, &rel);
    if (res == TB_OK)
        *ret = rel;
    return res;
}

tb_result release_write(struct relay *r, struct page *p, const struct esc_step *step,
                        int64_t now_ms)
{
    struct store_release rel;
    tb_result res = put(r, p, step, now_ms, &rel);

    if (res == TB_OK && step->kind == ESC_NOBODY)
        res = add_coordinators(r, p, now_ms);
    if (res == TB_OK)
        res = send(r, p, step, rel.statement, now_ms);
    if (res != TB_OK)
        return res;
    p->st.release_no = rel.no;
    p->st.release_hash = rel.hash;
    if (step->kind == ESC_RELEASE && step->tier)
        p->st.ever_released |= (uint16_t)(1u << step->tier);
    r->stats.releases++;
    return TB_OK;
}

tb_result release_give_up(struct relay *r, const struct store_page *is, int64_t now_ms)
{
    TB_CLEANUP(page_done) struct page p = { .is = *is };
    struct store_release last = { .round = 1 }, rel;
    tb_result res = store_release_last(r->store, is->no, &last);

    if (res != TB_OK && res != TB_E_NOTFOUND)
        return res;
    p.st.release_no = last.no;
    p.st.release_hash = last.hash;
    if (store_recipients(r->store, is->no, &p.to) != TB_OK)
        store_recipients_done(&p.to); /* its sender at least */
    const struct esc_step step = { .kind = ESC_NOBODY, .round = last.round };
    res = put(r, &p, &step, now_ms, &rel);
    return res == TB_OK ? send(r, &p, &step, rel.statement, now_ms) : res;
}
