/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing.c - see standing.h. */
#include "client/desktop/standing.h"

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/text/when.h"
#include "client/text/words.h"

const char *standing_icon(GVariant *contact)
{
    guint32 level = doc_number(contact, "level");

    if (doc_is(contact, "key_changed"))
        return "dialog-warning-symbolic";
    if (level == 0)
        return "action-unavailable-symbolic";
    return level == 1 ? "dialog-question-symbolic" : "emblem-ok-symbolic";
}

const char *standing_style(GVariant *contact)
{
    guint32 level = doc_number(contact, "level");

    if (doc_is(contact, "key_changed") || level == 0)
        return "standing-bad";
    return level == 1 ? "standing-open" : "standing-good";
}

char *standing_words(GVariant *contact)
{
    g_autofree char *trust = word_trust(contact, "");

    return doc_is(contact, "key_changed") ? g_strdup_printf(_("KEY CHANGED · %s"), trust)
                                          : g_steal_pointer(&trust);
}

char *standing_compared(GVariant *contact)
{
    g_autofree char *at = when_people(doc_moment(contact, "compared_at"));

    if (doc_is(contact, "key_changed"))
        return g_strdup_printf(
            _("You compared keys on %s, and they are others since. A new device or a new "
              "installation does that; so does somebody who pretends to be this person. Until "
              "you have compared again, rely on nothing that comes under this name."),
            at);
    if (doc_is(contact, "compared"))
        return g_strdup_printf(_("Compared by you on %s; the keys are still the same."), at);
    return g_strdup(_("You have never compared keys with this person."));
}

GtkWidget *standing_call(GVariant *contact)
{
    GtkWidget *link = brief_call(_("Call"), doc_text(contact, "phone"));
    g_autofree char *who = brief_person(contact, "name", "account");

    if (!link)
        return NULL;
    g_autofree char *name = g_strdup_printf(_("Call %s: %s"), who, doc_text(contact, "phone"));
    tbd_name(link, name);
    return link;
}
