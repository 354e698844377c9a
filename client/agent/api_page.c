/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_page.c - raising, reading and answering pages. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"
#include "client/agent/fdio.h"
#include "proto/text.h"

enum { PAGES_MAX = 500 }; /* in one answer; there is a cursor */

/* The attached files while a report is being made. */
struct files {
    struct tbc_file file[TB_INLINE_FILES];
    struct tb_buf data[TB_INLINE_FILES];
    size_t n;
};

static void files_done(struct files *f)
{
    for (size_t i = 0; i < f->n; i++)
        tb_buf_wipe(&f->data[i]);
}

/* `names` borrows from the document. */
static tb_result read_files(GUnixFDList *fds, GVariant *handles, const char *const *names,
                            struct files *f, struct tbc_why *why)
{
    size_t n = g_variant_n_children(handles);

    if (n > TB_INLINE_FILES || n != g_strv_length((char **)(uintptr_t)names)) {
        (void)g_snprintf(why->text, sizeof why->text,
                         "%zu files; at most %d, each with a name in file_names", n,
                         (int)TB_INLINE_FILES);
        return TB_E_LIMIT;
    }
    for (; f->n < n; f->n++) {
        g_autoptr(GVariant) handle = g_variant_get_child_value(handles, f->n);
        TB_CLEANUP(tb_closep) int fd = api_fd(fds, handle);
        struct tb_buf *data = &f->data[f->n];
        tb_result r = fd < 0 ? TB_E_RANGE : fd_read(fd, TB_INLINE_FILE_MAX, data);
        if (r != TB_OK) {
            (void)g_snprintf(why->text, sizeof why->text,
                             "%.100s: must be a regular file of at most %d bytes", names[f->n],
                             (int)TB_INLINE_FILE_MAX);
            return r;
        }
        f->file[f->n] = (struct tbc_file){ .name = names[f->n], .data = tb_buf_view(data) };
    }
    return TB_OK;
}

static struct tbc_report report_of(GVariant *doc)
{
    return (struct tbc_report){
        .kind = doc_get_s(doc, "kind"),
        .title = doc_get_s(doc, "title"),
        .text = doc_get_s(doc, "text"),
        .page_class = doc_get_u(doc, "class"),
        .policy = doc_get_s(doc, "policy"),
        .detected_ms = doc_get_x(doc, "detected_at"),
        .system_name = doc_get_s(doc, "system_name"),
        .system_address = doc_get_s(doc, "system_address"),
        .system_level = doc_get_u(doc, "system_level"),
        .no_state_secret = doc_get_b(doc, "no_state_secret"),
        .drill = doc_get_b(doc, "drill"),
        .tlp = doc_get_u(doc, "tlp"),
    };
}

static gboolean on_report(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds, GVariant *doc,
                          GVariant *handles, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(files_done) struct files files = { 0 };
    struct tbc_report report = report_of(doc);
    struct tbc_why why = { "" };
    struct tb_id page;
    char id[17];
    g_autofree const char **names = NULL;

    if (!report.title)
        return api_fail(inv, TB_E_RANGE, "a page needs a title");
    if (!g_variant_lookup(doc, "file_names", "^a&s", &names))
        names = g_new0(const char *, 1);
    tb_result r = read_files(fds, handles, names, &files, &why);
    report.file = files.file;
    report.n_files = files.n;
    if (r == TB_OK)
        r = tbc_report(a->core, &report, &page, &why);
    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tb_id_print(&page, id);
    tba_agent_complete_report(o, inv, NULL, id);
    return TRUE;
}

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

static gboolean on_pages(TbaAgent *o, GDBusMethodInvocation *inv, guint64 since, gboolean open,
                         guint max, gpointer user)
{
    struct agent *a = user;
    size_t n = 0, room = max == 0 || max > PAGES_MAX ? PAGES_MAX : max;
    uint64_t change = since;
    g_autofree struct tbc_page *pages = g_new0(struct tbc_page, room);
    GVariantBuilder list;

    tb_result r = tbc_pages(a->core, &(struct tbc_query){ since, open }, pages, room, &n, &change);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < n; i++)
        g_variant_builder_add_value(&list, doc_page(&pages[i]));
    tba_agent_complete_pages(o, inv, g_variant_builder_end(&list), change);
    return TRUE;
}

/* Puts each file into a descriptor; gives the handles, or NULL. */
static GVariant *give_files(const struct tbc_page_full *p, GUnixFDList *fds)
{
    GVariantBuilder handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    for (size_t i = 0; i < p->n_files; i++) {
        TB_CLEANUP(tb_closep) int fd = -1;
        int index = -1;
        if (fd_of(tb_view_of(p->file[i].data, p->file[i].n), &fd) == TB_OK)
            index = g_unix_fd_list_append(fds, fd, NULL); /* its own copy */
        if (index < 0) {
            g_variant_builder_clear(&handles);
            return NULL;
        }
        g_variant_builder_add(&handles, "h", index);
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
    (void)g_signal_connect(s, "handle-report", G_CALLBACK(on_report), a);
    (void)g_signal_connect(s, "handle-test-page", G_CALLBACK(on_test_page), a);
    (void)g_signal_connect(s, "handle-pages", G_CALLBACK(on_pages), a);
    (void)g_signal_connect(s, "handle-page-get", G_CALLBACK(on_page_get), a);
    (void)g_signal_connect(s, "handle-find", G_CALLBACK(on_find), a);
    (void)g_signal_connect(s, "handle-seen", G_CALLBACK(on_seen), a);
    (void)g_signal_connect(s, "handle-answer", G_CALLBACK(on_answer), a);
}
