/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c - see answer.h. */
#include "client/cli/answer.h"

#include <string.h>

#include "client/cli/follow.h"
#include "client/cli/json.h"
#include "client/cli/list.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/words.h"

void answer_done(struct answer *a)
{
    g_free(a->reason);
    g_free(a->to);
    g_free(a->override);
}

static void say_several(const GPtrArray *pages)
{
    for (guint i = 0; i < pages->len; i++) {
        g_autofree char *title = text_clean(word_title(pages->pdata[i]), false);
        (void)fprintf(stderr, "  %s  %s%s\n", doc_text(pages->pdata[i], "id"),
                      word_drill(pages->pdata[i]), title);
    }
    (void)cli_say(STATUS_USAGE, _("several pages wait: say which one, by the start of its ID"));
}

/* The one page that waits for my answer; tests of the bell do not stand in its way.  Gives; NULL: said
 * why. */
static char *only_page(struct cli *c)
{
    struct page_list open = { .open = TRUE };
    GError *error = NULL;
    g_autoptr(GPtrArray) pages = page_list(c, &open, &error);
    g_autoptr(GPtrArray) real = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autoptr(GPtrArray) tests = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    if (!pages) {
        (void)cli_fail(c, error);
        return NULL;
    }
    for (guint i = 0; i < pages->len; i++) {
        GVariant *page = pages->pdata[i];
        if (!doc_is(page, "mine_to_answer") || doc_is(page, "declined_by_me") ||
            strcmp(doc_text(page, "state"), "accepted") == 0)
            continue;
        g_ptr_array_add(word_is_test(page) ? tests : real, g_variant_ref(page));
    }
    const GPtrArray *waiting = real->len > 0 ? real : tests; /* a test is nobody's emergency */
    if (waiting->len == 1)
        return g_strdup(doc_text(waiting->pdata[0], "id"));
    if (waiting->len == 0)
        (void)cli_say(STATUS_USAGE, _("no page waits for your answer"));
    else
        say_several(waiting);
    return NULL;
}

static GVariant *detail_of(const struct answer *a)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "eta_min", g_variant_new_uint32((guint32)a->eta_min));
    g_variant_builder_add(&b, "{sv}", "reason", g_variant_new_string(a->reason ? a->reason : ""));
    g_variant_builder_add(&b, "{sv}", "to_account", g_variant_new_string(a->to ? a->to : ""));
    g_variant_builder_add(&b, "{sv}", "override_reason",
                          g_variant_new_string(a->override ? a->override : ""));
    return g_variant_builder_end(&b);
}

static int refused(struct cli *c, GError *error)
{
    int status = cli_fail_to_put(c, error);

    if (status == STATUS_GATE)
        (void)fprintf(
            stderr, "%s\n",
            _("Verify the person first (`trucban verify ACCOUNT`), or go on all the same with "
              "--override REASON, which is recorded."));
    else if (status == STATUS_OFFLINE)
        print_numbers(c, NULL, "");
    return status;
}

static bool is_mine(struct cli *c, GVariant *page)
{
    g_autoptr(GVariant) me = NULL;

    return *doc_text(page, "owner") && tba_agent_call_whoami_sync(c->agent, &me, NULL, NULL) &&
           strcmp(doc_text(page, "owner"), doc_text(me, "account")) == 0;
}

/* The same acceptance once more is no new act; core knows that too. */
static bool is_said_already(struct cli *c, const struct answer *a, GVariant *page)
{
    guint32 eta = doc_number(page, "eta_min");

    return strcmp(a->kind, "accept") == 0 && strcmp(doc_text(page, "state"), "accepted") == 0 &&
           !*doc_text(page, "offer_to") && is_mine(c, page) &&
           (a->eta_min == 0 || (guint32)a->eta_min == eta);
}

/* "You have accepted this page, in 10 minutes: title" */
static void say_accepted(GVariant *page, const char *said)
{
    g_autofree char *title = text_clean(word_title(page), false);
    guint32 eta = doc_number(page, "eta_min");

    (void)printf("%s%s", word_drill(page), said);
    if (eta > 0)
        (void)printf(_(", in %u minutes"), eta);
    (void)printf(": %s  %s\n", doc_text(page, "id"), title);
}

