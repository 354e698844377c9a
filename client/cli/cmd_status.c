/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_status.c - is everything ready for the night? */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/list.h"
#include "client/cli/silent.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

static const char *unlocked_text(GVariant *s)
{
    const char *by = doc_text(s, "unlocked_by");

    if (!doc_is(s, "protected"))
        return strcmp(doc_text(s, "stage"), "none") == 0
                   ? ""
                   : _("WITHOUT PASSPHRASE: whoever has the disk has the keys");
    if (strcmp(by, "passphrase") == 0)
        return _("unlocked with the passphrase");
    if (strcmp(by, "file") == 0)
        return _("unlocked with a passphrase file");
    return strcmp(by, "secret-service") == 0 ? _("unlocked by the desktop's Secret Service") : "";
}

static void line(const char *label, const char *value)
{
    g_autofree char *text = text_clean(value, false);
    g_autofree char *clean = cli_hint(text);

    if (*clean)
        (void)printf("%s%s%s\n", label, *label == ' ' ? "" : ": ", clean);
}

/* When something changes by itself, and nobody need start anything anew. */
static void print_next_try(GVariant *s)
{
    int64_t at = doc_moment(s, "next_try_at"), left_ms = at - when_now();

    if (at == 0 || strcmp(doc_text(s, "online"), "offline") != 0)
        return;
    g_autofree char *clock = when_people(at);
    (void)printf(_("  next attempt in %d s (%s)\n"), (int)CLAMP((left_ms + 999) / 1000, 0, 3600),
                 clock);
}

/* They may have been scrolled away, or not said yet. */
static void print_words(struct cli *c, GVariant *s)
{
    g_autofree char *words = NULL;

    if (strcmp(doc_text(s, "stage"), "enrolling") != 0)
        return;
    if (doc_is(s, "invite_refused"))
        line("  ", _("this profile is of no use any more: tell the registrar, ask for a new invite "
                     "and join with it in another --home"));
    else if (doc_number(s, "outbox") == 0 &&
             tba_agent_call_enrol_words_sync(c->agent, &words, NULL, NULL))
        line(_("Six words for the registrar"), words);
}

static void print_relay(GVariant *s)
{
    int64_t heard = doc_moment(s, "heard_at");
    g_autofree char *span = heard > 0 ? when_span(when_now() - heard) : NULL;
    g_autofree char *text =
        g_strdup_printf("%s  %s%s%s%s", word_online(doc_text(s, "online")), doc_text(s, "relay"),
                        span ? _(", last heard before ") : "", span ? span : "",
                        *doc_text(s, "last_error") ? ":" : "");

    line(_("Relay"), text);
    g_autofree char *trouble = word_said(doc_text(s, "last_error"));
    line("  ", trouble);
    print_next_try(s);
    gint32 skew = 0;
    (void)g_variant_lookup(s, "relay_skew_ms", "i", &skew);
    if (skew > 60000 || skew < -60000) {
        g_autofree char *off = when_span(skew < 0 ? -(int64_t)skew : skew);
        (void)printf(_("CLOCK: this machine and the relay differ by %s\n"), off);
    }
}

static void print_waking(GVariant *s)
{
    int64_t woke = doc_moment(s, "woke_at"), again = doc_moment(s, "connected_at");

    if (woke == 0)
        return;
    g_autofree char *at = when_people(woke), *span = when_span(again - woke);
    g_autofree char *text = again ? g_strdup_printf(_("%s; connected again after %s"), at, span)
                                  : g_strdup_printf(_("%s; NOT CONNECTED since then"), at);
    line(_("Woke up"), text);
}

static guint people_of(struct cli *c)
{
    g_autoptr(GVariant) contacts = NULL;

    return tba_agent_call_contacts_sync(c->agent, &contacts, NULL, NULL)
               ? (guint)g_variant_n_children(contacts)
               : 0;
}

static void print_roster(struct cli *c, GVariant *s)
{
    guint64 size = 0;

    (void)g_variant_lookup(s, "roster_size", "t", &size);
    if (size > 0 && strcmp(doc_text(s, "stage"), "ready") == 0)
        (void)printf(_("Roster: %u people, %lu signed entries%s\n"), people_of(c), (gulong)size,
                     doc_is(s, "roster_stale") ? _(", NOT FRESH: authorising steps wait") : "");
    int64_t fresh = doc_moment(s, "roster_fresh_at");
    g_autofree char *at = fresh > 0 ? when_people(fresh) : NULL;
    if (at)
        line(_("Roster confirmed as the newest"), at);
    line(_("Confirming"), word_signer(doc_text(s, "signer")));
    g_autofree char *alarm = word_said(doc_text(s, "roster_alarm_text"));
    if (doc_is(s, "roster_alarm"))
        line(_("ROSTER ALARM"), alarm);
}

