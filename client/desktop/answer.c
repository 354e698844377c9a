/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c - see answer.h.  The dialogs that ask first are in answer_ask.c and hand_over.c. */
#include "client/desktop/answer.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/answer_sent.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/dialog.h"
#include "client/desktop/reach.h"
#include "client/desktop/refusal.h"
#include "client/text/words.h"

enum { RELAY_WAIT_S = 8 };

/* One act on its way: asked of the agent, kept there, confirmed by the relay, told. */
struct attempt {
    char *page, *kind, *reason, *to, *override;
    guint eta_min;
    char *then_offer_to; /* an accept that is handed over at once */
    gulong handler;
    guint timer;
};

static void attempt_free(struct attempt *t)
{
    if (t->handler)
        g_signal_handler_disconnect(tbd_app_agent(), t->handler);
    g_clear_handle_id(&t->timer, g_source_remove);
    g_free(t->page);
    g_free(t->kind);
    g_free(t->reason);
    g_free(t->to);
    g_free(t->override);
    g_free(t->then_offer_to);
    g_free(t);
}

typedef struct attempt struct_attempt;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(struct_attempt, attempt_free)

/* ---- whose turn */

gboolean page_waits_for(GVariant *page, const char *account)
{
    const char *state = doc_text(page, "state");

    if (!doc_is(page, "mine_to_answer") || doc_is(page, "declined_by_me") ||
        strcmp(state, "resolved") == 0)
        return FALSE;
    if (strcmp(state, "accepted") != 0)
        return TRUE;
    return *account && strcmp(doc_text(page, "offer_to"), account) == 0 &&
           strcmp(doc_text(page, "owner"), account) != 0;
}

gboolean page_waits_for_me(GVariant *page)
{
    return page_waits_for(page, brief_me());
}

/* ---- what came of it */

static void tell_accept(GVariant *page)
{
    g_autofree char *who = brief_person(page, "owner_name", "owner");
    guint eta = doc_number(page, "eta_min");
    g_autofree char *text = NULL;

    if (*doc_text(page, "owner") && strcmp(doc_text(page, "owner"), brief_me()) != 0)
        text = g_strdup_printf(_("%s was first and has the page"), who);
    else if (eta > 0)
        text = g_strdup_printf(_("You have the page; you said %u minutes"), eta);
    else
        text = g_strdup(_("You have the page"));
    tbd_app_notice(text);
}

static void tell(const struct attempt *t, GVariant *page)
{
    TbdItem *contact = t->to ? tbd_lists_contact(tbd_app_lists(), t->to) : NULL;
    g_autofree char *who =
        contact ? brief_person(tbd_item_doc(contact), "name", "account") : g_strdup(t->to);
    g_autofree char *text = NULL;

    if (strcmp(t->kind, "accept") == 0) {
        tell_accept(page);
        return;
    }
    if (strcmp(t->kind, "decline") == 0)
        text = g_strdup(_("You declined; the next people are being called"));
    else if (strcmp(t->kind, "offer") == 0)
        text = g_strdup_printf(_("Offered to %s; it is yours until they accept"), who);
    else
        text = g_strdup(_("The page is ended"));
    tbd_app_notice(text);
}

static void tell_kept(GVariant *page)
{
    GtkWidget *dialog = adw_message_dialog_new(tbd_app_window(), _("Kept, not yet sent"), NULL);
    GtkWidget *numbers = page ? reach_numbers(page) : NULL;

    adw_message_dialog_set_body(
        ADW_MESSAGE_DIALOG(dialog),
        _("The relay has not confirmed your answer. It is signed, kept on this device and sent as "
          "soon as the relay can be reached. Until then the others do not know: ring them up."));
    if (numbers)
        adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), numbers);
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("Close"));
    tbd_dialog_present(ADW_MESSAGE_DIALOG(dialog));
}

static bool outbox_empty(void)
{
    GVariant *status = tbd_agent_status(tbd_app_agent());

    return status && doc_number(status, "outbox") == 0;
}

static void on_result(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(struct_attempt) t = user;
    g_autoptr(GVariant) page = NULL, handles = NULL;
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;
    bool ok =
        tba_agent_call_page_get_finish(TBA_AGENT(source), &page, &handles, &fds, result, &error);

    if (!outbox_empty()) {
        tell_kept(ok ? page : NULL);
        return;
    }
    if (!ok)
        return;
    if (t->then_offer_to && strcmp(doc_text(page, "owner"), brief_me()) == 0)
        tbd_answer_offer(t->page, t->then_offer_to); /* and that is what is told */
    else
        tell(t, page);
}