/* My newest act of that kind, if it does not count.  NULL: it does, or there is none.  Gives. */
static GVariant *lost_act(struct cli *c, GVariant *page, const char *kind)
{
    g_autoptr(GVariant) me = NULL, events = NULL;
    GVariant *newest = NULL;

    if (!tba_agent_call_whoami_sync(c->agent, &me, NULL, NULL))
        return NULL;
    events = g_variant_lookup_value(page, "events", G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; events && i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) e = g_variant_get_child_value(events, i);
        if (strcmp(doc_text(e, "kind"), kind) != 0 ||
            strcmp(doc_text(e, "account"), doc_text(me, "account")) != 0)
            continue;
        g_clear_pointer(&newest, g_variant_unref);
        newest = doc_is(e, "counted") ? NULL : g_variant_ref(e);
    }
    return newest;
}

static int say_lost(GVariant *page, GVariant *act)
{
    const char *refusal = doc_text(act, "refusal");

    return cli_say(STATUS_REFUSED,
                   _("your answer to page %s DOES NOT COUNT: %s; look at `trucban show %s`, answer "
                     "again or use the telephone"),
                   doc_text(page, "id"),
                   *refusal ? word_error(refusal) : _("somebody or something came before it"),
                   doc_text(page, "id"));
}

/* Another device may have been first: then the page belongs to somebody else. */
static int came_of_it(struct cli *c, const struct answer *a, const char *id)
{
    int status = STATUS_DONE;
    g_autoptr(GVariant) page = page_document(c, id, &status);
    bool accept = strcmp(a->kind, "accept") == 0;

    if (!page)
        return status;
    g_autoptr(GVariant) lost = lost_act(c, page, a->kind);
    if (accept && *doc_text(page, "owner") && !is_mine(c, page)) {
        g_autofree char *who = word_person(doc_text(page, "owner_name"), doc_text(page, "owner"));
        g_autofree char *name = text_clean(who, false);
        status = cli_say(STATUS_REFUSED, _("%s was first and has the page"), name);
    } else if (lost) {
        status = say_lost(page, lost);
    } else if (accept && !c->json && *doc_text(page, "owner")) {
        say_accepted(page, _("You have accepted this page"));
    } else if (!c->json) {
        g_autofree char *title = text_clean(word_title(page), false);
        (void)printf("%s%s %s: %s  %s\n", word_drill(page), _("Page"), doc_text(page, "id"),
                     word_state(doc_text(page, "state")), title);
    }
    if (c->json && !json_print_variant(page))
        return STATUS_REFUSED;
    return status;
}

static int repeat(struct cli *c, GVariant *page)
{
    if (c->json)
        return json_print_variant(page) ? STATUS_DONE : STATUS_REFUSED;
    say_accepted(page, _("You have already accepted this page"));
    return STATUS_DONE;
}

int answer_page(struct cli *c, const struct answer *a, int argc, char **argv, bool may_guess)
{
    GError *error = NULL;

    if (argc > 2 || (argc < 2 && !may_guess))
        return cli_say(STATUS_USAGE, _("one page is needed, by its ID or the start of it"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    g_autofree char *guessed = argc == 2 ? NULL : only_page(c);
    const char *printed = argc == 2 ? argv[1] : guessed;
    g_autofree char *id = NULL;
    if (!printed)
        return STATUS_REFUSED;
    if (!tba_agent_call_find_sync(c->agent, printed, &id, NULL, &error))
        return cli_fail(c, error);
    int status = STATUS_DONE;
    g_autoptr(GVariant) page = page_document(c, id, &status);
    if (!page)
        return status;
    if (is_said_already(c, a, page))
        return repeat(c, page);
    if (!tba_agent_call_answer_sync(c->agent, id, a->kind, detail_of(a), NULL, &error))
        return refused(c, error);
    status = follow_outbox(c);
    return status == STATUS_DONE ? came_of_it(c, a, id) : status;
}
