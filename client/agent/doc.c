/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc.c - the bricks of documents; see doc.h. */
#include "client/agent/doc.h"

void doc_begin(GVariantBuilder *b)
{
    g_variant_builder_init(b, G_VARIANT_TYPE_VARDICT);
}

void doc_v(GVariantBuilder *b, const char *key, GVariant *value)
{
    g_variant_builder_add(b, "{sv}", key, value);
}

static GVariant *text(const char *s)
{
    return g_variant_new_take_string(g_utf8_make_valid(s ? s : "", -1));
}

void doc_s(GVariantBuilder *b, const char *key, const char *value)
{
    doc_v(b, key, text(value));
}

void doc_b(GVariantBuilder *b, const char *key, bool value)
{
    doc_v(b, key, g_variant_new_boolean(value));
}

void doc_u(GVariantBuilder *b, const char *key, uint32_t value)
{
    doc_v(b, key, g_variant_new_uint32(value));
}

void doc_i(GVariantBuilder *b, const char *key, int64_t value)
{
    doc_v(b, key, g_variant_new_int32((gint32)CLAMP(value, G_MININT32, G_MAXINT32)));
}

void doc_t(GVariantBuilder *b, const char *key, uint64_t value)
{
    doc_v(b, key, g_variant_new_uint64(value));
}

void doc_at(GVariantBuilder *b, const char *key, int64_t ms)
{
    doc_v(b, key, g_variant_new_int64(ms));
}

void doc_id(GVariantBuilder *b, const char *key, const struct tb_id *id)
{
    static const struct tb_id zero;
    char printed[17] = "";

    if (!tb_id_equal(id, &zero))
        tb_id_print(id, printed);
    doc_s(b, key, printed);
}

void doc_hash(GVariantBuilder *b, const char *key, const struct tb_hash *hash)
{
    char hex[2 * TB_HASH_BYTES + 1];

    tb_hex(hash->b, sizeof hash->b, hex);
    doc_s(b, key, hex);
}

void doc_strv(GVariantBuilder *b, const char *key, const char *const *values)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
    for (; *values; values++)
        g_variant_builder_add_value(&list, text(*values));
    doc_v(b, key, g_variant_builder_end(&list));
}

void doc_trust(GVariantBuilder *b, const char *prefix, const struct tb_trust *trust)
{
    static const struct {
        enum tb_trust_flag flag;
        const char *name;
    } names[] = {
        { TB_TRUST_UNKNOWN, "unknown" },   { TB_TRUST_REMOVED, "removed" },
        { TB_TRUST_EXPIRED, "expired" },   { TB_TRUST_UNATTESTED, "unattested" },
        { TB_TRUST_STALE, "stale" },       { TB_TRUST_REPLACED, "replaced" },
        { TB_TRUST_COMPARED, "compared" }, { TB_TRUST_ONE_WITNESS, "one-witness" },
        { TB_TRUST_ROLE, "role" },         { TB_TRUST_NO_FRESHNESS, "no-freshness" },
    };
    const char *set[G_N_ELEMENTS(names) + 1] = { NULL };
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (trust->flags & (uint32_t)names[i].flag)
            set[n++] = names[i].name;
    g_autofree char *level = g_strconcat(prefix, "level", NULL);
    g_autofree char *flags = g_strconcat(prefix, "flags", NULL);
    doc_u(b, level, trust->level);
    doc_strv(b, flags, set);
}

bool doc_get_b(GVariant *doc, const char *key)
{
    gboolean value = FALSE;
    return g_variant_lookup(doc, key, "b", &value) && value;
}

uint32_t doc_get_u(GVariant *doc, const char *key)
{
    guint32 value = 0;
    return g_variant_lookup(doc, key, "u", &value) ? value : 0;
}

int64_t doc_get_x(GVariant *doc, const char *key)
{
    gint64 value = 0;
    return g_variant_lookup(doc, key, "x", &value) ? value : 0;
}

uint64_t doc_get_t(GVariant *doc, const char *key)
{
    guint64 value = 0;
    return g_variant_lookup(doc, key, "t", &value) ? value : 0;
}

const char *doc_get_s(GVariant *doc, const char *key)
{
    const char *value = NULL;
    return g_variant_lookup(doc, key, "&s", &value) && *value ? value : NULL;
}