/* Takes `t`. */
static void look(struct attempt *t)
{
    TbaAgent *proxy = tbd_agent_proxy(tbd_app_agent());

    if (!proxy) {
        attempt_free(t);
        tell_kept(NULL);
        return;
    }
    g_signal_handler_disconnect(tbd_app_agent(), t->handler);
    g_clear_handle_id(&t->timer, g_source_remove);
    t->handler = 0;
    tba_agent_call_page_get(proxy, t->page, NULL, NULL, on_result, t);
}

static void on_agent(TbdAgent *agent, guint topics, gpointer user)
{
    (void)agent, (void)topics;
    if (outbox_empty())
        look(user);
}

static gboolean on_late(gpointer user)
{
    struct attempt *t = user;

    t->timer = 0;
    look(t);
    return G_SOURCE_REMOVE;
}

/* ---- asking the agent */

static void send_attempt(struct attempt *t);

static void on_gate(GtkEditable *reason, gpointer user)
{
    struct attempt *t = user;

    if (!reason) {
        attempt_free(t);
        return;
    }
    g_free(t->override);
    t->override = g_strdup(gtk_editable_get_text(reason));
    send_attempt(t);
}

static void on_sent(GObject *source, GAsyncResult *result, gpointer user)
{
    struct attempt *t = user;
    GError *error = NULL;

    if (tba_agent_call_answer_finish(TBA_AGENT(source), result, &error)) {
        /* The status that says so is pulled after the nudge; what is here now is older. */
        t->handler = g_signal_connect(tbd_app_agent(), "changed", G_CALLBACK(on_agent), t);
        t->timer = g_timeout_add_seconds(RELAY_WAIT_S, on_late, t);
        return;
    }
    g_autofree char *name = tbd_refusal_name(error);
    if (g_strcmp0(name, "UNVERIFIED") == 0) {
        tbd_answer_ask_gate(t->page, error, on_gate, t);
        return;
    }
    attempt_free(t);
    tbd_app_refused(_("Your answer was not taken"), error);
}

static void put_text(GVariantBuilder *b, const char *key, const char *text)
{
    if (text && *text)
        g_variant_builder_add(b, "{sv}", key, g_variant_new_string(text));
}

static GVariant *detail_of(const struct attempt *t)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    if (t->eta_min > 0)
        g_variant_builder_add(&b, "{sv}", "eta_min", g_variant_new_uint32(t->eta_min));
    put_text(&b, "reason", t->reason);
    put_text(&b, "to_account", t->to);
    put_text(&b, "override_reason", t->override);
    return g_variant_builder_end(&b);
}

/* Takes `t`. */
static void send_attempt(struct attempt *t)
{
    TbaAgent *proxy = tbd_agent_proxy(tbd_app_agent());

    if (!proxy) {
        attempt_free(t);
        tbd_app_notice(_("No link to the agent: your answer was NOT given. Use the telephone."));
        return;
    }
    tba_agent_call_answer(proxy, t->page, t->kind, detail_of(t), NULL, on_sent, t);
}

static struct attempt *attempt_new(const char *page, const char *kind)
{
    struct attempt *t = g_new0(struct attempt, 1);

    t->page = g_strdup(page);
    t->kind = g_strdup(kind);
    return t;
}

void tbd_answer_accept(const char *page, guint eta_min)
{
    struct attempt *t = attempt_new(page, "accept");

    t->eta_min = eta_min;
    send_attempt(t);
}

void tbd_answer_accept_for(const char *page, const char *account)
{
    struct attempt *t = attempt_new(page, "accept");

    t->then_offer_to = g_strdup(account);
    send_attempt(t);
}

void tbd_answer_decline(const char *page, const char *reason)
{
    struct attempt *t = attempt_new(page, "decline");

    t->reason = g_strdup(reason);
    send_attempt(t);
}

void tbd_answer_offer(const char *page, const char *account)
{
    struct attempt *t = attempt_new(page, "offer");

    t->to = g_strdup(account);
    send_attempt(t);
}

void tbd_answer_resolve(const char *page, const char *text)
{
    struct attempt *t = attempt_new(page, "resolve");

    t->reason = g_strdup(text);
    send_attempt(t);
}
