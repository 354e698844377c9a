/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow.c - see follow.h. */
#include "client/cli/follow.h"

#include <string.h>

#include "client/cli/json.h"
#include "client/cli/page_text.h"
#include "client/cli/term.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/phones.h"
#include "client/text/when.h"
#include "client/text/words.h"

GVariant *page_document(struct cli *c, const char *id, int *ret_status)
{
    GError *error = NULL;
    g_autoptr(GVariant) files = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    GVariant *page = NULL;

    if (tba_agent_call_page_get_sync(c->agent, id, NULL, &page, &files, &fds, NULL, &error))
        return page;
    *ret_status = cli_fail(c, error);
    return NULL;
}

/* ---- telephone numbers */

GPtrArray *numbers_for(struct cli *c, GVariant *page, const char *policy)
{
    g_autoptr(GVariant) policies = NULL, contacts = NULL, me = NULL;
    g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    /* Best effort: something else went wrong already. */
    (void)tba_agent_call_contacts_sync(c->agent, &contacts, NULL, NULL);
    (void)tba_agent_call_policy_show_sync(c->agent, policy, &policies, NULL, NULL);
    (void)tba_agent_call_whoami_sync(c->agent, &me, NULL, NULL);
    for (gsize i = 0; contacts && i < g_variant_n_children(contacts); i++)
        g_ptr_array_add(people, g_variant_get_child_value(contacts, i));
    return phones_for(page, policies, people, me ? doc_text(me, "account") : "");
}

void print_numbers(struct cli *c, GVariant *page, const char *policy)
{
    g_autoptr(GPtrArray) phones = numbers_for(c, page, policy);

    if (phones->len == 0)
        return;
    (void)fprintf(stderr, "%s\n", _("Telephone:"));
    phones_print(phones, stderr);
}

/* ---- outbox */

static GVariant *status_document(struct cli *c)
{
    GVariant *status = NULL;

    (void)tba_agent_call_status_sync(c->agent, &status, NULL, NULL);
    return status;
}

static int kept(struct cli *c, GVariant *page)
{
    g_autoptr(GVariant) status = status_document(c);
    g_autofree char *why = word_said(status ? doc_text(status, "last_error") : "");

    (void)cli_say(STATUS_OFFLINE,
                  _("the relay has not confirmed it%s%s; it is kept in the outbox and sent as soon "
                    "as possible"),
                  *why ? ": " : "", why);
    print_numbers(c, page, page ? doc_text(page, "policy") : "");
    return STATUS_OFFLINE;
}

int follow_outbox(struct cli *c)
{
    gint64 deadline = when_now() + RELAY_WAIT_MS;

    for (;;) {
        g_autoptr(GVariant) status = status_document(c);
        if (status && doc_number(status, "outbox") == 0)
            return STATUS_DONE;
        if (when_now() >= deadline)
            return kept(c, NULL);
        cli_idle(c, deadline);
    }
}

/* ---- a page's way */

static void print_accept(const struct cli *c, GVariant *page)
{
    g_autofree char *who = word_person(doc_text(page, "owner_name"), doc_text(page, "owner"));
    g_autofree char *name = text_clean(who, false);
    g_autofree char *level = word_trust(page, "owner_");
    uint32_t eta = doc_number(page, "eta_min");

    if (c->json)
        return;
    (void)printf("%s%s: %s · %s", word_drill(page), _("Accepted"), name, level);
    if (eta > 0)
        (void)printf(_(" · in about %u minutes"), eta);
    (void)putchar('\n');
}

static int finish(const struct cli *c, GVariant *page, const char *result, int status)
{
    if (c->json) {
        json_t *j = json_of_variant(page);
        (void)json_object_set_new(j, "page",
                                  json_string(doc_text(page, "id"))); /* fails on no memory only */
        (void)json_object_set_new(j, "result", json_string(result));
        if (!json_print(j))
            return STATUS_REFUSED;
    }
    return status;
}

/* Where a page stands on its way. */
struct way {
    gint64 relay_by, accept_by;
    bool relayed, warned;
    const char *headline; /* of what went wrong last */
};

/* Once for each thing that is wrong: nobody answered, or the relay has stopped calling. */
static void tell_silence(struct cli *c, GVariant *page, struct way *w)
{
    const char *headline = calling_headline(page, when_now());
    g_autofree char *advice = calling_advice(page, when_now());

    if (!headline || !advice || g_strcmp0(headline, w->headline) == 0)
        return;
    w->headline = headline;
    (void)cli_say(0, "%s. %s", headline, advice);
    g_autoptr(GPtrArray) phones = numbers_for(c, page, doc_text(page, "policy"));
    phones_print(phones, stderr);
}

static void tell(struct cli *c, GVariant *page, struct way *w)
{
    if (!w->relayed && doc_moment(page, "relayed_at") > 0) {
        w->relayed = true;
        if (!c->json)
            (void)printf("%s%s\n", word_drill(page),
                         _("The relay has it; people are being paged."));
        (void)fflush(stdout);
    }
    if (!w->relayed && !w->warned && when_now() >= w->relay_by) {
        w->warned = true;
        (void)kept(c, page);
    }
    tell_silence(c, page, w);
}

/* Has the way ended?  Sets result and status. */
static bool ended(GVariant *page, const struct way *w, const char **result, int *status)
{
    const char *state = doc_text(page, "state");
    bool answered = strcmp(state, "accepted") == 0 || strcmp(state, "resolved") == 0;

    if (answered) {
        *result = state;
        *status = STATUS_DONE;
    } else if (w->accept_by == 0 && w->relayed) {
        *result = "relayed";
        *status = STATUS_DONE;
    } else if (w->accept_by == 0 && w->warned) {
        *result = "outbox";
        *status = STATUS_OFFLINE;
    } else if (w->accept_by > 0 && when_now() >= w->accept_by) {
        *result = w->relayed ? "timeout" : "outbox";
        *status = w->relayed ? STATUS_TIMEOUT : STATUS_OFFLINE;
    } else {
        return false;
    }
    return true;
}

int follow_page(struct cli *c, const char *id, int wait_s)
{
    gint64 now = when_now();
    struct way w = { .relay_by = now + RELAY_WAIT_MS,
                     .accept_by = wait_s > 0 ? now + wait_s * INT64_C(1000) : 0 };
    const char *result = "";
    int status = STATUS_DONE;

    for (;;) {
        g_autoptr(GVariant) page = page_document(c, id, &status);
        if (!page)
            return status;
        tell(c, page, &w);
        if (ended(page, &w, &result, &status)) {
            if (strcmp(result, "accepted") == 0)
                print_accept(c, page);
            else if (status == STATUS_TIMEOUT)
                (void)cli_say(0, _("nobody accepted within %d s; the page goes on"), wait_s);
            else if (status == STATUS_OFFLINE && !w.warned)
                (void)kept(c, page);
            return finish(c, page, result, status);
        }
        cli_idle(c, w.relayed || w.warned ? w.accept_by : w.relay_by);
    }
}
