/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_test_page.c - page myself: the whole way through the relay and back, with the alarm. */
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/follow.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { OFFLINE_WAIT_MS = 4000 };

/* Times that this page has rung here. */
static uint32_t rings_of(struct cli *c, const char *id, char **ret_bell)
{
    g_autoptr(GVariant) status = NULL, ringing = NULL;

    if (!tba_agent_call_status_sync(c->agent, &status, NULL, NULL))
        return 0;
    g_free(*ret_bell);
    *ret_bell = g_strdup(doc_text(status, "bell"));
    ringing = g_variant_lookup_value(status, "ringing", G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; ringing && i < g_variant_n_children(ringing); i++) {
        g_autoptr(GVariant) r = g_variant_get_child_value(ringing, i);
        if (strcmp(doc_text(r, "page"), id) == 0)
            return doc_number(r, "rings");
    }
    return 0;
}

static int say_unreached(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    if (!tba_agent_call_status_sync(c->agent, &s, NULL, NULL))
        return cli_say(STATUS_OFFLINE, _("the agent does not answer any more"));
    g_autofree char *why = word_said(doc_text(s, "last_error"));
    g_autofree char *relay = text_clean(doc_text(s, "relay"), false);
    return cli_say(
        STATUS_OFFLINE,
        _("YOU CANNOT BE PAGED: the relay %s has not confirmed the test page (%s). Check "
          "this machine's network; if it works, call whoever runs the relay."),
        relay, *why ? why : _("no answer in time"));
}

static bool is_offline(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    return tba_agent_call_status_sync(c->agent, &s, NULL, NULL) &&
           strcmp(doc_text(s, "online"), "online") != 0;
}

static int report(struct cli *c, const char *id, const char *bell, uint32_t rings)
{
    int status = STATUS_DONE;
    g_autoptr(GVariant) page = page_document(c, id, &status);

    if (!page)
        return status;
    if (c->json) {
        json_t *j = json_of_variant(page);
        (void)json_object_set_new(j, "result", json_string(rings > 0 ? "rang" : "timeout"));
        (void)json_object_set_new(j, "bell", json_string(bell));
        if (!json_print(j))
            return STATUS_REFUSED;
    } else if (rings > 0) {
        (void)printf(_("The page came back and rings here. Bell: %s\n"), word_bell(bell));
    }
    if (rings > 0)
        return STATUS_DONE;
    if (doc_moment(page, "relayed_at") == 0)
        return say_unreached(c);
    return cli_say(STATUS_TIMEOUT, _("the test page did not come back: YOU CANNOT BE PAGED"));
}

/* A person says whether it was heard; either way the test ends. */
static int ask_heard(struct cli *c, const char *id)
{
    bool heard = ask_yes(_("Did you hear the alarm? [y/N]"));
    GVariantDict dict;
    GError *error = NULL;

    g_variant_dict_init(&dict, NULL);
    if (!tba_agent_call_answer_sync(c->agent, id, "resolve", g_variant_dict_end(&dict), NULL,
                                    &error))
        return cli_fail(c, error);
    return heard ? STATUS_DONE
                 : cli_say(STATUS_REFUSED, _("not heard: turn up the loudspeaker and test again"));
}

int cmd_test_page(struct cli *c, int argc, char **argv)
{
    int wait_s = 15;
    const GOptionEntry entries[] = {
        { "wait", 'w', 0, G_OPTION_ARG_INT, &wait_s, N_("How long it may take; 15 if not said"),
          N_("S") },
        G_OPTION_ENTRY_NULL,
    };
    g_autofree char *id = NULL, *bell = NULL;
    GError *error = NULL;
    uint32_t rings = 0;

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1 || wait_s < 1)
        return cli_say(STATUS_USAGE, _("`trucban test-page` takes --wait SECONDS only"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_test_page_sync(c->agent, &id, NULL, &error))
        return cli_fail(c, error);
    gint64 now = when_now(), end = now + wait_s * INT64_C(1000);
    if (is_offline(c)) /* a connection that is being made has its chance, no more */
        end = MIN(end, now + OFFLINE_WAIT_MS);
    for (rings = rings_of(c, id, &bell); rings == 0 && when_now() < end;
         rings = rings_of(c, id, &bell))
        cli_idle(c, end);
    int status = report(c, id, bell ? bell : "", rings);
    if (status == STATUS_DONE && !c->json && ask_possible())
        return ask_heard(c, id);
    if (status == STATUS_DONE && !c->json)
        cli_print(_("It rings until somebody ends it: trucban resolve %s"), id);
    return status;
}
