/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy.c - a coordinator's signature under a policy, first or second (core.h). */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"
#include "proto/parcel.h"

static tb_result no(struct tbc_why *why, tb_result r, const char *text)
{
    if (why)
        copy_text(why->text, sizeof why->text, text);
    return r;
}

struct policy_parts {
    Tb__Policy m;
    Tb__PolicyTier tier[TB_TIERS_MAX], *tiers[TB_TIERS_MAX];
    Tb__Target target[TB_TIERS_MAX][TB_TARGETS_MAX], *targets[TB_TIERS_MAX][TB_TARGETS_MAX];
    uint32_t page_class[3];
};

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)s; /* packing only reads */
}

static void fill_tier(const struct tb_policy_tier *from, size_t t, struct policy_parts *p)
{
    Tb__PolicyTier *tier = &p->tier[t];

    tb__policy_tier__init(tier);
    p->tiers[t] = tier;
    tier->t = (uint32_t)t + 1;
    tier->wait_s = from->wait_s;
    tier->repeat_s = from->repeat_s;
    tier->n_target = from->n_targets;
    tier->target = p->targets[t];
    for (size_t i = 0; i < from->n_targets; i++) {
        tb__target__init(&p->target[t][i]);
        p->target[t][i].kind = TB_TARGET_ACCOUNT;
        p->target[t][i].id = text_of(from->account[i]);
        p->targets[t][i] = &p->target[t][i];
    }
}

static void fill_policy(const struct tb_policy *from, const uint32_t *classes, size_t n_classes,
                        struct policy_parts *p)
{
    tb__policy__init(&p->m);
    p->m.id = text_of(from->id);
    p->m.name = text_of(from->name);
    p->m.n_tier = from->n_tiers;
    p->m.tier = p->tiers;
    for (size_t t = 0; t < from->n_tiers; t++)
        fill_tier(&from->tier[t], t, p);
    for (size_t i = 0; i < n_classes; i++)
        p->page_class[i] = classes[i];
    p->m.n_page_class = n_classes;
    p->m.page_class = p->page_class;
}

static tb_result may_sign(struct tbc *c, struct tbc_why *why)
{
    tb_result r = need_member(c);

    if (r != TB_OK)
        return no(why, r, tb_strresult(r));
    r = trust_of(c, &c->me->cred, TB_STEP_POLICY).verdict;
    if (r == TB_E_UNVERIFIED)
        return no(why, r,
                  "A policy is signed at level 2, and this device has less: the registrar must "
                  "approve it again with --vetted in-person.");
    if (r == TB_E_STALE)
        return no(
            why, r,
            "The roster is stale: it needs a new freshness statement before a policy is signed.");
    return r == TB_OK ? r : no(why, r, "Only a coordinator in good standing signs policies.");
}

/* A typing error in a name would page nobody, and be found out at night. */
static tb_result check_account(struct tbc *c, size_t tier, const char *account, bool *ret_answers,
                               struct tbc_why *why)
{
    enum { ANSWERS = TB_ROLE_AGENCY | TB_ROLE_TEAM | TB_ROLE_LIAISON }; /* proto/trust.c */
    const struct tb_cred *cred = tb_roster_account(c->roster, account);

    if (!cred) {
        (void)snprintf(
            why->text, sizeof why->text,
            "Tier %zu names '%s', and nobody of that name is enrolled; see 'trucban contacts'.",
            tier, account);
        return TB_E_NOTFOUND;
    }
    *ret_answers = *ret_answers || ((unsigned)cred->role & ANSWERS) != 0;
    return TB_OK;
}

static tb_result check_accounts(struct tbc *c, const struct tb_policy *p, struct tbc_why *why)
{
    for (size_t t = 0; t < p->n_tiers; t++) {
        const struct tb_policy_tier *tier = &p->tier[t];
        tb_result r = TB_OK;
        bool answers = false;
        for (size_t i = 0; i < tier->n_targets && r == TB_OK; i++)
            r = check_account(c, t + 1, tier->account[i], &answers, why);
        if (r != TB_OK)
            return r;
        if (answers || tier->n_targets == 0)
            continue;
        (void)snprintf(why->text, sizeof why->text,
                       "Tier %zu names nobody who may take a page ('%s' has the role %s): add a "
                       "responder or coordinator.",
                       t + 1, tier->account[0],
                       tb_role_name(tb_roster_account(c->roster, tier->account[0])->role));
        return TB_E_DENIED;
    }
    return TB_OK;
}

