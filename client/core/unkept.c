/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unkept.c - pages that this device cannot store ring all the same, from memory.
 *
 * When the disk is full, fails, or the row of a page is damaged, what comes is
 * still verified: a signed header, a release of it that names me, and the person
 * is woken and told to telephone.  Nothing is acknowledged; the connection stays
 * for a while, so that all that waits is heard, and is then made anew to try the
 * store again, not more often than every RETRY_MAX_MS.  One ring per page and
 * round, however often the same comes; a signed accept or resolve ends it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "client/core/parts.h"

enum {
    PAGES_MAX = 64,
    REPEAT_S = 30,
    RETRY_MIN_MS = 500,
    RETRY_MAX_MS = 10000,
    FORGET_MS = 60000,
    NEED_MB = 32
};

/* ---- what is remembered of such a page */

static struct unkept *find(struct tbc *c, const struct tb_id *page)
{
    for (size_t i = 0; i < c->n_unkept; i++)
        if (tb_id_equal(&c->unkept[i].page, page))
            return &c->unkept[i];
    return NULL;
}

static bool rings_otherwise(const struct tbc *c, const struct tb_id *page)
{
    for (size_t i = 0; i < c->n_ringing; i++)
        if (tb_id_equal(&c->ringing[i].page, page))
            return true;
    return false;
}

static void hush(struct tbc *c, struct unkept *u)
{
    if (u->rang_round && !rings_otherwise(c, &u->page) && c->env.quiet)
        c->env.quiet(c->env.user, &u->page);
    u->rang_round = 0;
}

static void forget(struct tbc *c, struct unkept *u)
{
    hush(c, u);
    tb_buf_done(&u->header);
    *u = c->unkept[--c->n_unkept];
}

/* NULL: no memory; then nothing can be done here. */
static struct unkept *find_or_make(struct tbc *c, const struct tb_id *page)
{
    struct unkept *u = find(c, page);

    if (u)
        return u;
    if (!c->unkept)
        c->unkept = calloc(PAGES_MAX, sizeof *c->unkept);
    if (!c->unkept)
        return NULL;
    if (c->n_unkept == PAGES_MAX)
        forget(c, &c->unkept[0]);
    u = &c->unkept[c->n_unkept++];
    *u = (struct unkept){ .page = *page };
    return u;
}

/* ---- what an envelope says, verified, nothing written */

static bool header_names(const Tb__Header *h, uint32_t t, const char *account)
{
    for (size_t i = 0; i < h->tier[t]->n_target; i++)
        if (strcmp(h->tier[t]->target[i]->id, account) == 0)
            return true;
    return false;
}

/* Payload of a signed header that was verified. */
static void note_header(struct tbc *c, struct unkept *u, const Tb__Header *h,
                        struct tb_view payload)
{
    u->page_class = h->page_class;
    u->drill = h->drill;
    u->tiers = 0;
    for (uint32_t t = 0; t < h->n_tier && t < TB_TIERS_MAX; t++)
        if (header_names(h, t, c->me->account))
            u->tiers |= 1U << (t + 1);
    tb_put(&u->header, payload.p, payload.n);
}

static void see_header(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e)
{
    const struct tb_cred *sender;
    struct tb_view payload;
    Tb__Header *h;

    if (signed_payload(a, tb_field_view(&e->statement), &payload) != TB_OK ||
        tb_header_unpack(a, payload, &h) != TB_OK ||
        signed_by_device(c, a, TB_TYPE_HEADER, tb_field_view(&e->statement), &h->sender_cred,
                         &sender) != TB_OK)
        return;
    struct tb_id id = tb_id_from(h->msg_id.data);
    struct unkept *u = find_or_make(c, &id);
    if (!u || u->header.n)
        return;
    note_header(c, u, h, payload);
    copy_text(u->sender, sizeof u->sender, sender->account);
    copy_text(u->agency, sizeof u->agency, sender->agency);
}

/* What the store still tells of the page.  False: the release is no news. */
static bool see_row(struct tbc *c, struct unkept *u, const Tb__Release *m)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = leaf_load(c, &u->page, &l);

    u->row_damaged = r == TB_E_DAMAGED;
    if (r != TB_OK)
        return true;
    struct tb_view payload;
    if (!u->header.n &&
        signed_payload(&l.arena, tb_field_view(&l.p->header_signed), &payload) == TB_OK) {
        note_header(c, u, l.h, payload);
        copy_text(u->sender, sizeof u->sender, l.p->sender);
        copy_text(u->agency, sizeof u->agency, l.p->agency);
    }
    return leaf_is_open(&l) && m->release_no > l.p->release_no &&
           (!l.p->owner[0] || m->round > l.p->round);
}

