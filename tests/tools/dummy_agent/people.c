/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.c - contacts, comparing keys by digits, the roster's log and the policies of the scene. */
#include <string.h>

#include "dummy.h"

enum { GROUPS = 12, GROUP_DIGITS = 5, GROUP_RANGE = 100000, ENTRY_S = 86400 };

void contact_add(struct dummy *d, GVariant *doc)
{
    GVariant *known = contact_find(d, get_s(doc, "account"));
    g_autoptr(GVariant) usual = g_variant_ref_sink(g_variant_new_parsed(
        "{'account': <''>, 'agency': <''>, 'role': <'responder'>, 'name': <''>, 'rank': <''>,"
        " 'position': <''>, 'unit': <''>, 'phone': <'0000 000 000'>, 'email': <''>,"
        " 'devices': <uint32 1>, 'level': <uint32 2>, 'flags': <@as []>, 'compared': <false>,"
        " 'key_changed': <false>, 'compared_at': <int64 0>}"));

    GVariant *merged = doc_merge(known ? known : usual, doc);
    (void)g_hash_table_insert(d->contacts, g_strdup(get_s(doc, "account")), merged);
    nudge(d, TOPIC_ROSTER);
}

GVariant *contact_find(struct dummy *d, const char *account)
{
    return g_hash_table_lookup(d->contacts, account);
}

static gboolean on_contacts(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;
    GVariantBuilder list;

    if (not_ready(d, inv))
        return TRUE;
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    GHashTableIter iter;
    gpointer contact;
    g_hash_table_iter_init(&iter, d->contacts);
    while (g_hash_table_iter_next(&iter, NULL, &contact))
        g_variant_builder_add_value(&list, contact);
    tba_agent_complete_contacts(o, inv, g_variant_builder_end(&list));
    return TRUE;
}

/* Always the same digits for the same pair of names, from either side. */
static char *digits_of(struct dummy *d, const char *account)
{
    const char *me = get_s(d->me, "account");
    bool first = strcmp(me, account) < 0;
    g_autofree char *pair = g_strconcat(first ? me : account, "/", first ? account : me, NULL);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA512);
    guint8 b[64];
    gsize n = sizeof b;
    GString *text = g_string_new(NULL);

    g_checksum_update(sum, (const guchar *)pair, -1);
    g_checksum_get_digest(sum, b, &n);
    for (gsize i = 0; i < GROUPS; i++) {
        guint32 word = (guint32)b[4 * i] << 24 | (guint32)b[4 * i + 1] << 16 |
                       (guint32)b[4 * i + 2] << 8 | b[4 * i + 3];
        g_string_append_printf(text, "%s%05u", i ? " " : "", word % GROUP_RANGE);
    }
    return g_string_free(text, FALSE);
}

static bool nobody(struct dummy *d, GDBusMethodInvocation *inv, const char *account)
{
    g_autofree char *why =
        g_strdup_printf("no account '%s'; `trucban contacts` lists them", account);

    return contact_find(d, account) ? false : refuse(inv, "NOTFOUND", why);
}

static gboolean on_fingerprint(TbaAgent *o, GDBusMethodInvocation *inv, const char *account,
                               gpointer user)
{
    struct dummy *d = user;

    if (not_ready(d, inv) || nobody(d, inv, account))
        return TRUE;
    g_autofree char *digits = digits_of(d, account);
    tba_agent_complete_fingerprint(o, inv, digits);
    return TRUE;
}

static char *only_digits(const char *s)
{
    GString *text = g_string_new(NULL);

    for (; *s; s++)
        if (g_ascii_isdigit(*s))
            (void)g_string_append_c(text, *s);
    return g_string_free(text, FALSE);
}

