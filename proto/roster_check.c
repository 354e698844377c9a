/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_check.c - takes one entry apart and checks the form of every field. */
#include <string.h>

#include "proto/roster_priv.h"

struct kind_info {
    enum tb_entry_kind kind;
    const char *name;
    const ProtobufCMessageDescriptor *body;
};
static const struct kind_info kinds[] = {
    { TB_ENTRY_ROOT, "root", &tb__root__descriptor },
    { TB_ENTRY_AUTHORITY, "authority", &tb__authority__descriptor },
    { TB_ENTRY_REGISTRAR, "registrar", &tb__registrar__descriptor },
    { TB_ENTRY_RELAY, "relay", &tb__relay_entry__descriptor },
    { TB_ENTRY_FRESHNESS_KEY, "freshness-key", &tb__freshness_key__descriptor },
    { TB_ENTRY_CREDENTIAL, "credential", &tb__credential__descriptor },
    { TB_ENTRY_SUSPENSION, "suspension", &tb__removal__descriptor },
    { TB_ENTRY_REVOCATION, "revocation", &tb__removal__descriptor },
    { TB_ENTRY_ATTESTATION, "attestation", &tb__attestation__descriptor },
    { TB_ENTRY_POLICY, "policy", &tb__policy__descriptor },
    { TB_ENTRY_SCHEDULE, "schedule", NULL },
    { TB_ENTRY_SECRET_EPOCH, "secret-epoch", &tb__secret_epoch__descriptor },
};

