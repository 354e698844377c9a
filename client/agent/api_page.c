/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_page.c - reading and answering pages. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"

enum { PAGES_MAX = 500 }; /* in one answer; there is a cursor */

static gboolean on_test_page(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    struct tbc_why why = { "" };
    struct tb_id page;
    char id[17];
    tb_result r = tbc_test_page(a->core, &page, &why);

    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tb_id_print(&page, id);
    tba_agent_complete_test_page(o, inv, id);
    return TRUE;
}

static gboolean on_pages(TbaAgent *o, GDBusMethodInvocation *inv, GVariant *query, gpointer user)
{
    struct agent *a = user;
    const struct tbc_query q = { .since = doc_get_t(query, "since"),
                                 .before = doc_get_t(query, "before"),
                                 .open = doc_get_b(query, "open") };
    guint32 max = doc_get_u(query, "max");
    size_t room = max == 0 || max > PAGES_MAX ? PAGES_MAX : max;
    struct tbc_listing l = { 0 };
    g_autofree struct tbc_page *pages = g_new0(struct tbc_page, room);
    GVariantBuilder list;

    tb_result r = tbc_pages(a->core, &q, pages, room, &l);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < l.n; i++)
        g_variant_builder_add_value(&list, doc_page(&pages[i]));
    tba_agent_complete_pages(o, inv, g_variant_builder_end(&list), l.change, l.older);
    return TRUE;
}

/* Puts each file into a descriptor; gives the handles, or NULL. */
static GVariant *give_files(const struct tbc_page_full *p, GUnixFDList *fds)
{
    GVariantBuilder handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    for (size_t i = 0; i < p->n_files; i++)
        if (!api_give_file(fds, &handles, tb_view_of(p->file[i].data, p->file[i].n))) {
            g_variant_builder_clear(&handles);
            return NULL;
        }
    return g_variant_builder_end(&handles);
}

static gboolean on_page_get(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *in,
                            const char *printed, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tbc_page_full_done) struct tbc_page_full page = { 0 };
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    struct tb_id id;

    (void)in;
    if (!api_page_id(a, inv, printed, &id))
        return TRUE;
    tb_result r = tbc_page_get(a->core, &id, &page);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    GVariant *handles = give_files(&page, fds);
    if (!handles)
        return api_fail(inv, TB_E_IO, "the files could not be handed over");
    tba_agent_complete_page_get(o, inv, fds, doc_page_full(&page), handles);
    return TRUE;
}

static gboolean on_find(TbaAgent *o, GDBusMethodInvocation *inv, const char *prefix, gpointer user)
{
    struct tb_id id;
    char printed[17];

    if (!api_page_id(user, inv, prefix, &id))
        return TRUE;
    tb_id_print(&id, printed);
    tba_agent_complete_find(o, inv, printed);
    return TRUE;
}

static gboolean on_seen(TbaAgent *o, GDBusMethodInvocation *inv, const char *printed, gpointer user)
{
    struct agent *a = user;
    struct tb_id id;

    if (!api_page_id(a, inv, printed, &id))
        return TRUE;
    tb_result r = tbc_seen(a->core, &id);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    alarm_seen(a->alarm, &id);
    tba_agent_complete_seen(o, inv);
    return TRUE;
}

static bool act_of(const char *name, enum tb_act_kind *ret)
{
    static const enum tb_act_kind kinds[] = { TB_ACT_ACCEPT, TB_ACT_DECLINE, TB_ACT_OFFER,
                                              TB_ACT_RESOLVE };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(tb_act_name(kinds[i]), name) == 0) {
            *ret = kinds[i];
            return true;
        }
    return false;
}

static gboolean on_answer(TbaAgent *o, GDBusMethodInvocation *inv, const char *printed,
                          const char *kind, GVariant *detail, gpointer user)
{
    struct agent *a = user;
    struct tbc_why why = { "" };
    struct tbc_answer answer = {
        .eta_min = doc_get_u(detail, "eta_min"),
        .reason = doc_get_s(detail, "reason"),
        .to_account = doc_get_s(detail, "to_account"),
        .override_reason = doc_get_s(detail, "override_reason"),
    };

    if (!act_of(kind, &answer.kind))
        return api_fail(inv, TB_E_RANGE, "kind is accept, decline, offer or resolve");
    if (!api_page_id(a, inv, printed, &answer.page))
        return TRUE;
    tb_result r = tbc_answer(a->core, &answer, &why);
    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tba_agent_complete_answer(o, inv);
    return TRUE;
}

void api_connect_page(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-test-page", G_CALLBACK(on_test_page), a);
    (void)g_signal_connect(s, "handle-pages", G_CALLBACK(on_pages), a);
    (void)g_signal_connect(s, "handle-page-get", G_CALLBACK(on_page_get), a);
    (void)g_signal_connect(s, "handle-find", G_CALLBACK(on_find), a);
    (void)g_signal_connect(s, "handle-seen", G_CALLBACK(on_seen), a);
    (void)g_signal_connect(s, "handle-answer", G_CALLBACK(on_answer), a);
}
