/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c - answers, with the agent's refusals: who came first, what needs a reason, which gate is shut. */
#include <string.h>

#include "dummy.h"

void page_accepted_by(struct dummy *d, struct page *p, const char *who, guint eta_min)
{
    GVariant *contact = contact_find(d, who);
    bool me = strcmp(who, get_s(d->me, "account")) == 0;
    const char *name = me ? get_s(d->me, "name") : contact ? get_s(contact, "name") : "";
    guint32 level = (guint32)get_n(me ? d->me : contact ? contact : d->me, "level");

    page_set(
        d, p,
        "{'state': <'accepted'>, 'owner': <%s>, 'owner_name': <%s>, 'owner_level': <%u>,"
        " 'eta_min': <%u>, 'accepted_at': <%x>, 'next_tier_at': <int64 0>, 'overdue_at': <int64 0>,"
        " 'nobody': <false>, 'offer_to': <''>}",
        who, name, level, eta_min, now_ms());
    page_event(d, p,
               g_variant_new_parsed("{'kind': <'accept'>, 'account': <%s>, 'name': <%s>,"
                                    " 'level': <%u>, 'eta_min': <%u>, 'tier': <%u>}",
                                    who, name, level, eta_min, (guint32)get_n(p->doc, "tier")));
}

/* The other acts of mine, as events. */
static void note(struct dummy *d, struct page *p, const char *kind, GVariant *detail)
{
    page_event(d, p,
               g_variant_new_parsed("{'kind': <%s>, 'account': <%s>, 'name': <%s>, 'target': <%s>,"
                                    " 'reason': <%s>, 'override': <%b>, 'level': <%u>}",
                                    kind, get_s(d->me, "account"), get_s(d->me, "name"),
                                    get_s(detail, "to_account"), get_s(detail, "reason"),
                                    *get_s(detail, "override_reason") != '\0',
                                    (guint32)get_n(d->me, "level")));
}

/* The scene's `gates` says e.g. {'accept': 'To accept needs level 2, this device has level 1.'}. */
static bool gate_shut(struct dummy *d, GDBusMethodInvocation *inv, const char *kind,
                      GVariant *detail)
{
    g_autoptr(GVariant) gates = g_variant_lookup_value(d->scene, "gates", G_VARIANT_TYPE("a{ss}"));
    const char *why = NULL;

    if (!gates || !g_variant_lookup(gates, kind, "&s", &why) || *get_s(detail, "override_reason"))
        return false;
    return refuse(inv, "UNVERIFIED", why);
}

static bool taken(struct page *p, GDBusMethodInvocation *inv)
{
    const char *owner = get_s(p->doc, "owner");
    g_autofree char *why = g_strdup_printf("%s has accepted it already.", owner);

    return *owner ? refuse(inv, "CONFLICT", why) : false;
}

static bool not_mine(struct dummy *d, struct page *p, GDBusMethodInvocation *inv, const char *kind)
{
    bool concerned = get_b(p->doc, "mine_to_answer") || strcmp(get_s(p->doc, "box"), "out") == 0;
    bool owner = strcmp(get_s(p->doc, "owner"), get_s(d->me, "account")) == 0;

    if (concerned || owner || strcmp(kind, "resolve") == 0)
        return false;
    return refuse(inv, "DENIED",
                  "This page was not given to you for that: only who was called, owns or sent it "
                  "may.");
}

static gboolean accept(struct dummy *d, struct page *p, GDBusMethodInvocation *inv,
                       GVariant *detail)
{
    guint eta = (guint)get_n(detail, "eta_min");
    bool offered = strcmp(get_s(p->doc, "offer_to"), get_s(d->me, "account")) == 0;

    if (eta > 1440)
        return refuse(inv, "RANGE", "An ETA is at most 1440 minutes.");
    if (!offered && taken(p, inv))
        return TRUE;
    page_accepted_by(d, p, get_s(d->me, "account"), eta);
    return FALSE;
}

static gboolean decline(struct dummy *d, struct page *p, GDBusMethodInvocation *inv,
                        GVariant *detail)
{
    if (!*get_s(detail, "reason"))
        return refuse(inv, "RANGE", "To decline needs a reason.");
    if (taken(p, inv))
        return TRUE;
    page_set(d, p, "{'declined_by_me': <true>}");
    note(d, p, "decline", detail);
    return FALSE;
}

static gboolean offer(struct dummy *d, struct page *p, GDBusMethodInvocation *inv, GVariant *detail)
{
    const char *to = get_s(detail, "to_account");

    if (!contact_find(d, to))
        return refuse(inv, "NOTFOUND",
                      "There is no account of that name with a device in good standing.");
    page_set(d, p, "{'offer_to': <%s>}", to);
    note(d, p, "offer", detail);
    return FALSE;
}

static gboolean resolve(struct dummy *d, struct page *p, GDBusMethodInvocation *inv,
                        GVariant *detail)
{
    (void)inv;
    page_set(d, p,
             "{'state': <'resolved'>, 'ended_at': <%x>, 'mine_to_answer': <false>,"
             " 'next_tier_at': <int64 0>}",
             now_ms());
    note(d, p, "resolve", detail);
    return FALSE;
}

static gboolean on_answer(TbaAgent *o, GDBusMethodInvocation *inv, const char *id, const char *kind,
                          GVariant *detail, gpointer user)
{
    static const struct {
        const char *kind;
        gboolean (*act)(struct dummy *, struct page *, GDBusMethodInvocation *, GVariant *);
    } acts[] = {
        { "accept", accept }, { "decline", decline }, { "offer", offer }, { "resolve", resolve }
    };
    struct dummy *d = user;
    struct page *p = page_find(d, id);

    if (not_ready(d, inv))
        return TRUE;
    if (!p)
        return refuse(inv, "NOTFOUND", "no such page; `trucban pages` lists them");
    if (get_n(p->doc, "ended_at"))
        return refuse(inv, "CONFLICT", "The page has ended already.");
    if (gate_shut(d, inv, kind, detail) || not_mine(d, p, inv, kind))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(acts); i++)
        if (strcmp(acts[i].kind, kind) == 0) {
            if (!acts[i].act(d, p, inv, detail))
                tba_agent_complete_answer(o, inv);
            return TRUE;
        }
    return refuse(inv, "RANGE", "kind is accept, decline, offer or resolve");
}

void connect_answers(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-answer", G_CALLBACK(on_answer), d);
}