static const struct kind_info *kind_of(uint32_t kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((uint32_t)kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

const char *tb_entry_kind_name(enum tb_entry_kind k)
{
    const struct kind_info *info = kind_of((uint32_t)k);

    return info ? info->name : NULL;
}

bool ro_is_removal(enum tb_entry_kind kind)
{
    return kind == TB_ENTRY_SUSPENSION || kind == TB_ENTRY_REVOCATION;
}

bool ro_is_set(enum tb_entry_kind kind)
{
    return ro_is_removal(kind) || kind == TB_ENTRY_ATTESTATION;
}

static tb_result check_kind(const Tb__RosterEntry *e, struct tb_why *why)
{
    const struct kind_info *info = kind_of(e->kind);

    if (e->suite != RO_SUITE)
        return why_no(why, TB_E_RESERVED, "suite %u of an entry is not known: only 1 is", e->suite);
    if (!info)
        return why_no(why, TB_E_RANGE, "kind %u of an entry is not known: update this program",
                      e->kind);
    if (!info->body)
        return why_no(why, TB_E_RESERVED, "kind %u (%s) is reserved: name accounts in a policy",
                      e->kind, info->name);
    return TB_OK;
}

static tb_result check_sizes(const Tb__RosterEntry *e, struct tb_why *why)
{
    if (e->subject.len < 1 || e->subject.len > RO_SUBJECT_MAX)
        return why_no(why, TB_E_RANGE, "a subject of %u bytes: 1 to %u", (unsigned)e->subject.len,
                      (unsigned)RO_SUBJECT_MAX);
    if (!tb_is_or_empty(&e->prev, TB_HASH_BYTES))
        return why_no(why, TB_E_RANGE, "prev has %u bytes: 32, or none for the first of a subject",
                      (unsigned)e->prev.len);
    if (e->based_on && (!tb_is(&e->based_on->hash, TB_HASH_BYTES) || e->based_on->size == 0))
        return why_no(why, TB_E_RANGE, "based_on is no head of a roster");
    return TB_OK;
}

/* Removals never come too late, and nothing comes before entry 0. */
static bool needs_append_by(const Tb__RosterEntry *e)
{
    return !ro_is_removal((enum tb_entry_kind)e->kind) && e->based_on;
}

static tb_result check_times(const Tb__RosterEntry *e, struct tb_why *why)
{
    bool none = e->append_by_ms == 0 && !needs_append_by(e);

    if (!ro_time_ok(e->signed_ms))
        return why_no(why, TB_E_RANGE, "signed_ms %lld is no time", (long long)e->signed_ms);
    if (!none &&
        (e->append_by_ms <= e->signed_ms || e->append_by_ms - e->signed_ms > TB_APPEND_BY_MAX_MS))
        return why_no(why, TB_E_RANGE,
                      "append_by_ms %lld must be later than signed_ms %lld by at most 72 hours",
                      (long long)e->append_by_ms, (long long)e->signed_ms);
    return TB_OK;
}

/* When the body says until when it is valid, the entry may repeat it; other expiry is not built. */
static int64_t body_until(const struct ro_parsed *p)
{
    if (p->kind == TB_ENTRY_REGISTRAR)
        return p->body.registrar->until_ms;
    if (p->kind == TB_ENTRY_FRESHNESS_KEY)
        return p->body.freshness_key->until_ms;
    if (p->kind == TB_ENTRY_CREDENTIAL)
        return p->body.credential->until_ms;
    if (p->kind == TB_ENTRY_ATTESTATION)
        return p->body.attestation->until_ms;
    return 0;
}

static tb_result check_body(const struct ro_parsed *p, struct tb_why *why)
{
    switch (p->kind) {
    case TB_ENTRY_ROOT:
        return ro_check_root(p, why);
    case TB_ENTRY_REGISTRAR:
        return ro_check_registrar(p, why);
    case TB_ENTRY_RELAY:
        return ro_check_relay(p, why);
    case TB_ENTRY_FRESHNESS_KEY:
        return ro_check_freshness_key(p, why);
    case TB_ENTRY_CREDENTIAL:
        return ro_check_credential(p, why);
    case TB_ENTRY_SUSPENSION:
    case TB_ENTRY_REVOCATION:
        return ro_check_removal(p, why);
    case TB_ENTRY_ATTESTATION:
        return ro_check_attestation(p, why);
    case TB_ENTRY_POLICY:
        return ro_check_policy(p, why);
    case TB_ENTRY_SECRET_EPOCH:
        return ro_check_epoch(p, why);
    case TB_ENTRY_AUTHORITY: /* what it may say depends on the demo flag: ro_check_place() */
        return TB_OK;
    case TB_ENTRY_SCHEDULE:
        break;
    }
    return TB_E_RESERVED;
}

static tb_result unpack_body(struct tb_arena *a, struct ro_parsed *p, struct tb_why *why)
{
    const struct kind_info *info = kind_of(p->e->kind);
    ProtobufCMessage *body;
    tb_result r = tb_unpack(a, info->body, tb_field_view(&p->e->body), &body);

    if (r != TB_OK)
        return why_no(why, r, "the body of this %s entry cannot be parsed: %s", info->name,
                      tb_strresult(r));
    p->body.any = body;
    r = check_body(p, why);
    if (r == TB_OK && p->e->expires_ms != 0 && p->e->expires_ms != body_until(p))
        r = why_no(why, TB_E_RESERVED,
                   "expires_ms %lld of this %s entry is reserved: set 0 (the body says until when)",
                   (long long)p->e->expires_ms, info->name);
    return r;
}

tb_result ro_parse(struct tb_arena *a, struct tb_view entry_signed, struct ro_parsed *ret,
                   struct tb_why *why)
{
    struct ro_parsed p = { 0 };
    Tb__RosterEntry *e;

    if (entry_signed.n > TB_ENTRY_MAX)
        return why_no(why, TB_E_LIMIT, "an entry of %llu bytes: at most %u",
                      (unsigned long long)entry_signed.n, (unsigned)TB_ENTRY_MAX);
    tb_result r = tb_signed_parse(a, entry_signed, &p.by);
    if (r == TB_OK)
        r = tb_unpack(a, &tb__roster_entry__descriptor, p.by.payload, &e);
    if (r != TB_OK)
        return why_no(why, r, "not a signed entry of a roster: %s", tb_strresult(r));
    p.e = e;
    p.kind = (enum tb_entry_kind)e->kind;
    p.hash = tb_hash_of(TB_L_ENTRY, p.by.payload);
    r = check_kind(e, why);
    if (r == TB_OK)
        r = check_sizes(e, why);
    if (r == TB_OK)
        r = check_times(e, why);
    if (r == TB_OK)
        r = unpack_body(a, &p, why);
    if (r == TB_OK)
        *ret = p;
    return r;
}
