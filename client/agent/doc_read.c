/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc_read.c - documents that a frontend hands in: reports, drafts, policies. */
#include <string.h>

#include "client/agent/doc.h"
#include "proto/text.h"

struct tbc_report doc_report(GVariant *doc)
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
        .from_draft = doc_get_b(doc, "from_draft"),
    };
}

const char **doc_file_names(GVariant *doc)
{
    const char **names = NULL;

    return g_variant_lookup(doc, "file_names", "^a&s", &names) ? names : g_new0(const char *, 1);
}

static tb_result read_tier(GVariant *doc, struct tb_policy_tier *ret)
{
    g_autofree const char **accounts = NULL;

    if (!g_variant_lookup(doc, "accounts", "^a&s", &accounts))
        return TB_E_RANGE;
    for (const char **account = accounts; *account; account++) {
        if (ret->n_targets >= TB_TARGETS_MAX)
            return TB_E_LIMIT;
        if (tb_name_check(*account) != TB_OK)
            return TB_E_RANGE;
        (void)g_strlcpy(ret->account[ret->n_targets++], *account, TB_NAME_MAX + 1);
    }
    ret->wait_s = doc_get_u(doc, "wait_s");
    ret->repeat_s = doc_get_u(doc, "repeat_s");
    return TB_OK;
}

tb_result doc_read_policy(GVariant *doc, struct tb_policy *ret)
{
    const char *id = doc_get_s(doc, "id"), *name = doc_get_s(doc, "name");
    g_autoptr(GVariant) tiers = g_variant_lookup_value(doc, "tiers", G_VARIANT_TYPE("aa{sv}"));

    if (!id || !name || !tiers || strlen(name) > TB_PERSON_MAX || tb_name_check(id) != TB_OK)
        return TB_E_RANGE;
    if (g_variant_n_children(tiers) > TB_TIERS_MAX)
        return TB_E_LIMIT;
    (void)g_strlcpy(ret->id, id, sizeof ret->id);
    (void)g_strlcpy(ret->name, name, sizeof ret->name);
    for (size_t i = 0; i < g_variant_n_children(tiers); i++) {
        g_autoptr(GVariant) tier = g_variant_get_child_value(tiers, i);
        tb_result r = read_tier(tier, &ret->tier[ret->n_tiers++]);
        if (r != TB_OK)
            return r;
    }
    return TB_OK;
}
