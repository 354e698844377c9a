/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.c - see json.h. */
#include "client/cli/json.h"

#include <stdio.h>

#include "client/text/when.h"

static json_t *moment(int64_t ms)
{
    g_autofree char *text = when_rfc3339(ms);
    return text ? json_string(text) : json_null();
}

static json_t *object_of(GVariant *dict)
{
    json_t *object = json_object();
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_iter_init(&iter, dict);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        (void)json_object_set_new(object, key,
                                  json_of_variant(value)); /* fails on no memory only */
    return object;
}

static json_t *array_of(GVariant *list)
{
    json_t *array = json_array();

    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(list, i);
        (void)json_array_append_new(array, json_of_variant(child));
    }
    return array;
}

json_t *json_of_variant(GVariant *v)
{
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_VARDICT))
        return object_of(v);
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_ARRAY))
        return array_of(v);
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_STRING))
        return json_string(g_variant_get_string(v, NULL));
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_BOOLEAN))
        return json_boolean(g_variant_get_boolean(v));
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_UINT32))
        return json_integer(g_variant_get_uint32(v));
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_INT32))
        return json_integer(g_variant_get_int32(v));
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_UINT64))
        return json_integer((json_int_t)g_variant_get_uint64(v));
    if (g_variant_is_of_type(v, G_VARIANT_TYPE_INT64))
        return moment(g_variant_get_int64(v));
    return json_null(); /* a newer agent's */
}

bool json_print(json_t *j)
{
    bool ok = json_dumpf(j, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;

    json_decref(j);
    return fflush(stdout) == 0 && ok;
}

bool json_print_variant(GVariant *v)
{
    return json_print(json_of_variant(v));
}
