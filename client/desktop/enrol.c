/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.c - see enrol.h.  Which step is shown follows the agent's stage, so that a window that was closed
 * in the middle opens again where it was. */
#include "client/desktop/enrol.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"
#include "client/desktop/app.h"
#include "client/desktop/names.h"
#include "client/desktop/refusal.h"
#include "client/desktop/secret.h"
#include "client/text/clean.h"
#include "client/text/phones.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/limits.h"

#define NO_BREAK_SPACE "\u00a0"

enum { INVITE_FILE_MAX = 64 * 1024 };

struct _TbdEnrol {
    AdwBin parent;
    GtkStack *steps;
    GtkWidget *invite, *open_file, *check, *send, *back, *ring, *heard, *not_heard, *later;
    GtkWidget *name, *rank, *position, *unit, *phone, *email, *device, *passphrase, *again;
    GtkLabel *invite_trouble, *card_trouble, *facts, *words, *waiting, *bell, *rang;
    char *text; /* of the invite that was checked */
    char *page; /* of the alarm test */
    gboolean seen_enrolling, done;
};

G_DEFINE_FINAL_TYPE(TbdEnrol, tbd_enrol, ADW_TYPE_BIN)

void tbd_enrol_open(TbdEnrol *e);
void tbd_enrol_check(TbdEnrol *e);
void tbd_enrol_send(TbdEnrol *e);
void tbd_enrol_back(TbdEnrol *e);
void tbd_enrol_ring(TbdEnrol *e);
void tbd_enrol_heard(TbdEnrol *e);
void tbd_enrol_not_heard(TbdEnrol *e);
void tbd_enrol_done(TbdEnrol *e);

static void say(GtkLabel *label, const char *text)
{
    gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), text && *text);
}

static void go(TbdEnrol *e, const char *step, GtkWidget *focus)
{
    gtk_stack_set_visible_child_name(e->steps, step);
    if (focus)
        (void)gtk_widget_grab_focus(focus);
}

static const char *typed(GtkWidget *row)
{
    return gtk_editable_get_text(GTK_EDITABLE(row));
}

/* ---- the invite */

static char *invite_text(TbdEnrol *e)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(e->invite));
    GtkTextIter from, to;

    gtk_text_buffer_get_bounds(buffer, &from, &to);
    return g_strstrip(gtk_text_buffer_get_text(buffer, &from, &to, FALSE));
}

static void on_read(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdEnrol) e = user;
    g_autofree char *text = NULL, *path = g_file_get_parse_name(G_FILE(source));
    g_autoptr(GError) error = NULL;
    gsize n = 0;

    if (!g_file_load_contents_finish(G_FILE(source), result, &text, &n, NULL, &error)) {
        say(e->invite_trouble, error->message);
        return;
    }
    if (n > INVITE_FILE_MAX || !g_utf8_validate(text, (gssize)n, NULL)) {
        g_autofree char *why = g_strdup_printf(
            _("%s is not an invite: it has %zu bytes, or they are not text"), path, n);
        say(e->invite_trouble, why);
        return;
    }
    gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(e->invite)), text, (int)n);
    tbd_enrol_check(e);
}

static void on_chosen(GtkNativeDialog *dialog, int response, gpointer user)
{
    TbdEnrol *e = user;

    if (response == GTK_RESPONSE_ACCEPT) {
        g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
        g_file_load_contents_async(file, NULL, on_read, g_object_ref(e));
    }
    g_object_unref(dialog);
}

void tbd_enrol_open(TbdEnrol *e)
{
    GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
        _("The invite's file"), tbd_app_window(), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

    g_signal_connect_object(dialog, "response", G_CALLBACK(on_chosen), e, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void on_peeked(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdEnrol) e = user;
    g_autoptr(GVariant) facts = NULL;
    g_autoptr(GError) error = NULL;

    gtk_widget_set_sensitive(e->check, TRUE);
    if (!tba_agent_call_invite_peek_finish(TBA_AGENT(source), &facts, result, &error)) {
        g_autofree char *why = tbd_refusal_text(error);
        say(e->invite_trouble, why);
        return;
    }
    g_autofree char *until = when_people(doc_moment(facts, "expires_at"));
    g_autofree char *text =
        g_strdup_printf(_("Account %s, %s, of %s\nRelay %s\nInvite valid until %s"),
                        doc_text(facts, "account"), word_role(doc_text(facts, "role")),
                        doc_text(facts, "agency"), doc_text(facts, "relay"), until);
    tbd_set_text(e->facts, text, true);
    say(e->invite_trouble, "");
    go(e, "card", e->name);
}

void tbd_enrol_check(TbdEnrol *e)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    g_free(e->text);
    e->text = invite_text(e);
    if (!*e->text || !agent) {
        say(e->invite_trouble, *e->text ? _("no link to the agent")
                                        : _("Paste the invite's text here, or open its file."));
        return;
    }
    gtk_widget_set_sensitive(e->check, FALSE);
    tba_agent_call_invite_peek(agent, e->text, NULL, on_peeked, g_object_ref(e));
}

