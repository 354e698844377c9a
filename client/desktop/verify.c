/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c - see verify.h.
 *
 * Nobody is asked whether two numbers look the same: of 28 people 21 said yes
 * without comparing.  The other side reads one group, chosen here by chance,
 * and what is heard is typed; what it should be is not in this process at all. */
#include "client/desktop/verify.h"

#include <string.h>
#include <sys/random.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/field.h"
#include "client/desktop/names.h"
#include "client/desktop/qr.h"
#include "client/desktop/refusal.h"
#include "client/desktop/standing.h"
#include "client/desktop/wrap.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { GROUPS = 12, GROUP_DIGITS = 5 };

enum outcome { OUTCOME_NONE, OUTCOME_SAME, OUTCOME_DIFFERENT };

struct _TbdVerify {
    AdwBin parent;
    AdwWindowTitle *heading;
    GtkStack *states;
    GtkWidget *back, *verdict, *asking, *digits, *buttons, *compare, *other, *groups;
    GtkImage *icon;
    GtkLabel *headline, *detail, *call_text, *question, *error;
    AdwBin *call;
    TbdQr *qr;
    char *account, *fingerprint; /* fingerprint: mine, as shown */
    GVariant *shown;
    guint group;
    gboolean comparing;
    enum outcome outcome;
};

G_DEFINE_FINAL_TYPE(TbdVerify, tbd_verify, ADW_TYPE_BIN)

/* ---- what is mine */

static void show_groups(TbdVerify *v, const char *fingerprint)
{
    g_auto(GStrv) group = g_strsplit(fingerprint, " ", -1);

    tbd_box_clear(v->groups);
    for (guint i = 0; i < g_strv_length(group); i++) {
        g_autofree char *text = g_strdup_printf("%2u· %s", i + 1, group[i]);
        g_autofree char *name = g_strdup_printf(_("Group %u: %s"), i + 1, group[i]);
        GtkWidget *label = gtk_label_new(text);
        gtk_widget_add_css_class(label, "digits");
        tbd_name(label, name);
        gtk_box_append(GTK_BOX(v->groups), label);
    }
}

static void show_mine(TbdVerify *v)
{
    GVariant *me = tbd_agent_me(tbd_app_agent());
    const char *fingerprint = me ? doc_text(me, "fingerprint") : "";

    if (g_strcmp0(fingerprint, v->fingerprint) == 0)
        return;
    g_free(v->fingerprint);
    v->fingerprint = g_strdup(fingerprint);
    show_groups(v, fingerprint);
    g_autofree char *code = *fingerprint
                                ? g_strdup_printf("%s %s", doc_text(me, "account"), fingerprint)
                                : g_strdup("");
    g_autofree char *alternative = g_strdup_printf(
        _("QR code with my account and my twelve groups of digits: %s"), fingerprint);
    tbd_qr_set(v->qr, code, alternative);
    tbd_name(v->groups, _("My twelve groups"));
}

/* ---- what is asked */

static guint by_chance(guint not_this)
{
    guint8 byte = 0;

    for (;;) {
        if (getrandom(&byte, 1, 0) != 1)
            byte = (guint8)g_random_int_range(0, 256); /* no entropy device: still no order */
        if (byte < 256 / GROUPS * GROUPS && byte % GROUPS + 1U != not_this)
            return byte % GROUPS + 1U;
    }
}

static void ask(TbdVerify *v)
{
    g_autofree char *question = NULL;

    v->group = by_chance(v->group);
    question = g_strdup_printf(_("Ask for group %u of the twelve. What do you hear?"), v->group);
    gtk_label_set_text(v->question, question);
    gtk_editable_set_text(GTK_EDITABLE(v->digits), "");
    tbd_field_error(v->digits, v->error, NULL);
    g_autofree char *name = g_strdup_printf(_("Group %u, five digits as heard"), v->group);
    tbd_field_name(v->digits, name);
}

static char *heard(TbdVerify *v)
{
    GString *digits = g_string_new(NULL);

    for (const char *c = gtk_editable_get_text(GTK_EDITABLE(v->digits)); *c; c++)
        if (*c != ' ' && *c != '-')
            g_string_append_c(digits, *c);
    return g_string_free(digits, FALSE);
}

static char *wrong(const char *typed)
{
    if (strspn(typed, "0123456789") == GROUP_DIGITS && strlen(typed) == GROUP_DIGITS)
        return NULL;
    return g_strdup_printf(_("A group has five digits; here are: %s"), *typed ? typed : "–");
}

/* ---- the verdict */

