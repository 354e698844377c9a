/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy.c - see policy.h. */
#include "client/cli/policy.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/cli/options.h"
#include "client/text/clean.h"
#include "proto/limits.h"
#include "proto/text.h"

enum { REPEAT_DEFAULT_S = 30, SHOWN_MAX = 40 };

/* A key in `where` may hold anything that JSON can write, terminal commands too. */
static bool wrong(char **ret_error, const char *where, const char *what)
{
    g_autofree char *clean = text_clean(where, false);

    if (!*ret_error)
        *ret_error = g_strdup_printf("%s: %s", clean, what);
    return false;
}

/* The same, with what stands there; NULL: nothing does. */
static bool wrong_value(char **ret_error, const char *where, const json_t *is, const char *what)
{
    char *raw = is ? json_dumps(is, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    g_autofree char *shown = raw ? text_clean(raw, false) : g_strdup(_("it is missing"));

    bool cut = g_utf8_strlen(shown, -1) > SHOWN_MAX;
    if (cut)
        *g_utf8_offset_to_pointer(shown, SHOWN_MAX) = '\0';
    free(raw);
    g_autofree char *text = g_strdup_printf("%s%s; %s", shown, cut ? "…" : "", what);
    return wrong(ret_error, where, text);
}

static bool keys_known(json_t *object, const char *const *known, const char *where,
                       char **ret_error)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        g_autofree char *at = g_strdup_printf("%s%s%s", where, *where ? "." : "", key);
        const char *near = options_nearest(key, known);
        g_autofree char *meant =
            near ? g_strdup_printf(_("there is no such key: did you mean \"%s\"?"), near) : NULL;
        if (!g_strv_contains(known, key))
            return wrong(ret_error, at, meant ? meant : _("there is no such key"));
    }
    return true;
}

static bool put_number(json_t *tier, const char *key, const char *where, const int64_t range[3],
                       GVariantBuilder *b, char **ret_error)
{
    json_t *value = json_object_get(tier, key);
    json_int_t number = value ? json_integer_value(value) : range[2];

    if ((value && !json_is_integer(value)) || number < range[0] || number > range[1]) {
        g_autofree char *at = g_strdup_printf("%s.%s", where, key);
        g_autofree char *what = g_strdup_printf(_("a whole number from %d to %d is needed"),
                                                (int)range[0], (int)range[1]);
        return wrong_value(ret_error, at, value, what);
    }
    g_variant_builder_add(b, "{sv}", key, g_variant_new_uint32((guint32)number));
    return true;
}

static GVariant *accounts_of(json_t *list, const char *where, char **ret_error)
{
    GVariantBuilder b;
    g_autofree char *at = g_strdup_printf("%s.accounts", where);
    bool ok =
        json_is_array(list) && json_array_size(list) > 0 && json_array_size(list) <= TB_TARGETS_MAX;

    if (!ok)
        (void)wrong_value(ret_error, at, list, _("a list of 1 to 64 accounts is needed"));
    g_variant_builder_init(&b, G_VARIANT_TYPE_STRING_ARRAY);
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const char *account = json_string_value(json_array_get(list, i));
        ok = account && tb_name_check(account) == TB_OK;
        if (ok)
            g_variant_builder_add(&b, "s", account);
        else
            (void)wrong_value(ret_error, at, json_array_get(list, i),
                              _("an account has 1 to 32 of a-z, 0-9 and '-'"));
    }
    return g_variant_builder_end(&b);
}

static GVariant *tier_of(json_t *tier, size_t number, char **ret_error)
{
    static const char *const known[] = { "t", "accounts", "wait_s", "repeat_s", NULL };
    static const int64_t wait[] = { TB_WAIT_S_MIN, TB_WAIT_S_MAX, 0 };
    static const int64_t repeat[] = { TB_REPEAT_S_MIN, TB_WAIT_S_MAX, REPEAT_DEFAULT_S };
    g_autofree char *where = g_strdup_printf("tiers[%zu]", number);
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    if (!json_is_object(tier)) {
        (void)wrong_value(ret_error, where, tier, _("an object is needed"));
        return g_variant_builder_end(&b);
    }
    (void)keys_known(tier, known, where, ret_error);
    (void)put_number(tier, "wait_s", where, wait, &b, ret_error);
    (void)put_number(tier, "repeat_s", where, repeat, &b, ret_error);
    g_variant_builder_add(&b, "{sv}", "accounts",
                          accounts_of(json_object_get(tier, "accounts"), where, ret_error));
    return g_variant_builder_end(&b);
}

