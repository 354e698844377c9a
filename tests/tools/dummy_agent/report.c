/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - a report goes out, reaches the relay, rings at the first tier, and is taken by somebody of
 * the scene: `relay_after_s` (1), `accept_after_s` (0: nobody), `accept_by`, `accept_eta_min`. */
#include <string.h>

#include "dummy.h"

struct trip {
    struct dummy *d;
    char *id;
};

static void trip_free(gpointer data)
{
    struct trip *t = data;
    g_free(t->id);
    g_free(t);
}

static void later(struct dummy *d, const char *id, guint ms, GSourceFunc next)
{
    struct trip *t = g_new0(struct trip, 1);

    *t = (struct trip){ .d = d, .id = g_strdup(id) };
    (void)g_timeout_add_full(G_PRIORITY_DEFAULT, ms, next, t, trip_free);
}

static GVariant *first_tier(struct dummy *d)
{
    g_autoptr(GVariant) policies = get_v(d->scene, "policies");

    if (!policies || g_variant_n_children(policies) == 0)
        return NULL;
    g_autoptr(GVariant) policy = g_variant_get_child_value(policies, 0);
    g_autoptr(GVariant) tiers = get_v(policy, "tiers");
    return tiers && g_variant_n_children(tiers) ? g_variant_get_child_value(tiers, 0) : NULL;
}

/* One rung for each person of the first tier. */
static GVariant *rungs(struct dummy *d, GVariant *tier, int64_t delivered, int64_t seen)
{
    GVariantBuilder b;
    g_autofree const char **accounts = NULL;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    if (tier)
        (void)g_variant_lookup(tier, "accounts", "^a&s", &accounts);
    for (const char **a = accounts; a && *a; a++) {
        GVariant *contact = contact_find(d, *a);
        g_variant_builder_add_parsed(
            &b,
            "{'tier': <uint32 1>, 'account': <%s>, 'name': <%s>, 'released': <true>,"
            " 'capsule_ok_at': <%x>, 'delivered_at': <%x>, 'seen_at': <%x>}",
            *a, contact ? get_s(contact, "name") : "", delivered, delivered, seen);
    }
    return g_variant_builder_end(&b);
}

static void reach(struct dummy *d, struct page *p, bool seen)
{
    g_autoptr(GVariant) tier = first_tier(d);
    int64_t now = now_ms();

    page_set(d, p, "{'devices': <%@aa{sv}>}", rungs(d, tier, now, seen ? now : 0));
}

static gboolean on_taken(gpointer user)
{
    struct trip *t = user;
    struct page *p = page_find(t->d, t->id);

    if (p && strcmp(get_s(p->doc, "state"), "ringing") == 0)
        page_accepted_by(t->d, p, get_s(t->d->scene, "accept_by"),
                         (guint)get_n(t->d->scene, "accept_eta_min"));
    return G_SOURCE_REMOVE;
}

static gboolean on_seen(gpointer user)
{
    struct trip *t = user;
    struct page *p = page_find(t->d, t->id);

    if (p)
        reach(t->d, p, true);
    return G_SOURCE_REMOVE;
}

/* Away from the relay it stays in the outbox. */
static gboolean on_relayed(gpointer user)
{
    struct trip *t = user;
    struct dummy *d = t->d;
    struct page *p = page_find(d, t->id);
    g_autoptr(GVariant) tier = first_tier(d);
    int64_t now = now_ms(), after = get_n(d->scene, "accept_after_s");

    if (!p || strcmp(get_s(d->status, "online"), "online") != 0)
        return p ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    bool test = get_b(p->doc, "test");
    page_set(d, p,
             "{'state': <'ringing'>, 'relayed_at': <%x>, 'tier': <uint32 1>, 'next_tier_at': <%x>}",
             now, tier && !test ? now + get_n(tier, "wait_s") * 1000 : 0);
    page_event(d, p, g_variant_new_parsed("{'kind': <'relayed'>}"));
    page_event(d, p, g_variant_new_parsed("{'kind': <'release'>, 'tier': <uint32 1>}"));
    doc_patch(&d->status, g_variant_new_parsed("{'outbox': <uint32 0>}"));
    nudge(d, TOPIC_OUTBOX);
    if (test) {
        page_set(d, p, "{'mine_to_answer': <true>}");
        return G_SOURCE_REMOVE;
    }
    reach(d, p, false);
    later(d, t->id, 1000, on_seen);
    if (after)
        later(d, t->id, (guint)after * 1000, on_taken);
    return G_SOURCE_REMOVE;
}

static char *send_out(struct dummy *d, GVariant *doc)
{
    char *id = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());
    gint64 wait = get_n(d->scene, "relay_after_s");
    g_autoptr(GVariant) page = g_variant_ref_sink(g_variant_new_parsed(
        "{'id': <%s>, 'box': <'out'>, 'state': <'queued'>, 'created_at': <%x>, 'tier': <uint32 0>,"
        " 'sender': <%s>, 'sender_name': <%s>, 'agency': <%s>}",
        id, now_ms(), get_s(d->me, "account"), get_s(d->me, "name"), get_s(d->me, "agency")));
    g_autoptr(GVariant) whole = doc_merge(page, doc);

    page_add(d, whole);
    doc_patch(&d->status,
              g_variant_new_parsed("{'outbox': <%u>}", (guint32)get_n(d->status, "outbox") + 1));
    nudge(d, TOPIC_OUTBOX);
    later(d, id, wait ? (guint)wait * 1000 : 1000, on_relayed);
    return id;
}

/* Of a report, what a page shows. */
static GVariant *page_of(GVariant *report)
{
    static const char *const texts[] = { "kind",   "title",       "text",
                                         "policy", "system_name", "system_address" };
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_variant_dict_insert(&dict, texts[i], "s", get_s(report, texts[i]));
    g_variant_dict_insert(&dict, "class", "u", (guint32)get_n(report, "class"));
    g_variant_dict_insert(&dict, "system_level", "u", (guint32)get_n(report, "system_level"));
    g_variant_dict_insert(&dict, "detected_at", "x", (gint64)get_n(report, "detected_at"));
    g_variant_dict_insert(&dict, "drill", "b", get_b(report, "drill"));
    g_variant_dict_insert(&dict, "report", "b", *get_s(report, "kind") != '\0');
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static gboolean on_report(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *report, GVariant *files, gpointer user)
{
    struct dummy *d = user;

    (void)fds, (void)files;
    if (not_ready(d, inv))
        return TRUE;
    if (!*get_s(report, "title"))
        return refuse(inv, "RANGE", "a page needs a title");
    if (*get_s(report, "kind") && !get_b(report, "no_state_secret"))
        return refuse(inv, "RANGE", "a report must say that it holds no state secrets");
    g_autoptr(GVariant) page = page_of(report);
    g_autofree char *id = send_out(d, page);
    if (get_b(report, "from_draft"))
        draft_sent();
    tba_agent_complete_report(o, inv, NULL, id);
    return TRUE;
}

static gboolean on_test_page(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;

    if (not_ready(d, inv))
        return TRUE;
    g_autoptr(GVariant) page = g_variant_ref_sink(g_variant_new_parsed(
        "{'title': <'Kiểm tra chuông'>, 'test': <true>, 'report': <false>, 'class': <uint32 1>}"));
    g_autofree char *id = send_out(d, page);
    tba_agent_complete_test_page(o, inv, id);
    return TRUE;
}

void connect_reports(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-report", G_CALLBACK(on_report), d);
    (void)g_signal_connect(s, "handle-test-page", G_CALLBACK(on_test_page), d);
}