static void set_verdict(TbdVerify *v, const char *style, const char *icon, const char *headline,
                        const char *detail)
{
    static const char *const styles[] = { "good", "loud" };

    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        gtk_widget_remove_css_class(v->verdict, styles[i]);
    if (style)
        gtk_widget_add_css_class(v->verdict, style);
    gtk_image_set_from_icon_name(v->icon, icon);
    gtk_label_set_text(v->headline, headline);
    gtk_label_set_text(v->detail, detail);
    tbd_name(v->verdict, headline);
    tbd_describe(v->verdict, detail);
}

static void show_same(TbdVerify *v, const char *who)
{
    g_autofree char *at = when_short(when_now(), when_now());
    g_autofree char *detail =
        g_strdup_printf(_("Compared by you at %s. You are told if the keys ever change."), at);
    g_autofree char *headline = g_strdup_printf(_("The digits are the same: %s is verified"), who);

    set_verdict(v, "good", "emblem-ok-symbolic", headline, detail);
}

static void show_different(TbdVerify *v, const char *who)
{
    g_autofree char *detail = g_strdup_printf(
        _("What you typed is not what this device holds for %s, who no longer counts as compared. "
          "Perhaps it was misheard: ask for another group. If that differs too, somebody may stand "
          "between you: give no order and follow none under this name, hang up, and ring the "
          "registrar on a number that you know from elsewhere."),
        who);

    set_verdict(v, "loud", "dialog-error-symbolic", _("THE DIGITS DIFFER"), detail);
}

/* What the registrar found is no comparison: no tick stands here for it, and no level in the headline. */
static void show_never(TbdVerify *v, GVariant *doc)
{
    g_autofree char *roster = word_trust(doc, "");
    g_autofree char *detail = g_strdup_printf(
        _("You have never compared keys with this person. The roster says “%s”: that is the "
          "registrar's word, not your own comparison."),
        roster);

    set_verdict(v, NULL, "dialog-question-symbolic", _("NOT YET COMPARED BY YOU"), detail);
}

static void show_before(TbdVerify *v, GVariant *doc)
{
    g_autofree char *compared = standing_compared(doc);

    if (doc_is(doc, "key_changed"))
        set_verdict(v, "loud", "dialog-warning-symbolic", _("KEY CHANGED"), compared);
    else if (doc_is(doc, "compared"))
        set_verdict(v, NULL, "emblem-ok-symbolic", _("Compared by you"), compared);
    else
        show_never(v, doc);
}

static void show_outcome(TbdVerify *v, GVariant *doc)
{
    g_autofree char *who = brief_person(doc, "name", "account");

    if (v->outcome == OUTCOME_SAME)
        show_same(v, who);
    else if (v->outcome == OUTCOME_DIFFERENT)
        show_different(v, who);
    else
        show_before(v, doc);
    gtk_widget_set_visible(v->asking,
                           strcmp(v->account, brief_me()) != 0 && v->outcome != OUTCOME_SAME);
    gtk_widget_set_visible(v->verdict, strcmp(v->account, brief_me()) != 0);
}

static void show(TbdVerify *v)
{
    TbdItem *item = tbd_lists_contact(tbd_app_lists(), v->account);
    GVariant *doc = item ? tbd_item_doc(item) : NULL;

    show_mine(v);
    gtk_stack_set_visible_child_name(v->states, doc ? "person" : "unknown");
    if (!doc || (v->shown && g_variant_equal(v->shown, doc)))
        return;
    g_clear_pointer(&v->shown, g_variant_unref);
    v->shown = g_variant_ref(doc);
    if (v->outcome == OUTCOME_SAME && !doc_is(doc, "compared"))
        v->outcome = OUTCOME_NONE; /* the keys changed while this was on screen */
    g_autofree char *who = brief_person(doc, "name", "account");
    g_autofree char *text = g_strdup_printf(
        _("Speak with %s over another way than this program: by telephone with a voice that you "
          "know, or face to face."),
        who);
    adw_window_title_set_subtitle(v->heading, who);
    gtk_label_set_text(v->call_text, text);
    adw_bin_set_child(v->call, standing_call(doc));
    show_outcome(v, doc);
}

/* ---- comparing */

static void end(TbdVerify *v, enum outcome outcome)
{
    v->outcome = outcome;
    if (v->shown)
        show_outcome(v, v->shown);
    if (outcome == OUTCOME_DIFFERENT) {
        ask(v);
        gtk_widget_grab_focus(v->other);
    }
}

static void on_compared(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdVerify) v = user;
    GError *error = NULL;
    bool ok = tba_agent_call_verify_finish(TBA_AGENT(source), result, &error);
    g_autofree char *name = ok ? NULL : tbd_refusal_name(error);

    v->comparing = FALSE;
    gtk_widget_set_sensitive(v->compare, TRUE);
    if (ok || g_strcmp0(name, "BADSIG") == 0) {
        g_clear_error(&error);
        /* The contact itself follows with the agent's nudge; until then its old document is here. */
        end(v, ok ? OUTCOME_SAME : OUTCOME_DIFFERENT);
        return;
    }
    tbd_app_refused(_("Not compared"), error);
}

