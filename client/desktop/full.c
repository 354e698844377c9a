/* SPDX-License-Identifier: GPL-3.0-or-later */
/* full.c - see full.h. */
#include "client/desktop/full.h"

#include "client/desktop/app.h"
#include "client/desktop/refusal.h"

struct _TbdFull {
    GObject parent;
    char *id, *trouble;
    TbdItem *item;
    gulong item_handler;
    GVariant *doc, *handles;
    GUnixFDList *fds;
    GCancellable *cancel;
    gboolean pulling, again;
};

G_DEFINE_FINAL_TYPE(TbdFull, tbd_full, G_TYPE_OBJECT)

static guint changed_signal;

static void pull(TbdFull *f);

static void adopt(TbdFull *f, GVariant *doc, GVariant *handles, GUnixFDList *fds)
{
    bool same = f->doc && g_variant_equal(f->doc, doc);

    g_clear_pointer(&f->doc, g_variant_unref);
    g_clear_pointer(&f->handles, g_variant_unref);
    g_clear_object(&f->fds);
    f->doc = doc;
    f->handles = handles;
    f->fds = fds;
    if (!same || f->trouble) {
        g_clear_pointer(&f->trouble, g_free);
        g_signal_emit(f, changed_signal, 0);
    }
}

static void on_page(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdFull) f = user;
    g_autoptr(GError) error = NULL;
    GVariant *doc = NULL, *handles = NULL;
    GUnixFDList *fds = NULL;
    bool ok =
        tba_agent_call_page_get_finish(TBA_AGENT(source), &doc, &handles, &fds, result, &error);

    f->pulling = FALSE;
    if (ok) {
        adopt(f, doc, handles, fds);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !f->doc) {
        g_free(f->trouble);
        f->trouble = tbd_refusal_text(error);
        g_signal_emit(f, changed_signal, 0);
    }
    if (f->again)
        pull(f);
}

static void pull(TbdFull *f)
{
    TbaAgent *proxy = tbd_agent_proxy(tbd_app_agent());

    f->again = f->pulling;
    if (f->pulling || !proxy || g_cancellable_is_cancelled(f->cancel))
        return;
    f->pulling = TRUE;
    tba_agent_call_page_get(proxy, f->id, NULL, f->cancel, on_page, g_object_ref(f));
}

/* The page may come into the lists later than here. */
static void find_item(TbdFull *f)
{
    TbdItem *item = tbd_lists_page(tbd_app_lists(), f->id);

    if (item == f->item)
        return;
    if (f->item)
        g_signal_handler_disconnect(f->item, f->item_handler);
    g_set_object(&f->item, item);
    if (item)
        f->item_handler =
            g_signal_connect_object(item, "notify::doc", G_CALLBACK(pull), f, G_CONNECT_SWAPPED);
}

static void on_pages(TbdFull *f)
{
    bool known = f->item != NULL;

    find_item(f);
    if (f->item && !known)
        pull(f);
}

static void on_agent(TbdFull *f, guint topics)
{
    if (topics & TBD_TOPIC_LINK)
        pull(f);
}

static void tbd_full_dispose(GObject *object)
{
    TbdFull *f = TBD_FULL(object);

    g_cancellable_cancel(f->cancel);
    if (f->item)
        g_signal_handler_disconnect(f->item, f->item_handler);
    g_clear_object(&f->item);
    G_OBJECT_CLASS(tbd_full_parent_class)->dispose(object);
}

static void tbd_full_finalize(GObject *object)
{
    TbdFull *f = TBD_FULL(object);

    g_clear_object(&f->cancel);
    g_clear_pointer(&f->doc, g_variant_unref);
    g_clear_pointer(&f->handles, g_variant_unref);
    g_clear_object(&f->fds);
    g_free(f->id);
    g_free(f->trouble);
    G_OBJECT_CLASS(tbd_full_parent_class)->finalize(object);
}

static void tbd_full_class_init(TbdFullClass *class)
{
    G_OBJECT_CLASS(class)->dispose = tbd_full_dispose;
    G_OBJECT_CLASS(class)->finalize = tbd_full_finalize;
    changed_signal = g_signal_new("changed", TBD_TYPE_FULL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void tbd_full_init(TbdFull *f)
{
    f->cancel = g_cancellable_new();
}

TbdFull *tbd_full_new(const char *id)
{
    TbdFull *f = g_object_new(TBD_TYPE_FULL, NULL);

    f->id = g_strdup(id);
    g_signal_connect_object(tbd_app_lists(), "pages", G_CALLBACK(on_pages), f, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), f, G_CONNECT_SWAPPED);
    find_item(f);
    pull(f);
    return f;
}

const char *tbd_full_id(TbdFull *f)
{
    return f->id;
}

GVariant *tbd_full_doc(TbdFull *f)
{
    return f->doc;
}

const char *tbd_full_trouble(TbdFull *f)
{
    return f->trouble;
}

int tbd_full_file(TbdFull *f, guint i)
{
    gint32 handle = -1;

    if (!f->fds || !f->handles || i >= g_variant_n_children(f->handles))
        return -1;
    g_variant_get_child(f->handles, i, "h", &handle);
    if (handle < 0 || handle >= g_unix_fd_list_get_length(f->fds))
        return -1;
    return g_unix_fd_list_get(f->fds, handle, NULL);
}
