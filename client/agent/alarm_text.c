/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarm_text.c - see alarm_text.h. */
#include "client/agent/alarm_text.h"

#include "client/api/lang.h"
#include "client/text/words.h"

const char *alarm_why_name(enum tbc_ring_why why)
{
    switch (why) {
    case TBC_RING_PAGE:
        return "page";
    case TBC_RING_UNREADABLE:
        return "unreadable";
    case TBC_RING_OFFER:
        return "offer";
    case TBC_RING_NOBODY:
        return "nobody";
    case TBC_RING_NO_RECEIPT:
        return "no-receipt";
    case TBC_RING_UNVERIFIED:
        return "unverified";
    case TBC_RING_UNKEPT:
        return "unkept";
    case TBC_RING_ROSTER:
        return "roster";
    }
    return "unknown";
}

bool alarm_answerable(const struct ringer_item *i)
{
    return i->why == TBC_RING_PAGE || i->why == TBC_RING_UNREADABLE || i->why == TBC_RING_OFFER;
}

static const char *what(enum tbc_ring_why why)
{
    switch (why) {
    case TBC_RING_PAGE:
        return _("You are being paged");
    case TBC_RING_UNREADABLE:
        return _("You are being paged; this device cannot read the page");
    case TBC_RING_OFFER:
        return _("A page is being handed over to you");
    case TBC_RING_NOBODY:
        return _("Nobody has answered the page");
    case TBC_RING_NO_RECEIPT:
        return _("The relay has not confirmed the page; use the telephone");
    case TBC_RING_UNVERIFIED:
        return _("You are being paged; who sent it cannot be verified yet: use the telephone");
    case TBC_RING_UNKEPT:
        return _("You are being paged; this device cannot store or read the page: use the "
                 "telephone, and see `trucban status`");
    case TBC_RING_ROSTER:
        return _("The roster is not what it should be; call the registrar");
    }
    return _("Alarm");
}

static void add_facts(GString *body, const struct ringer_item *i, enum privacy privacy)
{
    char id[17];

    if (i->why == TBC_RING_ROSTER || privacy == PRIVACY_NONE)
        return;
    tb_id_print(&i->page, id);
    g_string_append_printf(body, "\n%s · %s %s", word_class(i->page_class), _("page"), id);
    if (privacy != PRIVACY_FULL)
        return;
    if (*i->sender)
        g_string_append_printf(body, "\n%s: %s%s%s", _("From"), i->sender, *i->agency ? ", " : "",
                               i->agency);
    if (*i->title)
        g_string_append_printf(body, "\n%s", i->title);
}

struct alarm_text alarm_text_make(const struct ringer_item *i, enum privacy privacy, bool actions)
{
    GString *body =
        g_string_new(privacy == PRIVACY_NONE ? _("Open the program to see it.") : what(i->why));
    char id[17];

    add_facts(body, i, privacy);
    if (!actions && alarm_answerable(i)) {
        tb_id_print(&i->page, id);
        g_string_append_printf(body, "\ntrucban accept %s", id);
    }
    const char *title = privacy == PRIVACY_NONE ? _("Trực Ban: alarm")
                        : i->page_class == 1    ? _("Trực Ban: SEVERE")
                                                : _("Trực Ban: page");
    return (struct alarm_text){
        .summary = g_strconcat(i->drill ? _("[DRILL] ") : "", title, NULL),
        .body = g_string_free(body, FALSE),
    };
}

void alarm_text_done(struct alarm_text *t)
{
    g_free(t->summary);
    g_free(t->body);
    *t = (struct alarm_text){ 0 };
}