static GVariant *tiers_of(json_t *list, char **ret_error)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > TB_TIERS_MAX)
        (void)wrong_value(ret_error, "tiers", list, _("a list of 1 to 8 tiers is needed"));
    else
        for (size_t i = 0; i < json_array_size(list); i++)
            g_variant_builder_add_value(&b, tier_of(json_array_get(list, i), i, ret_error));
    return g_variant_builder_end(&b);
}

static GVariant *classes_of(json_t *list, char **ret_error)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("au"));
    if (list && !json_is_array(list))
        (void)wrong_value(ret_error, "classes", list, _("a list of 1, 2, 3 is needed"));
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        json_int_t class = json_integer_value(item);
        if (!json_is_integer(item) || class < 1 || class > 3)
            (void)wrong_value(ret_error, "classes", list, _("a list of 1, 2, 3 is needed"));
        g_variant_builder_add(&b, "u", (guint32) class);
    }
    return g_variant_builder_end(&b);
}

static GVariant *document_of(json_t *root, char **ret_error)
{
    static const char *const known[] = { "id", "name", "tiers", "classes", NULL };
    const char *id = json_string_value(json_object_get(root, "id"));
    const char *name = json_string_value(json_object_get(root, "name"));
    GVariantBuilder b;

    (void)keys_known(root, known, "", ret_error);
    if (!id || tb_name_check(id) != TB_OK)
        (void)wrong_value(ret_error, "id", json_object_get(root, "id"),
                          _("1 to 32 of a-z, 0-9 and '-' are needed"));
    if (!name || !*name || tb_text_check(name, TB_PERSON_MAX, TB_TEXT_LINE) != TB_OK)
        (void)wrong_value(ret_error, "name", json_object_get(root, "name"),
                          _("one line of text is needed"));
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "id", g_variant_new_string(id ? id : ""));
    g_variant_builder_add(&b, "{sv}", "name", g_variant_new_string(name ? name : ""));
    g_variant_builder_add(&b, "{sv}", "tiers", tiers_of(json_object_get(root, "tiers"), ret_error));
    g_variant_builder_add(&b, "{sv}", "classes",
                          classes_of(json_object_get(root, "classes"), ret_error));
    return g_variant_builder_end(&b);
}

/* The parser's own texts are English only. */
static const char *json_trouble(const json_error_t *where)
{
    switch ((int)json_error_code(where)) {
    case json_error_premature_end_of_input:
        return _("the file ends too early; a closing } or ] is missing");
    case json_error_end_of_input_expected:
        return _("something stands behind the last }");
    case json_error_duplicate_key:
        return _("a key stands twice");
    case json_error_invalid_utf8:
        return _("this is not UTF-8");
    case json_error_numeric_overflow:
        return _("the number is too large");
    default:
        return _(
            "this is not JSON: a comma, a colon, a quotation mark or a bracket is missing or too "
            "many there");
    }
}

GVariant *policy_parse(const char *text, gsize n, char **ret_error)
{
    json_error_t where;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    GVariant *document = NULL;

    *ret_error = NULL;
    if (!root) {
        *ret_error = g_strdup_printf(_("line %d, column %d: %s"), where.line, where.column,
                                     json_trouble(&where));
        return NULL;
    }
    if (json_is_object(root))
        document = document_of(root, ret_error);
    else
        *ret_error = g_strdup(_("an object is needed"));
    json_decref(root);
    if (*ret_error && document) {
        g_variant_unref(g_variant_ref_sink(document));
        document = NULL;
    }
    return document;
}
