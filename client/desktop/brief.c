/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brief.c - see brief.h. */
#include "client/desktop/brief.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/names.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/phones.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/taxonomy.h"

const char *brief_class_icon(uint32_t page_class)
{
    switch (page_class) {
    case 1:
        return "dialog-error-symbolic";
    case 2:
        return "dialog-warning-symbolic";
    default:
        return "dialog-information-symbolic";
    }
}

const char *brief_class_style(uint32_t page_class)
{
    switch (page_class) {
    case 1:
        return "severe";
    case 2:
        return "ordinary";
    default:
        return "advice";
    }
}

static void set_style(GtkWidget *widget, const char *style, bool on)
{
    if (on)
        gtk_widget_add_css_class(widget, style);
    else
        gtk_widget_remove_css_class(widget, style);
}

void brief_mark(GtkWidget *widget, GtkImage *icon, GVariant *page)
{
    uint32_t page_class = doc_number(page, "class");

    for (uint32_t c = 1; c <= 3; c++)
        set_style(widget, brief_class_style(c),
                  strcmp(brief_class_style(c), brief_class_style(page_class)) == 0);
    set_style(widget, "drill", doc_is(page, "drill"));
    if (icon)
        gtk_image_set_from_icon_name(icon, brief_class_icon(page_class));
}

char *brief_class(GVariant *page)
{
    g_autofree char *word = g_utf8_strup(word_class(doc_number(page, "class")), -1);

    if (doc_is(page, "test"))
        return g_strdup_printf("%s · %s", _("TEST OF THE ALARM"), word);
    return doc_is(page, "drill") ? g_strdup_printf("%s · %s", _("DRILL"), word)
                                 : g_steal_pointer(&word);
}

bool brief_not_my_turn(GVariant *page)
{
    const char *state = doc_text(page, "state");

    return !doc_is(page, "readable") && !doc_is(page, "mine_to_answer") &&
           (strcmp(state, "waiting") == 0 || strcmp(state, "accepted") == 0);
}

char *brief_title(GVariant *page)
{
    if (brief_not_my_turn(page))
        return g_strdup(_("A page that has not come to you"));
    if (!doc_is(page, "readable"))
        return g_strdup(_("A page that this device cannot read"));
    if (!*doc_text(page, "title"))
        return g_strdup_printf(_("Page %s"), doc_text(page, "id"));
    return text_clean(doc_text(page, "title"), false);
}

char *brief_kind(GVariant *page)
{
    const struct tb_kind *kind = tb_kind_of(doc_text(page, "kind"));

    if (!kind)
        return g_strdup("");
    bool english = g_strcmp0(g_getenv("LANGUAGE"), "en") == 0; /* set by tba_lang_init() */
    return g_strdup_printf("%s %s", kind->code, english ? kind->en : kind->vi);
}

char *brief_person(GVariant *doc, const char *name, const char *account)
{
    const char *given = doc_text(doc, name);

    return text_clean(*given ? given : doc_text(doc, account), false);
}

char *brief_sender(GVariant *page)
{
    g_autofree char *who = brief_person(page, "sender_name", "sender");
    g_autofree char *agency = text_clean(doc_text(page, "agency"), false);
    g_autofree char *trust = word_trust(page, "sender_");

    /* Translators: a name, an agency, a level of identity ("verified (level 2)"). */
    return g_strdup_printf(_("%s, %s · identity: %s"), who, agency, trust);
}

char *brief_ago(int64_t ms)
{
    int64_t passed = MAX(when_now() - ms, 0);
    g_autofree char *span = when_span(passed);

    if (ms <= 0)
        return g_strdup("");
    return passed < 1000 ? g_strdup(_("just now")) : g_strdup_printf(_("%s ago"), span);
}

static char *accepted_state(GVariant *page, const char *me)
{
    g_autofree char *who = brief_person(page, "owner_name", "owner");
    TbdItem *taker = tbd_lists_contact(tbd_app_lists(), doc_text(page, "offer_to"));
    g_autofree char *offered = taker ? brief_person(tbd_item_doc(taker), "name", "account")
                                     : text_clean(doc_text(page, "offer_to"), false);
    g_autoptr(GString) s = g_string_new(NULL);
    uint32_t eta = doc_number(page, "eta_min");
    int64_t at = doc_moment(page, "accepted_at");

    if (*me && strcmp(doc_text(page, "owner"), me) == 0)
        g_string_append(s, _("You have it"));
    else
        g_string_append_printf(s, _("Accepted by %s"), who);
    if (eta > 0 && at > 0) {
        g_autofree char *promise = when_promised(at, eta, when_now());
        g_string_append_printf(s, " · %s", promise);
    }
    if (*offered)
        g_string_append_printf(s, _(" · handing over to %s, not taken yet"), offered);
    return g_string_free(g_steal_pointer(&s), FALSE);
}

char *brief_state(GVariant *page, const char *me)
{
    const char *state = doc_text(page, "state");
    g_autofree char *ended = NULL;

    if (strcmp(state, "accepted") == 0)
        return accepted_state(page, me);
    if (strcmp(state, "resolved") == 0) {
        ended = when_short(doc_moment(page, "ended_at"), when_now());
        return g_strdup_printf(_("Ended %s"), ended);
    }
    const char *word = calling_word(page, when_now());
    if (strcmp(state, "exhausted") == 0)
        return g_strdup(word);
    if (doc_is(page, "declined_by_me") && !calling_is_loud(page, when_now()))
        return g_strdup(_("You declined; others are being called"));
    if (doc_number(page, "tier") > 0)
        return g_strdup_printf(_("%s · tier %u, round %u"), word, doc_number(page, "tier"),
                               doc_number(page, "round"));
    return g_strdup(word);
}

const char *brief_me(void)
{
    GVariant *me = tbd_agent_me(tbd_app_agent());

    return me ? doc_text(me, "account") : "";
}

GtkWidget *brief_call(const char *label, const char *phone)
{
    g_autofree char *clean = text_clean(phone, false), *first = phones_first(clean);

    if (!phones_is_number(clean))
        return NULL;
    g_autofree char *text = g_strdup_printf("%s: %s", label, clean);
    g_autofree char *address = g_strconcat("tel:", first, NULL);
    GtkWidget *link = first ? gtk_link_button_new_with_label(address, text) : gtk_label_new(text);
    GtkWidget *words = first ? gtk_button_get_child(GTK_BUTTON(link)) : link;
    if (GTK_IS_LABEL(words)) {
        gtk_label_set_wrap(GTK_LABEL(words), TRUE);
        gtk_label_set_wrap_mode(GTK_LABEL(words), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_xalign(GTK_LABEL(words), 0);
    }
    if (first)
        gtk_widget_set_tooltip_text(link, address);
    gtk_widget_set_halign(link, GTK_ALIGN_START);
    gtk_widget_add_css_class(link, "call");
    tbd_name(link, text);
    return link;
}

GtkWidget *brief_icon(const char *name)
{
    return g_object_new(GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                        "icon-name", name, NULL);
}
