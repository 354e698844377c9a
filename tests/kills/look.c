/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look.c - see look.h. */
#include "look.h"

#include <string.h>

#include "tb_cmocka.h"

static const char *text_of(GVariant *doc, const char *key)
{
    const char *text = "";

    (void)g_variant_lookup(doc, key, "&s", &text);
    return text;
}

static uint32_t number_of(GVariant *doc, const char *key)
{
    guint32 n = 0;

    (void)g_variant_lookup(doc, key, "u", &n);
    return n;
}

static int64_t moment_of(GVariant *doc, const char *key)
{
    gint64 ms = 0;

    (void)g_variant_lookup(doc, key, "x", &ms);
    return ms;
}

static bool is_true(GVariant *doc, const char *key)
{
    gboolean is = FALSE;

    return g_variant_lookup(doc, key, "b", &is) && is;
}

static GVariant *ask_part(struct man *m, bool open, guint64 before)
{
    GVariantDict query;

    g_variant_dict_init(&query, NULL);
    g_variant_dict_insert(&query, "before", "t", before);
    g_variant_dict_insert(&query, "open", "b", open);
    return people_ask(m, "Pages", g_variant_new("(@a{sv})", g_variant_dict_end(&query)));
}

GVariant *look_rows(struct man *m, bool open)
{
    g_auto(GVariantBuilder) all = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    guint64 older = 0;

    do {
        g_autoptr(GVariant) reply = ask_part(m, open, older), part = NULL;
        if (!reply)
            return NULL;
        g_variant_get(reply, "(@aa{sv}tt)", &part, NULL, &older);
        for (gsize i = 0; i < g_variant_n_children(part); i++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(part, i);
            g_variant_builder_add_value(&all, row);
        }
    } while (older != 0);
    return g_variant_ref_sink(g_variant_builder_end(&all));
}

static int count_rows(GVariant *rows, const char *id)
{
    int n = 0;

    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        n += strcmp(text_of(row, "id"), id) == 0;
    }
    return n;
}

/* ---- one page on one device */

static enum j_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        enum j_kind kind;
    } kinds[] = { { "release", J_RELEASE }, { "skip", J_SKIP },       { "nobody", J_NOBODY },
                  { "accept", J_ACCEPT },   { "decline", J_DECLINE }, { "resolve", J_RESOLVE } };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return J_OTHER;
}

static void take_events(GVariant *doc, struct j_view *ret)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(doc, "events", G_VARIANT_TYPE("aa{sv}"));
    gsize n = list ? g_variant_n_children(list) : 0;

    ret->event = g_new0(struct j_event, n + 1);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) e = g_variant_get_child_value(list, i);
        struct j_event *to = &ret->event[ret->n++];
        to->kind = kind_of(text_of(e, "kind"));
        to->tier = (int)number_of(e, "tier");
        to->round = (int)number_of(e, "round");
        to->at_ms = moment_of(e, "at");
        to->counted = is_true(e, "counted");
        (void)g_strlcpy(to->who, text_of(e, "account"), sizeof to->who);
    }
}

static void take_receipts(GVariant *doc, struct j_page *p)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(doc, "devices", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(list, i);
        uint32_t t = number_of(d, "tier");
        if (t >= 1 && t <= J_TIERS && moment_of(d, "delivered_at") > 0)
            p->delivered[t - 1] = true;
    }
}

static void take_view(struct man *m, struct j_page *p, struct j_view *ret)
{
    g_autoptr(GVariant) reply = people_ask(m, "PageGet", g_variant_new("(s)", p->id));

    if (!reply)
        return;
    g_autoptr(GVariant) doc = g_variant_get_child_value(reply, 0);
    (void)g_strlcpy(ret->state, text_of(doc, "state"), sizeof ret->state);
    (void)g_strlcpy(ret->owner, text_of(doc, "owner"), sizeof ret->owner);
    ret->readable = is_true(doc, "readable");
    take_events(doc, ret);
    if (strcmp(ret->who, p->sender) == 0) {
        p->page_class = (int)number_of(doc, "class");
        take_receipts(doc, p);
    }
}

/* ---- all of them */

/* A page that a sender shows although nobody was told that it was taken. */
static void find_unknown(struct people *all, struct man *m, GVariant *rows)
{
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        if (strcmp(text_of(row, "box"), "out") == 0)
            (void)people_page_add(all, text_of(row, "id"), m->p->name);
    }
}