/* One signature may be too few yet; anything else is an error. */
static tb_result check_entry(struct tbc *c, struct tb_view entry, struct tbc_why *why)
{
    struct tb_why text = { "" };
    tb_result r = tb_roster_try(c->roster, entry, now_wall_ms(), &text);

    return r == TB_OK || r == TB_E_QUORUM ? TB_OK
                                          : no(why, r, text.text[0] ? text.text : tb_strresult(r));
}

static tb_result pack_entry(struct tb_view entry, struct tb_buf *ret)
{
    ProtobufCBinaryData list = tb_field(entry.p, entry.n);
    Tb__Parcel p;

    tb__parcel__init(&p);
    p.n_entry_signed = 1;
    p.entry_signed = &list;
    return tb_parcel_encode(&p, ret);
}

static tb_result make_entry(struct tbc *c, const struct policy_parts *p, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf draft = { 0 };
    const struct tb_entry_draft d = { .kind = TB_ENTRY_POLICY,
                                      .subject = tb_view_of(p->m.id, strlen(p->m.id)),
                                      .body = &p->m.base,
                                      .signed_ms = now_wall_ms() };
    tb_result r = tb_entry_make(c->roster, &d, &draft);

    return r == TB_OK ? tb_entry_sign(tb_buf_view(&draft), &c->me->roster_id, &c->me->sign, ret)
                      : r;
}

tb_result tbc_policy_make(struct tbc *c, const struct tb_policy *p, const uint32_t *classes,
                          size_t n_classes, struct tb_buf *ret_parcel, struct tbc_why *why)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    tb_result r = may_sign(c, why);

    if (r != TB_OK)
        return r;
    if (p->n_tiers < 1 || p->n_tiers > TB_TIERS_MAX || n_classes > 3)
        return no(why, TB_E_RANGE, "A policy has one to eight tiers and at most three classes.");
    for (size_t t = 0; t < p->n_tiers; t++)
        if (p->tier[t].n_targets > TB_TARGETS_MAX)
            return no(why, TB_E_RANGE, "A tier has at most 64 accounts.");
    r = check_accounts(c, p, why);
    if (r != TB_OK)
        return r;
    tb_arena_init(&a, CORE_ARENA);
    struct policy_parts *parts = tb_arena_take(&a, sizeof *parts);
    if (!parts)
        return TB_E_NOMEM;
    memset(parts, 0, sizeof *parts);
    fill_policy(p, classes, n_classes, parts);
    r = make_entry(c, parts, &entry);
    if (r == TB_OK)
        r = check_entry(c, tb_buf_view(&entry), why);
    return r == TB_OK ? pack_entry(tb_buf_view(&entry), ret_parcel) : r;
}

tb_result tbc_roster_cosign(struct tbc *c, struct tb_view parcel, struct tb_buf *ret_parcel,
                            struct tbc_why *why)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf more = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    tb_result r = may_sign(c, why);
    Tb__Parcel *p;

    tb_arena_init(&a, 4 * (size_t)TB_PARCEL_MAX);
    if (r == TB_OK)
        r = tb_parcel_decode(&a, parcel, &p);
    if (r == TB_OK && p->n_entry_signed != 1)
        return no(why, TB_E_RANGE, "The file must hold exactly one entry.");
    if (r == TB_OK)
        r = tb_entry_sign(tb_field_view(&p->entry_signed[0]), &c->me->roster_id, &c->me->sign,
                          &more);
    if (r == TB_E_CONFLICT)
        return no(why, r, "This device has signed that entry already.");
    if (r == TB_OK)
        r = check_entry(c, tb_buf_view(&more), why);
    return r == TB_OK ? pack_entry(tb_buf_view(&more), ret_parcel) : r;
}
