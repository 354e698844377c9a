/* SPDX-License-Identifier: GPL-3.0-or-later */
/* item.c - see item.h. */
#include "client/desktop/item.h"

#include "client/text/words.h"

struct _TbdItem {
    GObject parent;
    char *key;
    GVariant *doc;
};

enum { PROP_DOC = 1, N_PROPS };

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(TbdItem, tbd_item, G_TYPE_OBJECT)

static void tbd_item_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    if (id == PROP_DOC)
        g_value_set_variant(value, TBD_ITEM(object)->doc);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void tbd_item_finalize(GObject *object)
{
    TbdItem *i = TBD_ITEM(object);

    g_free(i->key);
    g_variant_unref(i->doc);
    G_OBJECT_CLASS(tbd_item_parent_class)->finalize(object);
}

static void tbd_item_class_init(TbdItemClass *class)
{
    G_OBJECT_CLASS(class)->get_property = tbd_item_get_property;
    G_OBJECT_CLASS(class)->finalize = tbd_item_finalize;
    props[PROP_DOC] = g_param_spec_variant("doc", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(G_OBJECT_CLASS(class), N_PROPS, props);
}

static void tbd_item_init(TbdItem *i)
{
    (void)i;
}

/* As it came from the bus a document is a tree of some hundred small pieces, ten times as large as the
 * bytes that it stands for.  Asking for the bytes makes it them. */
static GVariant *packed(GVariant *doc)
{
    (void)g_variant_ref_sink(doc);
    (void)g_variant_get_data(doc);
    return doc;
}

TbdItem *tbd_item_new(GVariant *doc, const char *key)
{
    TbdItem *i = g_object_new(TBD_TYPE_ITEM, NULL);

    i->doc = packed(doc);
    i->key = g_strdup(doc_text(doc, key));
    return i;
}

const char *tbd_item_key(TbdItem *i)
{
    return i->key;
}

GVariant *tbd_item_doc(TbdItem *i)
{
    return i->doc;
}

void tbd_item_set_doc(TbdItem *i, GVariant *doc)
{
    if (g_variant_equal(i->doc, doc))
        return;
    g_variant_unref(i->doc);
    i->doc = packed(doc);
    g_object_notify_by_pspec(G_OBJECT(i), props[PROP_DOC]);
}
