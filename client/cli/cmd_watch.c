/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_watch.c - tells what happens to pages and the connection until it is interrupted.
 *
 * Nudges of the agent say when to look; what is told comes from what is read then,
 * so that a lost nudge loses nothing. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/follow.h"
#include "client/cli/json.h"
#include "client/cli/list.h"
#include "client/cli/page_text.h"
#include "client/cli/term.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct watch {
    struct cli *c;
    GHashTable *told; /* page id -> state and events told so far */
    guint64 since;
    char *online, *stage;
    bool ready; /* pages can be read */
    bool first; /* what happened before is not news */
};

struct told {
    char *state;
    gsize events; /* NOT_READ: the page had ended before, and nobody looked */
};

#define NOT_READ G_MAXSIZE

static void told_free(gpointer data)
{
    struct told *t = data;

    g_free(t->state);
    g_free(t);
}

static bool emit(struct watch *w, const char *event, GVariant *doc, const char *line)
{
    if (!w->c->json) {
        g_autofree char *at = when_people(when_now());
        (void)printf("%s  %s\n", at, line);
        return fflush(stdout) == 0;
    }
    json_t *j = json_of_variant(doc);
    if (strcmp(event, "page") == 0 || strcmp(event, "status") == 0)
        (void)json_object_set_new(j, "event", json_string(event)); /* fails on no memory only */
    return json_print(j);
}

/* The page's id goes into each of its events. */
static bool emit_event(struct watch *w, GVariant *page, GVariant *event)
{
    g_autofree char *text = page_event_line(event);
    g_autofree char *line =
        g_strdup_printf("%s%s %s: %s", word_drill(page), _("page"), doc_text(page, "id"), text);
    GVariantDict dict;

    g_variant_dict_init(&dict, event);
    g_variant_dict_insert(&dict, "event", "s", doc_text(event, "kind"));
    g_variant_dict_insert(&dict, "page", "s", doc_text(page, "id"));
    g_variant_dict_insert(&dict, "drill", "b", doc_is(page, "drill"));
    g_autoptr(GVariant) with_id = g_variant_ref_sink(g_variant_dict_end(&dict));
    return emit(w, "", with_id, line);
}

/* How much of a page is known already where it is seen for the first time, or was not read then. */
static gsize known_events(const struct watch *w, const struct told *t, gsize events)
{
    if (t)
        return t->events == NOT_READ ? MAX(events, 1) - 1
                                     : t->events; /* the last brought it here */
    return w->first ? events : 0;
}

static void told_put(struct watch *w, GVariant *page, gsize events)
{
    struct told *t = g_new0(struct told, 1);

    t->state = g_strdup(doc_text(page, "state"));
    t->events = events;
    (void)g_hash_table_insert(w->told, g_strdup(doc_text(page, "id")), t);
}

static bool tell_page(struct watch *w, GVariant *page)
{
    const char *id = doc_text(page, "id"), *state = doc_text(page, "state");
    g_autoptr(GVariant) events = g_variant_lookup_value(page, "events", G_VARIANT_TYPE("aa{sv}"));
    const struct told *t = g_hash_table_lookup(w->told, id);
    gsize n = events ? g_variant_n_children(events) : 0, i = known_events(w, t, n);
    bool ok = true;

    if (!w->first && (!t || strcmp(t->state, state) != 0)) {
        g_autofree char *title = text_clean(word_title(page), false);
        g_autofree char *line = g_strdup_printf("%s%s %s: %s · %s  %s", word_drill(page), _("page"),
                                                id, calling_word(page, when_now()),
                                                word_class(doc_number(page, "class")), title);
        ok = emit(w, "page", page, line);
    }
    for (; ok && i < n; i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value(events, i);
        ok = emit_event(w, page, event);
    }
    told_put(w, page, MAX(i, n));
    return ok;
}

/* Oldest first, as it happened. */
static int tell_pages(struct watch *w)
{
    struct page_list l = { .since = w->since };
    GError *error = NULL;
    int status = STATUS_DONE;

    if (!w->ready)
        return STATUS_DONE; /* locked, or nobody yet: there is nothing to see until that changes */
    g_autoptr(GPtrArray) pages = page_list(w->c, &l, &error);
    if (!pages)
        return cli_fail(w->c, error);
    w->since = l.change;
    for (guint i = pages->len; i-- > 0;) {
        if (w->first && doc_moment(pages->pdata[i], "ended_at")) {
            told_put(w, pages->pdata[i], NOT_READ); /* years of them need not be read */
            continue;
        }
        g_autoptr(GVariant) full = page_document(w->c, doc_text(pages->pdata[i], "id"), &status);
        if (full && !tell_page(w, full))
            return STATUS_REFUSED;
    }
    return status;
}

static int tell_status(struct watch *w)
{
    g_autoptr(GVariant) status = NULL;
    GError *error = NULL;

    if (!tba_agent_call_status_sync(w->c->agent, &status, NULL, &error))
        return cli_fail(w->c, error);
    const char *online = doc_text(status, "online"), *stage = doc_text(status, "stage");
    w->ready = strcmp(stage, "ready") == 0;
    if (g_strcmp0(w->online, online) == 0 && g_strcmp0(w->stage, stage) == 0)
        return STATUS_DONE;
    g_autofree char *line = g_strdup_printf("%s: %s · %s: %s", _("Relay"), word_online(online),
                                            _("Profile"), word_stage(stage));
    g_free(w->online);
    g_free(w->stage);
    w->online = g_strdup(online);
    w->stage = g_strdup(stage);
    return emit(w, "status", status, line) ? STATUS_DONE : STATUS_REFUSED;
}

static int run(struct watch *w, int for_s)
{
    gint64 end = for_s > 0 ? when_now() + for_s * INT64_C(1000) : G_MAXINT64;
    int status = STATUS_DONE;

    while (status == STATUS_DONE && when_now() < end) {
        status = tell_status(w);
        if (status == STATUS_DONE)
            status = tell_pages(w);
        w->first = w->first && !w->ready;
        if (status == STATUS_DONE)
            cli_idle(w->c, MIN(end, when_now() + 1000));
    }
    return status;
}

int cmd_watch(struct cli *c, int argc, char **argv)
{
    int for_s = 0;
    gboolean all = FALSE;
    const GOptionEntry entries[] = {
        { "for", 0, 0, G_OPTION_ARG_INT, &for_s, N_("End after S seconds"), N_("S") },
        { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_("Begin with what happened before"), NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    if (!cli_connect(c))
        return STATUS_REFUSED;
    struct watch w = { .c = c, .first = !all };
    w.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, told_free);
    int status = run(&w, for_s);
    g_hash_table_destroy(w.told);
    g_free(w.online);
    g_free(w.stage);
    return status;
}