void tbd_enrol_back(TbdEnrol *e)
{
    go(e, "invite", e->invite);
}

/* ---- card and passphrase */

static void put(GVariantBuilder *b, const char *key, const char *value)
{
    g_autofree char *composed = g_utf8_normalize(value, -1, G_NORMALIZE_NFC);

    g_variant_builder_add(b, "{sv}", key, g_variant_new_string(composed ? composed : ""));
}

static GVariant *request_of(TbdEnrol *e)
{
    const struct {
        const char *key;
        GtkWidget *row;
    } rows[] = { { "name", e->name },    { "rank", e->rank },   { "position", e->position },
                 { "unit", e->unit },    { "phone", e->phone }, { "email", e->email },
                 { "device", e->device } };
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    put(&b, "invite", e->text);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        put(&b, rows[i].key, typed(rows[i].row));
    return g_variant_builder_end(&b);
}

/* The first fault, in words, with the field that has it. */
static const char *fault(TbdEnrol *e, GtkWidget **ret_at)
{
    *ret_at = e->name;
    if (!*typed(e->name))
        return _("Your name is missing: others must know who answers.");
    *ret_at = e->phone;
    if (!*typed(e->phone))
        return _("The telephone is missing: it is what is left when everything else fails.");
    if (!phones_is_number(typed(e->phone)))
        return _(
            "There is no digit in the telephone: others must be able to ring you up at night.");
    *ret_at = e->device;
    if (!*typed(e->device))
        return _("This device needs a name, like may-1.");
    *ret_at = e->passphrase;
    if (!*typed(e->passphrase))
        return _("A passphrase is needed.");
    *ret_at = e->again;
    if (strcmp(typed(e->passphrase), typed(e->again)) != 0)
        return _("The two passphrases differ.");
    return NULL;
}

static void on_enrolled(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdEnrol) e = user;
    g_autoptr(GError) error = NULL;

    gtk_widget_set_sensitive(e->send, TRUE);
    if (tba_agent_call_enroll_finish(TBA_AGENT(source), NULL, result, &error)) {
        gtk_editable_set_text(GTK_EDITABLE(e->passphrase), "");
        gtk_editable_set_text(GTK_EDITABLE(e->again), "");
        return; /* the status follows */
    }
    g_autofree char *why = tbd_refusal_text(error);
    say(e->card_trouble, why);
}

void tbd_enrol_send(TbdEnrol *e)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());
    GtkWidget *at = NULL;
    const char *why = fault(e, &at);
    g_autoptr(GUnixFDList) fds = why ? NULL : tbd_secret_new(typed(e->passphrase));
    GVariantBuilder handles;

    say(e->card_trouble, why ? why : fds ? "" : _("out of memory"));
    if (why)
        (void)gtk_widget_grab_focus(at);
    if (!fds || !agent)
        return;
    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    g_variant_builder_add(&handles, "h", 0);
    gtk_widget_set_sensitive(e->send, FALSE);
    tba_agent_call_enroll(agent, request_of(e), g_variant_builder_end(&handles), fds, NULL,
                          on_enrolled, g_object_ref(e));
}

/* ---- waiting */

/* A pair that breaks over two lines is read aloud as two. */
static char *unbroken(const char *words)
{
    g_auto(GStrv) pairs = g_strsplit(words, " · ", -1);

    for (char **pair = pairs; *pair; pair++) {
        g_auto(GStrv) syllables = g_strsplit(*pair, " ", -1);
        g_free(*pair);
        *pair = g_strjoinv(NO_BREAK_SPACE, syllables);
    }
    return g_strjoinv(" · ", pairs);
}

static void on_words(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdEnrol) e = user;
    g_autofree char *words = NULL;

    if (!tba_agent_call_enrol_words_finish(TBA_AGENT(source), &words, result, NULL))
        return;
    g_autofree char *shown = unbroken(words);
    gtk_label_set_text(e->words, shown);
}

static void show_waiting(TbdEnrol *e, GVariant *status)
{
    bool online = strcmp(doc_text(status, "online"), "online") == 0;
    g_autofree char *said = tba_said(doc_text(status, "last_error"));
    g_autofree char *why = text_clean(said, false);
    g_autofree char *text =
        online ? g_strdup(_("The relay has the request; waiting for the registrar's approval."))
               : g_strdup_printf(_("The relay does not have the request yet: %s"),
                                 *why ? why : word_online(doc_text(status, "online")));

    gtk_label_set_text(e->waiting, text);
    if (!*gtk_label_get_text(e->words))
        tba_agent_call_enrol_words(tbd_agent_proxy(tbd_app_agent()), NULL, on_words,
                                   g_object_ref(e));
}

/* ---- the alarm test */

