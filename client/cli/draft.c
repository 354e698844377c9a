/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c - see draft.h. */
#include "client/cli/draft.h"

#include <gio/gunixfdlist.h>

#include "client/cli/json.h"
#include "client/text/words.h"

static GVariant *get(struct cli *c, GVariant **ret_handles, GUnixFDList **ret_fds, int *ret_status)
{
    GVariant *doc = NULL;
    GError *error = NULL;

    if (tba_agent_call_draft_get_sync(c->agent, NULL, &doc, ret_handles, ret_fds, NULL, &error))
        return doc;
    *ret_status = cli_fail(c, error);
    return NULL;
}

GVariant *draft_document(struct cli *c, int *ret_status)
{
    g_autoptr(GVariant) handles = NULL;
    g_autoptr(GUnixFDList) fds = NULL;

    return get(c, &handles, &fds, ret_status);
}

static void fill(char **field, GVariant *doc, const char *key)
{
    if (!*field && *doc_text(doc, key))
        *field = g_strdup(doc_text(doc, key));
}

static void fill_number(int *field, GVariant *doc, const char *key)
{
    if (*field == 0)
        *field = (int)doc_number(doc, key);
}

static void fill_tlp(struct send *s, uint32_t tlp)
{
    if (!s->tlp && tlp > 0 && tlp <= G_N_ELEMENTS(send_tlp))
        s->tlp = g_strdup(send_tlp[tlp - 1]);
}

int draft_load(struct cli *c, struct send *s, const struct draft_extra *extra)
{
    int status = STATUS_REFUSED;
    g_autoptr(GVariant) doc =
        cli_connect(c) ? get(c, &s->draft_handles, &s->draft_fds, &status) : NULL;

    if (!doc)
        return status;
    fill(&s->title, doc, "title");
    if (!s->text_file)
        fill(&s->text, doc, "text");
    fill(&s->policy, doc, "policy");
    fill_tlp(s, doc_number(doc, "tlp"));
    fill_number(&s->page_class, doc, "class");
    s->drill = s->drill || doc_is(doc, "drill");
    fill(extra->kind, doc, "kind");
    fill(extra->system_name, doc, "system_name");
    fill(extra->system_address, doc, "system_address");
    fill_number(extra->system_level, doc, "system_level");
    *extra->detected_ms = doc_moment(doc, "detected_at");
    s->draft_files = g_variant_lookup_value(doc, "files", G_VARIANT_TYPE("aa{sv}"));
    s->from_draft = TRUE;
    return STATUS_DONE;
}

int draft_save(struct cli *c, GVariant *doc, GVariant *handles, GUnixFDList *fds)
{
    GError *error = NULL;

    if (!tba_agent_call_draft_put_sync(c->agent, doc, handles, fds, NULL, NULL, &error))
        return cli_fail(c, error);
    if (!c->json)
        cli_print("%s", _("Kept as the draft; `trucban report --draft` goes on with it."));
    else if (!json_print(json_pack("{s:b}", "saved", 1)))
        return STATUS_REFUSED;
    return STATUS_DONE;
}
