/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_roster.c - reading the signed log and the policies in it. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"
#include "proto/unpack.h"

enum {
    ENTRIES_MAX = 500,  /* in one answer; there is a cursor */
    WITNESSES_MAX = 32, /* freshness keys, ended ones included: a province has two or three */
    ENTRY_ARENA = 50 * TB_ENTRY_MAX, /* protobuf-c's appetite for one entry */
};

static gboolean no_roster(GDBusMethodInvocation *inv)
{
    return api_fail(inv, TB_E_NOTFOUND, "no roster yet; `trucban enroll`");
}

static void roster_freep(struct tb_roster **r)
{
    tb_roster_free(*r);
}

/* Subjects are names, or raw keys and ids. */
static void put_subject(GVariantBuilder *b, const ProtobufCBinaryData *subject)
{
    g_autofree char *text = NULL;
    size_t n = subject->len > TB_NAME_MAX * 2 + 1 ? TB_NAME_MAX * 2 + 1 : subject->len;
    bool name = n > 0;

    for (size_t i = 0; i < n; i++)
        name = name && subject->data[i] > 0x20 && subject->data[i] < 0x7f;
    if (name) {
        text = g_strndup((const char *)subject->data, n);
    } else {
        text = g_malloc0(2 * n + 1);
        tb_hex(subject->data, n, text);
    }
    doc_s(b, "subject", text);
}

static uint32_t count_signatures(struct tb_arena *arena, struct tb_view packed)
{
    Tb__Signed *s;

    return tb_unpack(arena, &tb__signed__descriptor, packed, &s) == TB_OK ? (uint32_t)s->n_signature
                                                                          : 0;
}

/* The newest credential of a device says who it is. */
static void put_detail(GVariantBuilder *b, const struct tb_roster *roster,
                       const struct tb_hash *hash)
{
    const struct tb_cred *cred = tb_roster_cred(roster, hash);
    g_autofree char *text = NULL;

    if (cred)
        text = g_strdup_printf("%s, %s", tb_role_name(cred->role), cred->agency);
    doc_s(b, "detail", text);
}

static GVariant *doc_entry(const struct tb_roster *roster, uint64_t position)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
    GVariantBuilder b;
    Tb__RosterEntry *e;
    struct tb_hash hash;

    tb_arena_init(&arena, ENTRY_ARENA);
    doc_begin(&b);
    doc_t(&b, "position", position);
    struct tb_view packed = tb_roster_entry(roster, position);
    if (tb_entry_peek(&arena, packed, &e, &hash) == TB_OK) {
        const char *kind = tb_entry_kind_name((enum tb_entry_kind)e->kind);
        doc_s(&b, "kind", kind ? kind : "unknown");
        put_subject(&b, &e->subject);
        doc_at(&b, "signed_at", e->signed_ms);
        doc_at(&b, "expires_at", e->expires_ms);
        doc_hash(&b, "hash", &hash);
        put_detail(&b, roster, &hash);
    }
    doc_u(&b, "signatures", count_signatures(&arena, packed));
    doc_b(&b, "counts", tb_roster_entry_counts(roster, position));
    return g_variant_builder_end(&b);
}

static gboolean on_roster_log(TbaAgent *o, GDBusMethodInvocation *inv, guint64 from, guint max,
                              gpointer user)
{
    struct agent *a = user;
    const struct tb_roster *roster = tbc_roster(a->core);
    uint64_t room = max == 0 || max > ENTRIES_MAX ? ENTRIES_MAX : max;
    GVariantBuilder list;

    if (!roster)
        return no_roster(inv);
    uint64_t size = tb_roster_size(roster);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (uint64_t i = from; i < size && i - from < room; i++)
        g_variant_builder_add_value(&list, doc_entry(roster, i));
    tba_agent_complete_roster_log(o, inv, g_variant_builder_end(&list), size);
    return TRUE;
}

