/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_agent_doc.c - documents that another program of the same user hands to the agent; what is no text form also as
 * a whole message of the bus. */
#include <stdlib.h>

#include "client/agent/doc.h"
#include "doc_of.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const char *s)
{
    if (s && !g_utf8_validate(s, -1, NULL))
        abort();
}

static void try_report(GVariant *doc)
{
    struct tbc_report r = doc_report(doc);
    g_autofree const char **names = doc_file_names(doc);

    walk(r.kind);
    walk(r.title);
    walk(r.text);
    walk(r.policy);
    walk(r.system_name);
    walk(r.system_address);
    for (size_t i = 0; names[i]; i++)
        walk(names[i]);
}

static void try_policy(GVariant *doc)
{
    struct tb_policy *p = calloc(1, sizeof *p);

    if (p && doc_read_policy(doc, p) == TB_OK) {
        if (p->n_tiers > TB_TIERS_MAX || !memchr(p->name, 0, sizeof p->name))
            abort();
        for (size_t i = 0; i < p->n_tiers; i++)
            for (size_t k = 0; k < p->tier[i].n_targets; k++)
                walk(p->tier[i].account[k]);
        g_variant_unref(g_variant_ref_sink(doc_policy(p, NULL, 0)));
    }
    free(p);
}

static void try_message(const uint8_t *data, size_t size)
{
    uint8_t *copy = g_memdup2(data, size);
    g_autoptr(GDBusMessage) m = g_dbus_message_new_from_blob(copy, size, 0, NULL);

    g_free(copy);
    GVariant *body = m ? g_dbus_message_get_body(m) : NULL;
    if (body && g_variant_is_of_type(body, G_VARIANT_TYPE("(a{sv}ah)"))) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(body, 0);
        try_report(doc);
        try_policy(doc);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GVariant) doc = doc_of(data, size);

    if (!doc)
        return 0;
    if (!(data[0] & 1) && size > 16)
        try_message(data + 1, size - 1);
    try_report(doc);
    try_policy(doc);
    return 0;
}
