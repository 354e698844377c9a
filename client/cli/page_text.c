/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_text.c - see page_text.h. */
#include "client/cli/page_text.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/cli/term.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/phones.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/taxonomy.h"

static void field(FILE *f, const char *label, const char *value)
{
    g_autofree char *clean = text_clean(value, false);

    if (*clean)
        (void)fprintf(f, "%s: %s\n", label, clean);
}

static void moment_field(FILE *f, const char *label, int64_t ms)
{
    g_autofree char *text = when_people(ms);

    if (ms > 0)
        field(f, label, text);
}

/* What a tier reads that was not called is nobody's fault. */
static bool not_my_turn(GVariant *page)
{
    const char *state = doc_text(page, "state");

    return !doc_is(page, "readable") && !doc_is(page, "mine_to_answer") &&
           (strcmp(state, "waiting") == 0 || strcmp(state, "accepted") == 0);
}

static void print_head(GVariant *page, FILE *f)
{
    g_autofree char *id = text_clean(doc_text(page, "id"), false);

    if (doc_is(page, "drill"))
        (void)fprintf(f, "*** %s***\n", _("[DRILL] "));
    (void)fprintf(f, "%s %s · %s · %s", _("Page"), id, word_class(doc_number(page, "class")),
                  calling_word(page, when_now()));
    if (doc_number(page, "round") > 0)
        (void)fprintf(f, _(" · tier %u, round %u"), doc_number(page, "tier"),
                      doc_number(page, "round"));
    (void)fputc('\n', f);
    if (not_my_turn(page))
        (void)fprintf(f, "%s\n", _("The page has not come to you; whoever is called reads it."));
    else if (!doc_is(page, "readable"))
        (void)fprintf(f, "%s\n", _("This device cannot read the page; ring up the sender."));
    if (doc_is(page, "damaged"))
        (void)fprintf(
            f, "%s\n",
            _("DAMAGED: part of this page does not open any more on this device's disk, and "
              "steps may be missing below; ask the others by telephone."));
}

static void print_kind(GVariant *page, FILE *f)
{
    const struct tb_kind *kind = tb_kind_of(doc_text(page, "kind"));
    const char *lang = g_getenv("LANGUAGE"); /* set by tba_lang_init() */

    if (!kind)
        return;
    g_autofree char *text =
        g_strconcat(kind->code, " ", g_strcmp0(lang, "en") == 0 ? kind->en : kind->vi, NULL);
    field(f, _("Kind"), text);
}

static void print_people(GVariant *page, FILE *f)
{
    g_autofree char *sender = word_person(doc_text(page, "sender_name"), doc_text(page, "sender"));
    g_autofree char *trust = word_trust(page, "sender_");
    g_autofree char *from = g_strdup_printf("%s, %s · %s", sender, doc_text(page, "agency"), trust);

    field(f, _("From"), from);
    field(f, _("Call back"), doc_text(page, "sender_phone"));
    if (!*doc_text(page, "owner"))
        return;
    g_autofree char *owner = word_person(doc_text(page, "owner_name"), doc_text(page, "owner"));
    g_autofree char *owner_trust = word_trust(page, "owner_");
    g_autofree char *who = g_strdup_printf("%s · %s", owner, owner_trust);
    field(f, _("Accepted by"), who);
    if (doc_number(page, "eta_min") > 0)
        (void)fprintf(f, _("Promised: in %u minutes\n"), doc_number(page, "eta_min"));
    field(f, _("Offered to"), doc_text(page, "offer_to"));
}

/* When something comes next: the moment, as long as it is to come. */
static void print_next(GVariant *page, FILE *f)
{
    int64_t now = when_now();
    struct calling c = calling_of(page, now);
    g_autofree char *clock = calling_clock(page, now);

    if (clock && c.due_ms > now)
        moment_field(f, c.last ? _("Last tier until") : _("Next tier"), c.due_ms);
    else if (clock && !c.late) /* what is late stands above */
        (void)fprintf(f, "%s\n", clock);
}

static void print_content(GVariant *page, FILE *f)
{
    g_autofree char *text = text_clean(doc_text(page, "text"), true);

    field(f, _("Title"), word_title(page));
    print_kind(page, f);
    print_people(page, f);
    moment_field(f, _("Created"), doc_moment(page, "created_at"));
    moment_field(f, _("Noticed"), doc_moment(page, "detected_at"));
    field(f, _("System"), doc_text(page, "system_name"));
    field(f, _("Address"), doc_text(page, "system_address"));
    field(f, "TLP", doc_text(page, "tlp"));
    print_next(page, f);
    if (*text)
        (void)fprintf(f, "\n%s\n", text);
}

