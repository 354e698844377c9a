/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_report.c - raising pages, and the report that is being written. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"
#include "client/agent/fdio.h"

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

static gboolean on_report(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds, GVariant *doc,
                          GVariant *handles, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(files_done) struct files files = { 0 };
    struct tbc_report report = doc_report(doc);
    struct tbc_why why = { "" };
    struct tb_id page;
    char id[17];
    g_autofree const char **names = doc_file_names(doc);

    if (!report.title)
        return api_fail(inv, TB_E_RANGE, "a page needs a title");
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

static gboolean on_draft_put(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                             GVariant *doc, GVariant *handles, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(files_done) struct files files = { 0 };
    struct tbc_report report = doc_report(doc);
    struct tbc_why why = { "" };
    g_autofree const char **names = doc_file_names(doc);

    tb_result r = read_files(fds, handles, names, &files, &why);
    report.file = files.file;
    report.n_files = files.n;
    if (r == TB_OK)
        r = tbc_draft_put(a->core, &report);
    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tba_agent_complete_draft_put(o, inv, NULL);
    return TRUE;
}

static gboolean give_draft(TbaAgent *o, GDBusMethodInvocation *inv, const struct tbc_draft *draft)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GVariantBuilder handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    for (size_t i = 0; i < draft->report.n_files; i++)
        if (!api_give_file(fds, &handles, draft->file[i].data)) {
            g_variant_builder_clear(&handles);
            return api_fail(inv, TB_E_IO, "the files could not be handed over");
        }
    tba_agent_complete_draft_get(o, inv, fds, doc_draft(draft), g_variant_builder_end(&handles));
    return TRUE;
}

static gboolean on_draft_get(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *in,
                             gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tbc_draft_done) struct tbc_draft draft = { 0 };
    struct tbc_whoami me;

    (void)in;
    tb_result r = tbc_draft_get(a->core, &draft);
    if (r == TB_E_NOTFOUND && tbc_whoami(a->core, &me) == TB_OK)
        return api_fail(inv, r, "there is no draft of a report");
    return r == TB_OK ? give_draft(o, inv, &draft) : api_refuse(a, inv, r, NULL);
}

static gboolean on_draft_clear(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    tb_result r = tbc_draft_clear(a->core);

    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_draft_clear(o, inv);
    return TRUE;
}

void api_connect_report(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-report", G_CALLBACK(on_report), a);
    (void)g_signal_connect(s, "handle-draft-put", G_CALLBACK(on_draft_put), a);
    (void)g_signal_connect(s, "handle-draft-get", G_CALLBACK(on_draft_get), a);
    (void)g_signal_connect(s, "handle-draft-clear", G_CALLBACK(on_draft_clear), a);
}
