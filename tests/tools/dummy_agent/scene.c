/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scene.c - a scene file: GVariant text, in which people may write plain numbers; see dummy.h. */
#include <string.h>

#include "dummy.h"

int64_t now_ms(void)
{
    return g_get_real_time() / 1000;
}

const char *get_s(GVariant *doc, const char *key)
{
    const char *value = "";
    (void)g_variant_lookup(doc, key, "&s", &value);
    return value;
}

static int64_t number(GVariant *v)
{
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_INT32))
        return g_variant_get_int32(v);
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_UINT32))
        return g_variant_get_uint32(v);
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_INT64))
        return g_variant_get_int64(v);
    return g_variant_is_of_type(v, G_VARIANT_TYPE_UINT64) ? (int64_t)g_variant_get_uint64(v) : 0;
}

GVariant *get_v(GVariant *doc, const char *key)
{
    return g_variant_lookup_value(doc, key, NULL);
}

int64_t get_n(GVariant *doc, const char *key)
{
    g_autoptr(GVariant) v = get_v(doc, key);
    return v ? number(v) : 0;
}

bool get_b(GVariant *doc, const char *key)
{
    gboolean value = FALSE;
    return g_variant_lookup(doc, key, "b", &value) && value;
}

GVariant *doc_merge(GVariant *doc, GVariant *patch)
{
    GVariantDict dict;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_dict_init(&dict, doc);
    g_variant_iter_init(&iter, patch);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        g_variant_dict_insert_value(&dict, key, value);
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

void doc_patch(GVariant **doc, GVariant *patch)
{
    g_autoptr(GVariant) p = g_variant_ref_sink(patch);
    GVariant *merged = doc_merge(*doc, p);

    g_variant_unref(*doc);
    *doc = merged;
}

/* ---- types */

static bool one_of(const char *key, const char *const *keys)
{
    return g_strv_contains(keys, key);
}

static GVariant *fit_number(const char *key, GVariant *v, int64_t start_ms)
{
    static const char *const wide[] = { "change", "roster_size", "position", "size", NULL };
    static const char *const negative[] = { "relay_skew_ms", "after_s", NULL };
    int64_t n = number(v);

    if (g_str_has_suffix(key, "_at") || strcmp(key, "at") == 0)
        return g_variant_new_int64(n == 0 ? 0 : start_ms + n * 1000);
    if (one_of(key, wide))
        return g_variant_new_uint64((guint64)n);
    return one_of(key, negative) ? g_variant_new_int32((gint32)n)
                                 : g_variant_new_uint32((guint32)n);
}

static GVariant *fit(const char *key, GVariant *v, int64_t start_ms);

static GVariant *fit_list(GVariant *v, int64_t start_ms)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(v); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(v, i);
        g_autoptr(GVariant) fitted = normalise(doc, start_ms);
        g_variant_builder_add_value(&b, fitted);
    }
    return g_variant_builder_end(&b);
}

static GVariant *fit_numbers(GVariant *v)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("au"));
    for (gsize i = 0; i < g_variant_n_children(v); i++) {
        g_autoptr(GVariant) n = g_variant_get_child_value(v, i);
        g_variant_builder_add(&b, "u", (guint32)number(n));
    }
    return g_variant_builder_end(&b);
}

static GVariant *fit(const char *key, GVariant *v, int64_t start_ms)
{
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_INT32))
        return fit_number(key, v, start_ms);
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_VARDICT)) {
        g_autoptr(GVariant) fitted = normalise(v, start_ms);
        return g_variant_ref(fitted);
    }
    if (g_variant_is_of_type(v, G_VARIANT_TYPE("aa{sv}")))
        return fit_list(v, start_ms);
    return g_variant_is_of_type(v, G_VARIANT_TYPE("ai")) ? fit_numbers(v) : g_variant_ref(v);
}

GVariant *normalise(GVariant *doc, int64_t start_ms)
{
    GVariantBuilder b;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, doc);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        GVariant *fitted = g_variant_take_ref(fit(key, value, start_ms));
        g_variant_builder_add(&b, "{sv}", key, fitted);
        g_variant_unref(fitted);
    }
    return g_variant_ref_sink(g_variant_builder_end(&b));
}

/* ---- what is generated: as many as real years bring */