static void print_files(GVariant *page, FILE *f)
{
    g_autoptr(GVariant) files = g_variant_lookup_value(page, "files", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; files && i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        guint64 size = 0;
        (void)g_variant_lookup(file, "size", "t", &size);
        g_autofree char *line = g_strdup_printf("%s (%lu)", doc_text(file, "name"), (gulong)size);
        field(f, _("File"), line);
    }
}

/* The four receipts stand apart: none of them means another. */
static void print_ladder(GVariant *page, FILE *f)
{
    const char *heads[] = { _("Tier"),  _("Who"),       _("Device"), _("Level"),
                            _("Paged"), _("Delivered"), _("Seen") };
    g_autoptr(GVariant) devices = g_variant_lookup_value(page, "devices", G_VARIANT_TYPE("aa{sv}"));
    int64_t now = when_now();

    if (!devices || g_variant_n_children(devices) == 0)
        return;
    struct table *table = table_new(G_N_ELEMENTS(heads), heads);
    for (gsize i = 0; i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
        g_autofree char *tier = g_strdup_printf("%u", doc_number(d, "tier"));
        g_autofree char *who = word_person(doc_text(d, "name"), doc_text(d, "account"));
        g_autofree char *delivered = when_short(doc_moment(d, "delivered_at"), now);
        g_autofree char *seen = when_short(doc_moment(d, "seen_at"), now);
        const char *cells[] = { tier,
                                who,
                                doc_text(d, "device"),
                                word_level(doc_number(d, "level")),
                                doc_is(d, "released")              ? _("yes")
                                : doc_moment(d, "duty_off_at") > 0 ? _("RECEIVES NO PAGES")
                                                                   : _("not yet"),
                                doc_is(d, "unreadable") ? _("NOT READABLE") : delivered,
                                seen };
        table_add(table, cells);
    }
    (void)fputc('\n', f);
    table_print(table, f);
}

char *page_event_line(GVariant *event)
{
    const char *kind = doc_text(event, "kind");
    GString *line = g_string_new(word_event(kind));

    if (strcmp(kind, "release") == 0 || strcmp(kind, "skip") == 0)
        g_string_append_printf(line, _(" (tier %u, round %u)"), doc_number(event, "tier"),
                               doc_number(event, "round"));
    if (*doc_text(event, "account")) {
        g_autofree char *who = word_person(doc_text(event, "name"), doc_text(event, "account"));
        g_string_append_printf(line, " %s · %s", who, word_level(doc_number(event, "level")));
    }
    if (*doc_text(event, "target"))
        g_string_append_printf(line, " → %s", doc_text(event, "target"));
    if (doc_number(event, "eta_min") > 0)
        g_string_append_printf(line, _(", in %u minutes"), doc_number(event, "eta_min"));
    if (*doc_text(event, "reason"))
        g_string_append_printf(line, ": %s", doc_text(event, "reason"));
    if (doc_is(event, "override"))
        g_string_append(line, _(" [below the level asked for]"));
    if (*doc_text(event, "account") && !doc_is(event, "counted"))
        g_string_append(line, _(" [too late: changed nothing]"));
    g_autofree char *raw = g_string_free(line, FALSE);
    return text_clean(raw, false);
}

static void print_events(GVariant *page, FILE *f)
{
    g_autoptr(GVariant) events = g_variant_lookup_value(page, "events", G_VARIANT_TYPE("aa{sv}"));

    if (events && g_variant_n_children(events) > 0)
        (void)fputc('\n', f);
    for (gsize i = 0; events && i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value(events, i);
        g_autofree char *at = when_people(doc_moment(event, "at"));
        g_autofree char *line = page_event_line(event);
        (void)fprintf(f, "%s  %s%s\n", at, line,
                      page_tier_was_off(page, event) ? _(": nobody there receives pages") : "");
    }
}

void phones_print(GPtrArray *phones, FILE *f)
{
    for (guint i = 0; i < phones->len; i++) {
        const struct phone *p = phones->pdata[i];
        g_autofree char *who = word_person(p->name, p->account);
        g_autofree char *name = text_clean(who, false), *number = text_clean(p->number, false);
        (void)fprintf(f, "  %s  %s%s\n", number, name, p->reported ? _(" (who reported)") : "");
    }
    if (phones->len == 0)
        (void)fprintf(f, "  %s\n", _("(no telephone number is known here)"));
}

void page_print(GVariant *page, GPtrArray *phones, FILE *f)
{
    g_autofree char *advice = calling_advice(page, when_now());

    print_head(page, f);
    if (advice)
        (void)fprintf(f, "%s\n", advice);
    if (advice && phones)
        phones_print(phones, f);
    print_content(page, f);
    print_files(page, f);
    print_ladder(page, f);
    print_events(page, f);
}
