/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.c - contacts: cards, levels, fingerprints, and whom I compared with my own ears. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum { GROUPS = 12, GROUP_DIGITS = 5 };

const char *cred_name(struct tbc *c, const ProtobufCBinaryData *cred)
{
    static char name[2 * TB_NAME_MAX + 2];

    if (!tb_is(cred, TB_HASH_BYTES))
        return "?";
    struct tb_hash hash = tb_hash_from(cred->data);
    const struct tb_cred *known = tb_roster_cred(c->roster, &hash);
    if (!known)
        return "an unknown device";
    (void)snprintf(name, sizeof name, "%s/%s", known->account, known->device);
    return name;
}

/* ---- compared */

static tb_result compared_get(struct tbc *c, const char *account, struct tb_arena *a,
                              Tbl__Compared **ret)
{
    const struct cs_key k = key_of(CS_COMPARED, account, strlen(account), 0);

    return local_get(c, &k, a, &tbl__compared__descriptor, ret);
}

/* Only with the very keys that were read aloud then. */
static bool still_same(struct tbc *c, const char *account, const Tbl__Compared *m)
{
    char now[72];

    return tb_fingerprint(c->roster, account, now) == TB_OK && strcmp(now, m->fingerprint) == 0;
}

bool compared_by_me(struct tbc *c, const char *account)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Compared *m;

    tb_arena_init(&a, CORE_ARENA);
    return compared_get(c, account, &a, &m) == TB_OK && still_same(c, account, m);
}

/* A clock that stands before this device's own credential began is known to be wrong (a flat battery, say): it must
 * not keep a clerk from paging.  Time counted too late only makes credentials end earlier. */
static int64_t now_at_least_enrolled(const struct tbc *c)
{
    const struct tb_cred *me = c->me ? tb_roster_cred(c->roster, &c->me->cred) : NULL;
    int64_t now = now_wall_ms();

    return me && me->from_ms > now ? me->from_ms : now;
}

struct tb_trust trust_of(struct tbc *c, const struct tb_hash *cred, enum tb_step step)
{
    const struct tb_cred *known = tb_roster_cred(c->roster, cred);
    const struct tb_trust_query q = { .roster = c->roster,
                                      .cred = cred,
                                      .step = step,
                                      .now_ms = now_at_least_enrolled(c),
                                      .compared_by_me =
                                          known && compared_by_me(c, known->account) };

    return tb_trust_check(&q);
}

tb_result tbc_fingerprint(struct tbc *c, const char *account, char ret[static 72])
{
    tb_result r = need_member(c);

    return r == TB_OK ? tb_fingerprint(c->roster, account, ret) : r;
}

/* Digits only; TB_E_RANGE: other characters than digits and separators, or not whole groups. */
static tb_result digits_of(const char *typed, char *ret, size_t size)
{
    size_t n = 0;

    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-' || *typed == '\t' || *typed == '\n')
            continue;
        if (*typed < '0' || *typed > '9' || n + 1 >= size)
            return TB_E_RANGE;
        ret[n++] = *typed;
    }
    ret[n] = 0;
    return n && n % GROUP_DIGITS == 0 ? TB_OK : TB_E_RANGE;
}

static tb_result remember_verdict(struct tbc *c, const char *account, const char *fingerprint)
{
    const struct cs_key k = key_of(CS_COMPARED, account, strlen(account), 0);
    Tbl__Compared m;

    if (!fingerprint)
        return cs_drop(c->store, &k);
    tbl__compared__init(&m);
    m.fingerprint = (char *)(uintptr_t)fingerprint;
    m.at_ms = now_wall_ms();
    return local_put(c, &k, NULL, &m.base);
}

tb_result tbc_verify(struct tbc *c, const char *account, unsigned group, const char *typed)
{
    char is[72], digits[GROUPS * GROUP_DIGITS + 1], given[GROUPS * GROUP_DIGITS + 1];
    tb_result r = tbc_fingerprint(c, account, is);

    if (r == TB_OK)
        r = digits_of(is, digits, sizeof digits);
    if (r == TB_OK)
        r = digits_of(typed, given, sizeof given);
    if (r != TB_OK)
        return r;
    if (group < 1 || group > GROUPS || strlen(given) > (size_t)(GROUPS - group + 1) * GROUP_DIGITS)
        return TB_E_RANGE;
    bool same = strncmp(digits + (size_t)(group - 1) * GROUP_DIGITS, given, strlen(given)) == 0;
    r = core_begin(c);
    if (r == TB_OK)
        r = remember_verdict(c, account, same ? is : NULL);
    c->topics |= TBC_TOPIC_ROSTER;
    r = core_end(c, r);
    return r == TB_OK && !same ? TB_E_BADSIG : r;
}

/* ---- cards */