static gboolean on_verify(TbaAgent *o, GDBusMethodInvocation *inv, const char *account, guint group,
                          const char *typed, gpointer user)
{
    struct dummy *d = user;

    if (group < 1 || group > GROUPS)
        return refuse(inv, "RANGE", "the group is a number from 1 to 12");
    if (not_ready(d, inv) || nobody(d, inv, account))
        return TRUE;
    g_autofree char *spaced = digits_of(d, account), *all = only_digits(spaced);
    g_autofree char *said = only_digits(typed);
    bool fits = strlen(said) >= GROUP_DIGITS && strlen(said) % GROUP_DIGITS == 0 &&
                g_str_has_prefix(all + (gsize)(group - 1) * GROUP_DIGITS, said);
    g_autoptr(GVariant) patch = g_variant_ref_sink(g_variant_new_parsed(
        "{'account': <%s>, 'compared': <%b>, 'compared_at': <%x>, 'level': <%u>}", account, fits,
        fits ? now_ms() : 0, fits ? (guint32)3 : (guint32)2));
    contact_add(d, patch);
    if (!fits)
        return refuse(inv, "BADSIG",
                      "the digits differ: somebody may stand between you; tell the registrar");
    g_autoptr(GVariant) same = g_variant_ref_sink(
        g_variant_new_parsed("{'account': <%s>, 'key_changed': <false>}", account));
    contact_add(d, same);
    tba_agent_complete_verify(o, inv);
    return TRUE;
}

static gboolean on_suspend(TbaAgent *o, GDBusMethodInvocation *inv, const char *account,
                           const char *reason, gpointer user)
{
    struct dummy *d = user;

    (void)reason;
    if (not_ready(d, inv))
        return TRUE;
    if (strcmp(account, get_s(d->me, "account")) != 0 && nobody(d, inv, account))
        return TRUE;
    tba_agent_complete_suspend(o, inv, "suspended");
    return TRUE;
}

/* ---- roster */

static gboolean on_roster_log(TbaAgent *o, GDBusMethodInvocation *inv, guint64 from, guint max,
                              gpointer user)
{
    struct dummy *d = user;
    guint64 size = (guint64)get_n(d->status, "roster_size");
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (guint64 i = from; i < size && (max == 0 || i - from < max); i++) {
        g_autofree char *hash = g_strdup_printf("%064" G_GINT64_MODIFIER "x", i);
        g_variant_builder_add_parsed(
            &list,
            "{'position': <%t>, 'kind': <'cred'>, 'subject': <'an'>, 'signed_at': <%x>,"
            " 'expires_at': <%x>, 'hash': <%s>, 'detail': <'responder'>, 'signatures': <uint32 1>,"
            " 'counts': <true>}",
            i, d->start_ms - (gint64)(size - i) * ENTRY_S * 1000,
            d->start_ms + INT64_C(300) * ENTRY_S * 1000, hash);
    }
    tba_agent_complete_roster_log(o, inv, g_variant_builder_end(&list), size);
    return TRUE;
}

static gboolean on_roster_verify(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;
    bool ok = !get_b(d->status, "roster_alarm");

    tba_agent_complete_roster_verify(
        o, inv,
        g_variant_new_parsed("{'size': <%t>, 'head': <'00ff'>, 'root': <%s>, 'province': <%s>,"
                             " 'ok': <%b>, 'position': <uint64 7>, 'problem': <%s>}",
                             (guint64)get_n(d->status, "roster_size"), get_s(d->me, "root"),
                             get_s(d->me, "province"), ok, get_s(d->status, "roster_alarm_text")));
    return TRUE;
}

static gboolean on_policy_show(TbaAgent *o, GDBusMethodInvocation *inv, const char *id,
                               gpointer user)
{
    struct dummy *d = user;
    g_autoptr(GVariant) all = get_v(d->scene, "policies");
    GVariantBuilder list;
    guint n = 0;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; all && i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(all, i);
        if (*id && strcmp(get_s(one, "id"), id) != 0)
            continue;
        g_variant_builder_add_value(&list, one);
        n++;
    }
    g_autoptr(GVariant) policies = g_variant_ref_sink(g_variant_builder_end(&list));
    if (*id && n == 0)
        return refuse(inv, "NOTFOUND", "no such policy; `trucban policy show` lists them");
    tba_agent_complete_policy_show(o, inv, policies);
    return TRUE;
}

void connect_people(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-contacts", G_CALLBACK(on_contacts), d);
    (void)g_signal_connect(s, "handle-fingerprint", G_CALLBACK(on_fingerprint), d);
    (void)g_signal_connect(s, "handle-verify", G_CALLBACK(on_verify), d);
    (void)g_signal_connect(s, "handle-suspend", G_CALLBACK(on_suspend), d);
}

void connect_roster(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-roster-log", G_CALLBACK(on_roster_log), d);
    (void)g_signal_connect(s, "handle-roster-verify", G_CALLBACK(on_roster_verify), d);
    (void)g_signal_connect(s, "handle-policy-show", G_CALLBACK(on_policy_show), d);
}