static void judge_one(struct people *all, const struct j_world *w, const struct known *k,
                      GVariant *const *rows, struct j_verdict *v)
{
    struct j_view views[WORLD_PEOPLE] = { 0 };
    struct j_answer answers[sizeof k->answer / sizeof *k->answer];
    struct j_page p = {
        .page_class = k->page_class, .taken = k->taken, .view = views, .n = all->n
    };

    memcpy(p.id, k->id, sizeof p.id);
    memcpy(p.sender, k->sender, sizeof p.sender);
    memcpy(answers, k->answer, sizeof answers);
    p.answer = answers;
    p.n_answers = k->n_answers;
    for (size_t i = 0; i < all->n; i++) {
        (void)g_strlcpy(views[i].who, all->man[i].p->name, sizeof views[i].who);
        views[i].rows = count_rows(rows[i], k->id);
        if (views[i].rows)
            take_view(&all->man[i], &p, &views[i]);
    }
    judge_page(w, &p, v);
    for (size_t i = 0; i < all->n; i++)
        g_free(views[i].event);
}

/* What world_open's policy says. */
static struct j_world world_rules(const struct people *all)
{
    return (struct j_world){
        .tiers = 3,
        .account = { "an", "binh", "chi" },
        .wait_ms = { 2000, 2000, 2000 },
        .repeat_ms = 5000,
        /* five seconds; a machine that stood still for so long may be late by it */
        .late_ms = 5000 + 3 * all->stall_ms,
        .up = all->up,
        .n_up = all->n_up,
        .seen_ms = people_now()
    };
}

void look_and_judge(struct people *all, size_t first, struct j_verdict *v)
{
    GVariant *rows[WORLD_PEOPLE] = { 0 };
    const struct j_world w = world_rules(all);

    for (size_t i = 0; i < all->n; i++) {
        rows[i] = look_rows(&all->man[i], false);
        if (!rows[i])
            judge_complain(v, all->man[i].p->name, "the agent does not answer");
        find_unknown(all, &all->man[i], rows[i]);
    }
    for (size_t i = first; i < all->n_pages; i++)
        judge_one(all, &w, &all->page[i], rows, v);
    for (size_t i = 0; i < all->n; i++)
        g_clear_pointer(&rows[i], g_variant_unref);
}

static bool nothing_to_send(struct man *m)
{
    g_autoptr(GVariant) reply = people_ask(m, "Status", g_variant_new("()"));
    if (!reply)
        return false;
    g_autoptr(GVariant) status = g_variant_get_child_value(reply, 0);
    return strcmp(text_of(status, "online"), "online") == 0 && number_of(status, "outbox") == 0;
}

static bool is_over(GVariant *rows, const char *id)
{
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        const char *state = text_of(row, "state");
        if (strcmp(text_of(row, "id"), id) == 0)
            return strcmp(state, "accepted") == 0 || strcmp(state, "resolved") == 0 ||
                   strcmp(state, "exhausted") == 0;
    }
    return true; /* missing: that is for the judge */
}

bool look_settled(struct people *all, size_t first)
{
    bool settled = people_all_up(all);

    for (size_t i = 0; i < all->n && settled; i++) {
        struct man *m = &all->man[i];
        settled = nothing_to_send(m);
        g_autoptr(GVariant) rows = settled ? look_rows(m, false) : NULL;
        find_unknown(all, m, rows);
        for (size_t k = first; k < all->n_pages && settled; k++)
            if (strcmp(all->page[k].sender, m->p->name) == 0)
                settled = is_over(rows, all->page[k].id);
    }
    return settled;
}

static const char *state_in(GVariant *rows, const char *id)
{
    for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        if (strcmp(text_of(row, "id"), id) == 0)
            return strcmp(text_of(row, "state"), "resolved") == 0 ? "resolved" : "open";
    }
    return "missing";
}

void look_at_all(struct people *all, struct j_verdict *v)
{
    for (size_t i = 0; i < all->n; i++) {
        struct man *m = &all->man[i];
        g_autoptr(GVariant) rows = look_rows(m, false);
        for (size_t k = 0; k < all->n_pages; k++) {
            const struct known *p = &all->page[k];
            int n = count_rows(rows, p->id);
            const char *state = state_in(rows, p->id);
            bool in_tier = strcmp(m->p->name, "an") == 0 || strcmp(m->p->name, "binh") == 0 ||
                           strcmp(m->p->name, "chi") == 0;
            bool mine = in_tier || strcmp(m->p->name, p->sender) == 0;
            if (p->taken && n != mine)
                judge_complain(v, p->id, "in the end %s shows %d rows of it", m->p->name, n);
            if (p->resolve_taken && mine && strcmp(state, "resolved") != 0)
                judge_complain(v, p->id, "resolved, and %s shows it %s", m->p->name, state);
        }
    }
}