static void on_compare(TbdVerify *v)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());
    g_autofree char *typed = heard(v), *error = wrong(typed);

    tbd_field_error(v->digits, v->error, error);
    if (error) {
        gtk_widget_grab_focus(v->digits);
        return;
    }
    if (!agent || v->comparing)
        return;
    v->comparing = TRUE;
    gtk_widget_set_sensitive(v->compare, FALSE);
    tba_agent_call_verify(agent, v->account, v->group, typed, NULL, on_compared, g_object_ref(v));
}

static void on_other(TbdVerify *v)
{
    ask(v);
    gtk_widget_grab_focus(v->digits);
}

static void on_edit(TbdVerify *v)
{
    if (*gtk_label_get_text(v->error))
        tbd_field_error(v->digits, v->error, NULL);
}

static gboolean focus_digits(gpointer user)
{
    TbdVerify *v = user;

    if (gtk_widget_get_mapped(v->digits))
        gtk_widget_grab_focus(v->digits);
    g_object_unref(v);
    return G_SOURCE_REMOVE;
}

static void on_map(TbdVerify *v)
{
    (void)g_idle_add(focus_digits, g_object_ref(v));
}

static void make_buttons(TbdVerify *v)
{
    gtk_widget_set_layout_manager(v->buttons, tbd_wrap_new(12));
    gtk_widget_set_layout_manager(v->groups, tbd_wrap_new(18));
    v->compare = tbd_button_new(_("_Compare"));
    v->other = tbd_button_new(_("Another _group"));
    gtk_widget_add_css_class(v->compare, "suggested-action");
    gtk_widget_add_css_class(v->compare, "pill");
    gtk_widget_add_css_class(v->other, "pill");
    g_signal_connect_swapped(v->compare, "clicked", G_CALLBACK(on_compare), v);
    g_signal_connect_swapped(v->other, "clicked", G_CALLBACK(on_other), v);
    gtk_box_append(GTK_BOX(v->buttons), v->compare);
    gtk_box_append(GTK_BOX(v->buttons), v->other);
}

static void tbd_verify_finalize(GObject *object)
{
    TbdVerify *v = TBD_VERIFY(object);

    g_free(v->account);
    g_free(v->fingerprint);
    g_clear_pointer(&v->shown, g_variant_unref);
    G_OBJECT_CLASS(tbd_verify_parent_class)->finalize(object);
}

static void tbd_verify_class_init(TbdVerifyClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_verify_finalize;
    g_type_ensure(TBD_TYPE_QR);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/verify.ui");
    gtk_widget_class_bind_template_child(widget, TbdVerify, heading);
    gtk_widget_class_bind_template_child(widget, TbdVerify, states);
    gtk_widget_class_bind_template_child(widget, TbdVerify, back);
    gtk_widget_class_bind_template_child(widget, TbdVerify, verdict);
    gtk_widget_class_bind_template_child(widget, TbdVerify, icon);
    gtk_widget_class_bind_template_child(widget, TbdVerify, headline);
    gtk_widget_class_bind_template_child(widget, TbdVerify, detail);
    gtk_widget_class_bind_template_child(widget, TbdVerify, asking);
    gtk_widget_class_bind_template_child(widget, TbdVerify, call_text);
    gtk_widget_class_bind_template_child(widget, TbdVerify, call);
    gtk_widget_class_bind_template_child(widget, TbdVerify, question);
    gtk_widget_class_bind_template_child(widget, TbdVerify, digits);
    gtk_widget_class_bind_template_child(widget, TbdVerify, error);
    gtk_widget_class_bind_template_child(widget, TbdVerify, buttons);
    gtk_widget_class_bind_template_child(widget, TbdVerify, groups);
    gtk_widget_class_bind_template_child(widget, TbdVerify, qr);
}

static void tbd_verify_init(TbdVerify *v)
{
    gtk_widget_init_template(GTK_WIDGET(v));
    tbd_name(v->back, _("Back"));
    make_buttons(v);
    g_signal_connect(v, "map", G_CALLBACK(on_map), NULL);
    g_signal_connect_swapped(v->digits, "activate", G_CALLBACK(on_compare), v);
    g_signal_connect_swapped(v->digits, "changed", G_CALLBACK(on_edit), v);
    g_signal_connect_object(tbd_app_lists(), "contacts", G_CALLBACK(show), v, G_CONNECT_SWAPPED);
}

GtkWidget *tbd_verify_new(const char *account)
{
    TbdVerify *v = g_object_new(TBD_TYPE_VERIFY, NULL);

    v->account = g_strdup(account);
    ask(v);
    show(v);
    return GTK_WIDGET(v);
}