static void show_bell(TbdEnrol *e, GVariant *status)
{
    g_autofree char *text =
        g_strdup_printf(_("Bell: %s. Notifications: %s."), word_bell(doc_text(status, "bell")),
                        word_bubbles(doc_text(status, "notifications")));

    say(e->bell, text);
}

static void show_rang(TbdEnrol *e, const char *text, gboolean ask)
{
    say(e->rang, text);
    gtk_widget_set_visible(e->heard, ask);
    gtk_widget_set_visible(e->not_heard, ask);
}

static void on_tested(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdEnrol) e = user;
    g_autoptr(GError) error = NULL;

    g_free(e->page);
    e->page = NULL;
    if (tba_agent_call_test_page_finish(TBA_AGENT(source), &e->page, result, &error)) {
        show_rang(e, _("It rings until you answer below."), TRUE);
        return;
    }
    g_autofree char *why = tbd_refusal_text(error);
    show_rang(e, why, FALSE);
}

void tbd_enrol_ring(TbdEnrol *e)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (agent)
        tba_agent_call_test_page(agent, NULL, on_tested, g_object_ref(e));
}

static void on_answered(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;

    (void)user;
    if (!tba_agent_call_answer_finish(TBA_AGENT(source), result, &error))
        tbd_app_refused(_("The test page was not answered"), g_steal_pointer(&error));
}

static void quiet(TbdEnrol *e)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (agent && e->page)
        tba_agent_call_answer(agent, e->page, "accept", g_variant_new("a{sv}", NULL), NULL,
                              on_answered, NULL);
    g_clear_pointer(&e->page, g_free);
}

void tbd_enrol_heard(TbdEnrol *e)
{
    quiet(e);
    tbd_enrol_done(e);
}

void tbd_enrol_not_heard(TbdEnrol *e)
{
    quiet(e);
    show_rang(e,
              _("Turn the volume up, choose the right loudspeaker, allow notifications, and ring "
                "again. Until it rings, have the team call you by telephone."),
              FALSE);
}

void tbd_enrol_done(TbdEnrol *e)
{
    e->done = TRUE;
    g_signal_emit_by_name(tbd_app_agent(), "changed", (guint)TBD_TOPIC_STATUS);
}

gboolean tbd_enrol_goes_on(TbdEnrol *e)
{
    return e->seen_enrolling && !e->done;
}

/* ---- the whole */

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    TbdEnrol *e = user;
    GVariant *status = tbd_agent_status(agent);
    const char *stage = status ? doc_text(status, "stage") : "";

    (void)topics;
    if (strcmp(stage, "enrolling") == 0) {
        e->seen_enrolling = TRUE;
        go(e, "words", NULL);
        show_waiting(e, status);
    } else if (strcmp(stage, "ready") == 0 && tbd_enrol_goes_on(e)) {
        if (strcmp(gtk_stack_get_visible_child_name(e->steps), "alarm") != 0)
            go(e, "alarm", e->ring);
        show_bell(e, status);
    } else if (strcmp(stage, "none") == 0 &&
               strcmp(gtk_stack_get_visible_child_name(e->steps), "card") != 0) {
        go(e, "invite", NULL);
    }
}

static void tbd_enrol_finalize(GObject *object)
{
    g_free(TBD_ENROL(object)->text);
    g_free(TBD_ENROL(object)->page);
    G_OBJECT_CLASS(tbd_enrol_parent_class)->finalize(object);
}

#define BIND(member) gtk_widget_class_bind_template_child(widget, TbdEnrol, member)

static void bind_children(GtkWidgetClass *widget)
{
    BIND(steps), BIND(invite), BIND(open_file), BIND(check), BIND(invite_trouble);
    BIND(facts), BIND(name), BIND(rank), BIND(position), BIND(unit), BIND(phone), BIND(email);
    BIND(device), BIND(passphrase), BIND(again), BIND(card_trouble), BIND(send), BIND(back);
    BIND(words), BIND(waiting), BIND(bell), BIND(ring), BIND(rang), BIND(heard), BIND(not_heard);
    BIND(later);
}

static void tbd_enrol_class_init(TbdEnrolClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_enrol_finalize;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/enrol.ui");
    bind_children(widget);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_open);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_check);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_send);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_back);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_ring);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_heard);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_not_heard);
    gtk_widget_class_bind_template_callback(widget, tbd_enrol_done);
}

static void tbd_enrol_init(TbdEnrol *e)
{
    gtk_widget_init_template(GTK_WIDGET(e));
    tbd_name(e->invite, _("The invite's text"));
    tbd_name(e->open_file, _("Open a file…"));
    tbd_name_icons(e->passphrase, _("Show the passphrase"));
    tbd_name_icons(e->again, _("Show the passphrase"));
    gtk_editable_set_text(GTK_EDITABLE(e->device), "may-1");
    show_rang(e, "", FALSE);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_changed), e, 0);
}