/* Replays into an empty roster; gives the position of the first entry that does not fit. */
static tb_result replay(const struct tb_roster *roster, uint64_t *ret_at, struct tb_why *why)
{
    TB_CLEANUP(roster_freep) struct tb_roster *fresh = NULL;
    tb_result r = tb_roster_new(&fresh);

    *ret_at = 0;
    while (r == TB_OK && *ret_at < tb_roster_size(roster)) {
        r = tb_roster_append(fresh, tb_roster_entry(roster, *ret_at), TB_SEEN_VOUCHED, why);
        *ret_at += r == TB_OK;
    }
    if (r != TB_OK)
        return r;
    struct tb_hash had = tb_roster_head(roster), have = tb_roster_head(fresh);
    return tb_hash_equal(&had, &have) ? TB_OK : TB_E_CONFLICT;
}

static gboolean on_roster_verify(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    const struct tb_roster *roster = tbc_roster(a->core);
    struct tb_why why = { "" };
    uint64_t at = 0;
    GVariantBuilder b;

    if (!roster || tb_roster_size(roster) == 0)
        return no_roster(inv);
    tb_result r = replay(roster, &at, &why);
    struct tb_hash head = tb_roster_head(roster);
    doc_begin(&b);
    doc_t(&b, "size", tb_roster_size(roster));
    doc_hash(&b, "head", &head);
    doc_hash(&b, "root", tb_roster_id(roster));
    doc_s(&b, "province", tb_roster_province(roster));
    doc_b(&b, "ok", r == TB_OK);
    if (r != TB_OK) {
        doc_t(&b, "position", at);
        doc_s(&b, "problem", *why.text ? why.text : tb_strresult(r));
    }
    tba_agent_complete_roster_verify(o, inv, g_variant_builder_end(&b));
    return TRUE;
}

static gboolean on_witnesses(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    struct tbc_witness w[WITNESSES_MAX];
    GVariantBuilder list;
    size_t n = 0;

    tb_result r = tbc_witnesses(a->core, w, G_N_ELEMENTS(w), &n);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < n; i++)
        g_variant_builder_add_value(&list, doc_witness(&w[i]));
    tba_agent_complete_witnesses(o, inv, g_variant_builder_end(&list));
    return TRUE;
}

/* The classes that a policy serves stand only in its entry. */
static GVariant *policy_document(const struct tb_roster *roster, const struct tb_policy *p)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
    uint32_t classes[3];
    size_t n = 0;

    for (uint64_t i = tb_roster_size(roster); i-- > 0;) {
        Tb__RosterEntry *e;
        Tb__Policy *policy;
        struct tb_hash hash;
        tb_arena_init(&arena, ENTRY_ARENA);
        bool found = tb_entry_peek(&arena, tb_roster_entry(roster, i), &e, &hash) == TB_OK &&
                     tb_hash_equal(&hash, &p->hash);
        if (found &&
            tb_unpack(&arena, &tb__policy__descriptor, tb_field_view(&e->body), &policy) == TB_OK)
            for (; n < policy->n_page_class && n < G_N_ELEMENTS(classes); n++)
                classes[n] = policy->page_class[n];
        if (found)
            break;
        tb_arena_done(&arena);
    }
    return doc_policy(p, classes, n);
}

static gboolean on_policy_show(TbaAgent *o, GDBusMethodInvocation *inv, const char *id,
                               gpointer user)
{
    struct agent *a = user;
    const struct tb_roster *roster = tbc_roster(a->core);
    const struct tb_policy *p;
    GVariantBuilder list;
    size_t i = 0, n = 0;

    if (!roster)
        return no_roster(inv);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    while ((p = tb_roster_next_policy(roster, &i)))
        if (!*id || strcmp(p->id, id) == 0) {
            g_variant_builder_add_value(&list, policy_document(roster, p));
            n++;
        }
    GVariant *policies = g_variant_ref_sink(g_variant_builder_end(&list));
    if (*id && n == 0) {
        g_autofree char *why =
            g_strdup_printf("no policy '%s'; `trucban policy show` lists them", id);
        (void)api_fail(inv, TB_E_NOTFOUND, why);
    } else {
        tba_agent_complete_policy_show(o, inv, policies);
    }
    g_variant_unref(policies);
    return TRUE;
}

void api_connect_roster(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-roster-log", G_CALLBACK(on_roster_log), a);
    (void)g_signal_connect(s, "handle-roster-verify", G_CALLBACK(on_roster_verify), a);
    (void)g_signal_connect(s, "handle-witnesses", G_CALLBACK(on_witnesses), a);
    (void)g_signal_connect(s, "handle-policy-show", G_CALLBACK(on_policy_show), a);
}