static bool names_me(const struct tbc *c, const struct unkept *u, const Tb__Release *m)
{
    struct tb_hash header = tb_header_hash(tb_buf_view(&u->header));

    if (u->header.n && (m->t > TB_TIERS_MAX || !(u->tiers & 1U << m->t) ||
                        memcmp(m->header_hash.data, header.b, TB_HASH_BYTES) != 0))
        return false;
    for (size_t i = 0; i < m->n_account; i++)
        if (strcmp(m->account[i], c->me->account) == 0)
            return u->header.n || u->row_damaged; /* the row was a verified page's */
    return false;
}

static void ring(struct tbc *c, struct unkept *u, uint32_t round)
{
    const struct tbc_ring r = { .why = TBC_RING_UNKEPT,
                                .page_id = u->page,
                                .page_class = u->page_class ? u->page_class : 1,
                                .drill = u->drill,
                                .repeat_s = REPEAT_S,
                                .sender = u->sender,
                                .agency = u->agency };

    if (u->taken || u->rang_round >= round || rings_otherwise(c, &u->page))
        return;
    u->rang_round = round;
    core_log(c, LOG_ERROR_, "page: it cannot be stored here; it rings from memory");
    if (c->env.ring)
        c->env.ring(c->env.user, &r);
}

static void see_release(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e)
{
    const struct tb_relay_info *relay;
    struct tb_view payload;
    Tb__Release *m;

    if (signed_by_relay(c, a, TB_TYPE_RELEASE, tb_field_view(&e->statement), &payload, &relay) !=
            TB_OK ||
        tb_release_unpack(a, payload, &m) != TB_OK || m->step != TB_RELEASE_TIER)
        return;
    struct tb_id id = tb_id_from(m->page_id.data);
    struct unkept *u = find_or_make(c, &id);
    if (u && see_row(c, u, m) && names_me(c, u, m))
        ring(c, u, m->round);
}

/* Who is not among those whom the sender called cannot end it, nor anybody where that is not known. */
static bool may_end(const struct unkept *u, struct tb_arena *a, const Tb__Act *m)
{
    bool named = strcmp(u->sender, m->account) == 0 && m->kind == TB_ACT_RESOLVE;
    Tb__Header *h;

    if (!u->header.n || tb_header_unpack(a, tb_buf_view(&u->header), &h) != TB_OK)
        return false;
    for (uint32_t t = 0; t < h->n_tier; t++)
        named |= header_names(h, t, m->account);
    return named && (m->kind == TB_ACT_ACCEPT || m->kind == TB_ACT_RESOLVE);
}

static void see_act(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e)
{
    const struct tb_cred *actor;
    struct tb_view payload;
    Tb__Act *m;

    if (signed_payload(a, tb_field_view(&e->statement), &payload) != TB_OK ||
        tb_act_unpack(a, payload, &m) != TB_OK ||
        signed_by_device(c, a, TB_TYPE_ACT, tb_field_view(&e->statement), &m->actor_cred, &actor) !=
            TB_OK)
        return;
    struct tb_id id = tb_id_from(m->page_id.data);
    struct unkept *u = find(c, &id);
    if (!u || actor->standing != TB_STANDING_GOOD || strcmp(actor->account, m->account) != 0 ||
        !may_end(u, a, m))
        return;
    u->taken = true;
    hush(c, u);
}

void unkept_see(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };

    tb_arena_init(&a, CORE_ARENA);
    if (e->kind == TB_ENV_CAPSULE)
        see_header(c, &a, e);
    else if (e->kind == TB_ENV_RELEASE)
        see_release(c, &a, e);
    else if (e->kind == TB_ENV_ACT)
        see_act(c, &a, e);
}

/* ---- a store that refuses */

static void see_push(struct tbc *c, struct tb_view body)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Envelopes *m;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tb__envelopes__descriptor, body, &m) != TB_OK)
        return;
    for (size_t i = 0; i < m->n_envelope; i++)
        unkept_see(c, m->envelope[i]);
}

/* A store that fails once, and works half a second later, wakes nobody. */
static bool is_lasting(const struct tbc *c)
{
    return c->unkept_tries > 1 && c->me && c->me->member;
}

void unkept_hear(struct tbc *c, struct tb_view batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;

    tb_arena_init(&a, CORE_ARENA);
    if (!is_lasting(c) || tb_unpack(&a, &tb__batch__descriptor, batch, &b) != TB_OK)
        return;
    for (size_t i = 0; i < b->n_frame; i++)
        if (b->frame[i]->id == 0 && b->frame[i]->op == TB_OP_ENVELOPES)
            see_push(c, tb_field_view(&b->frame[i]->body));
}

/* Is it that there is no room?  *ret_mb: what is free, 0 if nobody knows. */
static bool is_full(const char *path, tb_result r, unsigned long long *ret_mb)
{
    struct statvfs fs = { 0 };
    bool known = statvfs(path, &fs) == 0;

    *ret_mb = known ? (uint64_t)fs.f_bavail * fs.f_frsize >> 20 : 0;
    return r == TB_E_FULL || (known && *ret_mb < 1);
}