static tb_result own_card(struct tbc *c, struct tb_arena *a, Tb__Card **ret)
{
    const struct cs_key k = key_meta("identity");
    Tbl__Identity *m;
    tb_result r = local_get(c, &k, a, &tbl__identity__descriptor, &m);

    return r == TB_OK ? tb_card_unpack(a, tb_field_view(&m->card), ret) : r;
}

static tb_result device_card(struct tbc *c, const struct tb_cred *cred, struct tb_arena *a,
                             Tb__Card **ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf packed = { 0 }, card = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key p = { 0 };
    const struct cs_key k = key_of(CS_CARD, cred->hash.b, sizeof cred->hash.b, 0);
    Tb__CardBox *box;
    tb_result r = cs_get(c->store, &k, &packed);

    if (r == TB_OK)
        r = tb_unpack(a, &tb__card_box__descriptor, tb_buf_view(&packed), &box);
    if (r == TB_OK)
        r = province_secret(c, box->epoch, &p);
    if (r == TB_OK)
        r = tb_card_open(&p, box->epoch, cred, tb_field_view(&box->sealed), &card);
    return r == TB_OK ? tb_card_unpack(a, tb_buf_view(&card), ret) : r;
}

tb_result card_of(struct tbc *c, const char *account, struct tb_arena *a, Tb__Card **ret)
{
    tb_result r = TB_E_NOTFOUND;
    const struct tb_cred *cred;
    size_t i = 0;

    if (strcmp(account, c->me->account) == 0 && own_card(c, a, ret) == TB_OK)
        return TB_OK;
    while ((cred = tb_roster_next_cred(c->roster, &i)) != NULL)
        if (strcmp(cred->account, account) == 0 && device_card(c, cred, a, ret) == TB_OK)
            r = TB_OK; /* the newest that opens stays */
    return r;
}

/* ---- the list */

static void fill_card(struct tbc *c, struct tbc_contact *t)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Card *card;

    tb_arena_init(&a, CORE_ARENA);
    if (card_of(c, t->account, &a, &card) != TB_OK)
        return;
    copy_text(t->name, sizeof t->name, card->name);
    copy_text(t->rank, sizeof t->rank, card->rank);
    copy_text(t->position, sizeof t->position, card->position);
    copy_text(t->unit, sizeof t->unit, card->unit);
    copy_text(t->phone, sizeof t->phone, card->phone);
    copy_text(t->email, sizeof t->email, card->email);
}

static void fill_compared(struct tbc *c, struct tbc_contact *t)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Compared *m;

    tb_arena_init(&a, CORE_ARENA);
    if (compared_get(c, t->account, &a, &m) != TB_OK)
        return;
    t->compared = still_same(c, t->account, m);
    t->key_changed = !t->compared;
    t->compared_ms = m->at_ms;
}

/* One device that rings is enough; the last that stopped says since when none does. */
static void add_duty(struct tbc *c, const struct tb_cred *cred, struct tbc_contact *t)
{
    int64_t off_ms = duty_off_ms(c, &cred->hash);
    bool rang = t->devices > 0 && t->duty_off_ms == 0;

    t->devices++;
    if (rang || off_ms == 0)
        t->duty_off_ms = 0;
    else if (off_ms > t->duty_off_ms)
        t->duty_off_ms = off_ms;
}

/* The best of an account's devices speaks for it. */
static void add_device(struct tbc *c, const struct tb_cred *cred, struct tbc_contact *t)
{
    struct tb_trust trust = trust_of(c, &cred->hash, TB_STEP_SHOW);

    if (cred->standing == TB_STANDING_GOOD)
        add_duty(c, cred, t);
    if (t->agency[0] && trust.level < t->trust.level)
        return;
    copy_text(t->agency, sizeof t->agency, cred->agency);
    t->role = cred->role;
    t->trust = trust;
}

tb_result tbc_contacts(struct tbc *c, struct tbc_contact *ret, size_t max, size_t *ret_n)
{
    const struct tb_cred *cred;
    tb_result r = need_member(c);
    size_t i = 0, n = 0;

    if (r != TB_OK)
        return r;
    while ((cred = tb_roster_next_cred(c->roster, &i)) != NULL) {
        size_t at = 0;
        while (at < n && strcmp(ret[at].account, cred->account) != 0)
            at++;
        if (at == max)
            continue;
        if (at == n) {
            ret[n] = (struct tbc_contact){ 0 };
            copy_text(ret[n++].account, sizeof ret[at].account, cred->account);
        }
        add_device(c, cred, &ret[at]);
    }
    for (size_t k = 0; k < n; k++) {
        fill_card(c, &ret[k]);
        fill_compared(c, &ret[k]);
    }
    *ret_n = n;
    return TB_OK;
}