static void print_trouble(GVariant *s)
{
    g_autofree char *relay = word_said(doc_text(s, "relay_alarm_text"));

    line(_("RELAY ALARM"), relay);
    if (doc_number(s, "damaged") == 0)
        return;
    (void)printf(_("DAMAGED on this device's disk: %u pages; what is missing here is on other "
                   "devices: use the telephone"),
                 doc_number(s, "damaged"));
    (void)putchar('\n');
}

static void print_alarm(GVariant *s)
{
    g_autoptr(GVariant) ringing = g_variant_lookup_value(s, "ringing", G_VARIANT_TYPE("aa{sv}"));

    line(_("Bell"), word_bell(doc_text(s, "bell")));
    line("  ", word_bell_remedy(doc_text(s, "bell")));
    line(_("Notifications"), word_bubbles(doc_text(s, "notifications")));
    for (gsize i = 0; ringing && i < g_variant_n_children(ringing); i++) {
        g_autoptr(GVariant) r = g_variant_get_child_value(ringing, i);
        g_autofree char *since = when_people(doc_moment(r, "since_at"));
        (void)printf(_("%sRINGING: %s since %s, %u times\n"), word_drill(r), doc_text(r, "page"),
                     since, doc_number(r, "rings"));
    }
}

static void print_pages(struct cli *c, GVariant *s)
{
    struct page_list open = { .open = true };
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) pages = page_list(c, &open, &error);

    (void)printf(_("Open pages: %u, unanswered: %u, outbox: %u\n"), doc_number(s, "open_pages"),
                 doc_number(s, "unanswered"), doc_number(s, "outbox"));
    if (doc_number(s, "sessions_missing") > 0)
        (void)printf(_("Devices without a session yet: %u\n"), doc_number(s, "sessions_missing"));
    if (pages) /* the status itself was told all the same */
        say_silent(c, pages);
}

static void print_duty(GVariant *s)
{
    int64_t off = doc_moment(s, "duty_off_at");
    g_autofree char *since = when_people(off);

    if (off > 0)
        (void)printf(_("OFF DUTY: this device has received no pages since %s (trucban duty on)\n"),
                     since);
    if (!doc_is(s, "duty_told"))
        (void)printf("%s\n", _("The relay does not know yet whether this device receives pages."));
}

int cmd_status(struct cli *c, int argc, char **argv)
{
    gboolean full = FALSE;
    const GOptionEntry entries[] = {
        { "full", 0, 0, G_OPTION_ARG_NONE, &full,
          N_("With memory and log, for a report of a fault"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GVariant) s = NULL;
    GError *error = NULL;

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    if (!cli_connect(c))
        return STATUS_REFUSED;
    bool ok = full ? tba_agent_call_diagnostics_sync(c->agent, &s, NULL, &error)
                   : tba_agent_call_status_sync(c->agent, &s, NULL, &error);
    if (!ok)
        return cli_fail(c, error);
    if (c->json)
        return json_print_variant(s) ? STATUS_DONE : STATUS_REFUSED;
    if (doc_is(s, "demo"))
        (void)printf("*** %s ***\n", _("DEMONSTRATION: not for real incidents"));
    line(_("Profile"), word_stage(doc_text(s, "stage")));
    line("  ", unlocked_text(s));
    print_words(c, s);
    if (strcmp(doc_text(s, "stage"), "none") != 0)
        print_relay(s);
    print_waking(s);
    print_roster(c, s);
    print_trouble(s);
    print_alarm(s);
    bool ready = strcmp(doc_text(s, "stage"), "ready") == 0;
    if (ready)
        print_duty(s);
    if (ready)
        print_pages(c, s);
    g_autofree const char **log = NULL;
    (void)g_variant_lookup(s, "log", "^a&s", &log);
    for (const char **l = log; l && *l; l++)
        line("log", *l);
    return STATUS_DONE;
}