struct tbc_why tbc_store_why(const struct tbc *c, tb_result r)
{
    struct tbc_why why = { "" };
    unsigned long long free_mb = 0;

    if (r == TB_E_NOMEM)
        (void)snprintf(why.text, sizeof why.text,
                       "this device is out of memory: nothing was sent; "
                       "close other programs and try again");
    else if (!is_our_failure(r))
        why.text[0] = 0;
    else if (is_full(cs_path(c->store), r, &free_mb))
        (void)snprintf(why.text, sizeof why.text,
                       "this device's disk is full (%llu MB free, %d MB are needed): nothing was "
                       "sent; make room for %s",
                       free_mb, (int)NEED_MB, cs_path(c->store));
    else
        (void)snprintf(why.text, sizeof why.text,
                       "this device's store fails (%s): nothing was sent; look at the disk of %s",
                       tb_strresult(r), cs_path(c->store));
    return why;
}

/* The words for people: which disk, what is free, what to do. */
static void explain(struct tbc *c, tb_result r)
{
    const char *path = cs_path(c->store);
    unsigned long long free_mb = 0;

    if (r == TB_E_NOMEM)
        (void)snprintf(c->unkept_why, sizeof c->unkept_why,
                       "this device is out of memory: pages ring but cannot be read or answered "
                       "here; close other programs");
    else if (is_full(path, r, &free_mb))
        (void)snprintf(
            c->unkept_why, sizeof c->unkept_why,
            "this device's disk is full (%llu MB free, %d MB are needed): pages ring but "
            "cannot be read or answered here; make room for %s",
            free_mb, (int)NEED_MB, path);
    else
        (void)snprintf(c->unkept_why, sizeof c->unkept_why,
                       "this device cannot store what comes (%s): pages ring but cannot be read or "
                       "answered here; look at the disk of %s",
                       tb_strresult(r), path);
}

void unkept_failed(struct tbc *c, tb_result r)
{
    if (c->unkept_tries && now_boot_ms() - c->unkept_failed_ms > FORGET_MS)
        c->unkept_tries = 0;
    int64_t wait = (int64_t)RETRY_MIN_MS << (c->unkept_tries < 8 ? c->unkept_tries : 8);
    bool first = c->unkept_tries++ == 0;

    explain(c, r);
    c->unkept_ms = now_boot_ms() + (wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS);
    c->unkept_failed_ms = now_boot_ms();
    c->topics |= TBC_TOPIC_STATUS;
    for (size_t i = 0; i < c->n_held && is_lasting(c); i++)
        see_push(c, tb_buf_view(&c->held[i]));
    if (first)
        core_log(c, LOG_ERROR_, "store: %s", c->unkept_why);
}

const char *unkept_why(const struct tbc *c)
{
    return now_boot_ms() - c->unkept_failed_ms <= FORGET_MS ? c->unkept_why : "";
}

bool unkept_waits(const struct tbc *c)
{
    return c->unkept_ms != 0;
}

int64_t unkept_due_ms(const struct tbc *c)
{
    return c->unkept_ms ? c->unkept_ms : INT64_MAX;
}

void unkept_tick(struct tbc *c)
{
    if (now_boot_ms() < unkept_due_ms(c))
        return;
    c->unkept_ms = 0;
    link_redial(c); /* the relay says again what was not acknowledged */
}

/* What came was stored: the alarms judge it from there. */
void unkept_stored(struct tbc *c)
{
    c->unkept_tries = 0;
    c->unkept_why[0] = 0;
    for (size_t i = c->n_unkept; i > 0; i--) {
        TB_CLEANUP(leaf_done) struct leaf l = { 0 };
        struct unkept *u = &c->unkept[i - 1];
        if (leaf_load(c, &u->page, &l) == TB_OK)
            forget(c, u);
    }
}

void unkept_forget(struct tbc *c)
{
    while (c->n_unkept)
        forget(c, &c->unkept[c->n_unkept - 1]);
    free(c->unkept);
    c->unkept = NULL;
    c->unkept_ms = 0;
    c->unkept_tries = 0;
    c->unkept_why[0] = 0;
}

/* ---- rows that were damaged while the program did not run */

static void ring_damaged(void *user, const struct tb_id *name)
{
    struct tbc *c = user;
    const struct tbc_ring r = { .why = TBC_RING_UNKEPT,
                                .page_id = *name,
                                .page_class = 1,
                                .repeat_s = REPEAT_S,
                                .sender = "",
                                .agency = "" };

    core_log(c, LOG_ERROR_, "store: the row of an open page is damaged: nobody knows which");
    if (c->env.ring)
        c->env.ring(c->env.user, &r);
}

void unkept_start(struct tbc *c)
{
    const struct cs_query open = { CS_PAGE, -1, true };

    if (cs_damaged(c->store, &open, ring_damaged, c) != TB_OK)
        core_log(c, LOG_ERROR_, "store: open pages cannot be read");
}
