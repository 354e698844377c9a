/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c - the report that is being written: kept as long as the dummy lives.  A scene's `draft` is there at
 * the start. */
#include "dummy.h"

static GVariant *kept;
static GVariant *handles;
static GUnixFDList *files;
static bool started;

static void drop(void)
{
    g_clear_pointer(&kept, g_variant_unref);
    g_clear_pointer(&handles, g_variant_unref);
    g_clear_object(&files);
}

/* What was put by number comes back with its size. */
static GVariant *listed(GVariant *doc)
{
    g_autofree const char **names = NULL;
    GVariantBuilder list;
    GVariantDict dict;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    (void)g_variant_lookup(doc, "file_names", "^a&s", &names);
    for (const char **name = names; name && *name; name++)
        g_variant_builder_add_parsed(&list, "{'name': <%s>, 'size': <uint64 0>}", *name);
    g_variant_dict_init(&dict, doc);
    g_variant_dict_insert(&dict, "saved_at", "x", (gint64)now_ms());
    g_variant_dict_insert_value(&dict, "files", g_variant_builder_end(&list));
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static gboolean on_put(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds, GVariant *report,
                       GVariant *ah, gpointer user)
{
    if (not_ready(user, inv))
        return TRUE;
    drop();
    started = true;
    kept = listed(report);
    handles = g_variant_ref(ah);
    files = fds ? g_object_ref(fds) : NULL;
    tba_agent_complete_draft_put(o, inv, NULL);
    return TRUE;
}

static gboolean on_get(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds, gpointer user)
{
    struct dummy *d = user;

    (void)fds;
    if (not_ready(d, inv))
        return TRUE;
    if (!started && !kept)
        kept = get_v(d->scene, "draft");
    started = true;
    if (!kept)
        return refuse(inv, "NOTFOUND", "there is no draft of a report");
    tba_agent_complete_draft_get(o, inv, files, kept,
                                 handles ? handles
                                         : g_variant_new_array(G_VARIANT_TYPE_HANDLE, NULL, 0));
    return TRUE;
}

static gboolean on_clear(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    if (not_ready(user, inv))
        return TRUE;
    drop();
    started = true;
    tba_agent_complete_draft_clear(o, inv);
    return TRUE;
}

void draft_sent(void)
{
    drop();
    started = true;
}

void connect_drafts(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-draft-put", G_CALLBACK(on_put), d);
    (void)g_signal_connect(s, "handle-draft-get", G_CALLBACK(on_get), d);
    (void)g_signal_connect(s, "handle-draft-clear", G_CALLBACK(on_clear), d);
}