static void make_pages(struct dummy *d)
{
    static const char *const kinds[] = { "ATT-02", "ATT-06", "SYS-02", "ADM-01", "NAT-02" };
    static const char *const titles[] = { "Thư giả mạo gửi tới hộp thư công vụ",
                                          "Tệp trên máy chủ bị mã hoá hàng loạt",
                                          "Mất đường kết nối Internet",
                                          "Lỗi trong cập nhật phần cứng", "Ngập phòng máy chủ" };
    int64_t count = get_n(d->scene, "many_pages");

    for (int64_t i = 0; i < count; i++) {
        gsize kind = (gsize)i % G_N_ELEMENTS(kinds);
        g_autofree char *id = g_strdup_printf("a0%014" G_GINT64_MODIFIER "x", i);
        g_autofree char *title = g_strdup_printf("%s số %" G_GINT64_FORMAT, titles[kind], i + 1);
        int64_t at = d->start_ms - (count - i) * 600000;
        g_autoptr(GVariant) doc = g_variant_ref_sink(g_variant_new_parsed(
            "{'id': <%s>, 'title': <%s>, 'kind': <%s>, 'class': <%u>, 'state': <'resolved'>,"
            " 'created_at': <%x>, 'relayed_at': <%x>, 'accepted_at': <%x>, 'ended_at': <%x>,"
            " 'owner': <'an'>, 'owner_name': <'Nguyễn Văn Mẫu'>}",
            id, title, kinds[kind], (guint32)(1 + i % 3), at, at + 900, at + 60000, at + 500000));
        page_add(d, doc);
    }
}

static void make_contacts(struct dummy *d)
{
    static const char *const family[] = { "Nguyễn", "Trần", "Lê", "Phạm", "Đặng" };
    static const char *const given[] = { "Mẫu", "Thử", "Ví", "Dụ" };
    int64_t count = get_n(d->scene, "many_contacts");

    for (int64_t i = 0; i < count; i++) {
        gsize f = (gsize)i % G_N_ELEMENTS(family), g = (gsize)i / 5 % G_N_ELEMENTS(given);
        g_autofree char *account = g_strdup_printf("xa-%04" G_GINT64_FORMAT, i);
        g_autofree char *name =
            g_strdup_printf("%s Văn %s %" G_GINT64_FORMAT, family[f], given[g], i);
        g_autoptr(GVariant) doc = g_variant_ref_sink(g_variant_new_parsed(
            "{'account': <%s>, 'agency': <%s>, 'name': <%s>, 'role': <'agency'>,"
            " 'unit': <'Uỷ ban nhân dân xã'>}",
            account, account, name));
        contact_add(d, doc);
    }
}

/* ---- the file */

static void add_all(struct dummy *d, const char *key, void (*add)(struct dummy *, GVariant *))
{
    g_autoptr(GVariant) list = get_v(d->scene, key);

    for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(list, i);
        add(d, doc);
    }
}

static GVariant *or_default(GVariant *scene, const char *key, const char *usual)
{
    g_autoptr(GVariant) base = g_variant_ref_sink(g_variant_new_parsed(usual));
    g_autoptr(GVariant) over = get_v(scene, key);

    return over ? doc_merge(base, over) : g_steal_pointer(&base);
}

static void fill(struct dummy *d)
{
    d->status = or_default(d->scene, "status",
                           "{'stage': <'ready'>, 'online': <'online'>,"
                           " 'relay': <'relay.tinh-mau.example'>, 'last_error': <''>,"
                           " 'relay_skew_ms': <12>, 'roster_size': <uint64 42>,"
                           " 'roster_stale': <false>, 'roster_alarm': <false>,"
                           " 'roster_alarm_text': <''>, 'prekeys_left': <uint32 98>,"
                           " 'secret_epoch': <uint32 1>, 'demo': <false>, 'outbox': <uint32 0>,"
                           " 'sessions_missing': <uint32 0>, 'protected': <true>,"
                           " 'unlocked_by': <'passphrase'>, 'bell': <'ok'>,"
                           " 'notifications': <'ok'>}");
    d->me = or_default(d->scene, "me",
                       "{'account': <'chi'>, 'agency': <'doi-ung-cuu'>, 'device': <'may-ban'>,"
                       " 'role': <'coordinator'>, 'level': <uint32 2>, 'flags': <@as []>,"
                       " 'name': <'Trần Thị Chi'>, 'province': <'Tỉnh Mẫu'>,"
                       " 'fingerprint': <'10482 55120 73391 08264 61907 30458"
                       " 92210 47735 15086 68341 24793 59012'>,"
                       " 'cred': <'5f0c3a9c1be2f4d0'>, 'root': <'77aa01c2d3e4f506'>}");
    if (get_n(d->me, "until_at") == 0)
        doc_patch(&d->me, g_variant_new_parsed("{'until_at': <%x>}",
                                               d->start_ms + INT64_C(200) * 86400 * 1000));
    make_contacts(d);
    add_all(d, "contacts", contact_add);
    add_all(d, "first_pages", page_add);
    make_pages(d);
    add_all(d, "pages", page_add);
}

/* Lines that begin with # are for people. */
static void blank_comments(char *text)
{
    bool comment = false, first = true;

    for (char *c = text; *c; c++) {
        comment = first ? *c == '#' : comment;
        first = *c == '\n';
        if (comment && !first)
            *c = ' ';
    }
}

bool scene_load(struct dummy *d, const char *path, GError **error)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    blank_comments(text);
    g_autoptr(GVariant) raw = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, error);
    if (!raw) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    d->start_ms = now_ms();
    d->scene = normalise(raw, d->start_ms);
    fill(d);
    return true;
}
