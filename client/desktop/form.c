/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form.c - see form.h. */
#include "client/desktop/form.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/check.h"
#include "client/desktop/field.h"
#include "client/desktop/form_parts.h"
#include "client/desktop/names.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

G_DEFINE_FINAL_TYPE(TbdForm, tbd_form, ADW_TYPE_BIN)

static guint sent_signal;

/* ---- values */

uint32_t form_class(TbdForm *f)
{
    for (uint32_t i = 0; i < CLASSES; i++)
        if (gtk_check_button_get_active(f->class[i]))
            return i + 1;
    return 0;
}

GtkWidget *form_widget(TbdForm *f, enum field field, GtkLabel **ret_label)
{
    const struct {
        gpointer widget;
        GtkLabel *label;
    } all[FIELDS] = {
        [FIELD_KIND] = { f->kind, f->kind_error },
        [FIELD_TITLE] = { f->title, f->title_error },
        [FIELD_CLASS] = { f->class[0], f -> class_error },
        [FIELD_POLICY] = { f->policies, f->policy_error },
        [FIELD_TEXT] = { f->text, f->text_error },
        [FIELD_SYSTEM_NAME] = { f->system_name, f->system_name_error },
        [FIELD_SYSTEM_ADDRESS] = { f->system_address, f->system_address_error },
        [FIELD_DATE] = { f->date, f->date_error },
        [FIELD_HOUR] = { f->hour, f->hour_error },
        [FIELD_GATE] = { f->gate, f->gate_error },
    };

    *ret_label = all[field].label;
    return all[field].widget;
}

char *form_text(TbdForm *f, enum field field)
{
    GtkLabel *label;
    GtkWidget *widget = form_widget(f, field, &label);

    if (field != FIELD_TEXT)
        return check_tidy(gtk_editable_get_text(GTK_EDITABLE(widget)), false);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(widget));
    GtkTextIter start, end;
    gtk_text_buffer_get_bounds(buffer, &start, &end);
    g_autofree char *typed = gtk_text_buffer_get_text(buffer, &start, &end, FALSE);
    return check_tidy(typed, true);
}

static void put_text(TbdForm *f, GVariantBuilder *b, const char *key, enum field field)
{
    g_autofree char *text = form_text(f, field);

    g_variant_builder_add(b, "{sv}", key, g_variant_new_string(text));
}

/* 0: not said, or not a moment yet. */
static int64_t moment_of(TbdForm *f)
{
    g_autofree char *date = form_text(f, FIELD_DATE), *hour = form_text(f, FIELD_HOUR);
    int64_t ms = 0;
    g_autofree char *wrong = check_moment(date, hour, when_now(), &ms);

    return wrong ? 0 : ms;
}

GVariant *form_document(TbdForm *f)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "kind", g_variant_new_string(tbd_kind_get(f->kind)));
    put_text(f, &b, "title", FIELD_TITLE);
    put_text(f, &b, "text", FIELD_TEXT);
    put_text(f, &b, "system_name", FIELD_SYSTEM_NAME);
    put_text(f, &b, "system_address", FIELD_SYSTEM_ADDRESS);
    g_variant_builder_add(
        &b, "{sv}", "system_level",
        g_variant_new_uint32(adw_combo_row_get_selected(ADW_COMBO_ROW(f->system_level))));
    g_variant_builder_add(&b, "{sv}", "class", g_variant_new_uint32(form_class(f)));
    g_variant_builder_add(&b, "{sv}", "policy", g_variant_new_string(f->policy ? f->policy : ""));
    g_variant_builder_add(
        &b, "{sv}", "drill",
        g_variant_new_boolean(gtk_check_button_get_active(GTK_CHECK_BUTTON(f->drill))));
    g_variant_builder_add(&b, "{sv}", "detected_at",
                          g_variant_new_int64(f->moment_touched || f->sending ? moment_of(f) : 0));
    g_variant_builder_add(&b, "{sv}", "file_names", tbd_attach_names(f->attach));
    return g_variant_builder_end(&b);
}

/* ---- whom to page */

static bool serves(GVariant *policy, guint32 page_class)
{
    g_autoptr(GVariant) classes = g_variant_lookup_value(policy, "classes", G_VARIANT_TYPE("au"));
    gsize n = 0;
    const guint32 *list = classes ? g_variant_get_fixed_array(classes, &n, sizeof *list) : NULL;

    for (gsize i = 0; i < n; i++)
        if (list[i] == page_class)
            return true;
    return n == 0;
}

static void append_people(GString *s, GVariant *tier)
{
    g_autofree const char **accounts = NULL;
    bool first = true;

    (void)g_variant_lookup(tier, "accounts", "^a&s", &accounts);
    for (const char **account = accounts; account && *account; account++) {
        TbdItem *item = tbd_lists_contact(tbd_app_lists(), *account);
        const char *name = item ? doc_text(tbd_item_doc(item), "name") : "";
        g_autofree char *clean = text_clean(*name ? name : *account, false);
        g_string_append_printf(s, "%s%s", first ? "" : ", ", clean);
        first = false;
    }
}

/* "An, Chi → Bình" */
static char *order_of(GVariant *policy)
{
    g_autoptr(GVariant) tiers = g_variant_lookup_value(policy, "tiers", G_VARIANT_TYPE("aa{sv}"));
    GString *s = g_string_new(NULL);

    for (gsize i = 0; tiers && i < g_variant_n_children(tiers); i++) {
        g_autoptr(GVariant) tier = g_variant_get_child_value(tiers, i);
        g_string_append(s, i ? " → " : "");
        append_people(s, tier);
    }
    return g_string_free(s, FALSE);
}

static void on_policy(TbdForm *f, GtkCheckButton *button)
{
    if (!gtk_check_button_get_active(button))
        return;
    g_free(f->policy);
    f->policy = g_strdup(g_object_get_data(G_OBJECT(button), "policy"));
    tbd_field_error(f->policies, f->policy_error, NULL);
    if (!f->filling)
        tbd_draft_touch(f->draft);
}

static GtkCheckButton *add_policy(TbdForm *f, GtkCheckButton *group, GVariant *policy)
{
    const char *id = doc_text(policy, "id"), *name = doc_text(policy, "name");
    g_autofree char *clean = text_clean(*name ? name : id, false), *order = order_of(policy);
    GtkWidget *choice = tbd_choice_new(group, clean, order);

    g_object_set_data_full(G_OBJECT(choice), "policy", g_strdup(id), g_free);
    gtk_check_button_set_active(GTK_CHECK_BUTTON(choice), g_strcmp0(f->policy, id) == 0);
    g_signal_connect_object(choice, "toggled", G_CALLBACK(on_policy), f, G_CONNECT_SWAPPED);
    gtk_box_append(GTK_BOX(f->policies), choice);
    return group ? group : GTK_CHECK_BUTTON(choice);
}

/* Only where there is something to choose. */
static void show_policies(TbdForm *f)
{
    GtkCheckButton *group = NULL;
    guint32 page_class = form_class(f);
    gsize fitting = 0;
    bool known = false;

    tbd_box_clear(f->policies);
    for (gsize i = 0; page_class && f->all_policies && i < g_variant_n_children(f->all_policies);
         i++) {
        g_autoptr(GVariant) policy = g_variant_get_child_value(f->all_policies, i);
        if (!serves(policy, page_class))
            continue;
        fitting++;
        known = known || g_strcmp0(f->policy, doc_text(policy, "id")) == 0;
        group = add_policy(f, group, policy);
    }
    if (fitting < 2 || !known)
        g_clear_pointer(&f->policy, g_free); /* one alone need not be named */
    gtk_widget_set_visible(f->policy_group, fitting > 1);
}

static void on_policies(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdForm) f = user;
    GVariant *policies = NULL;

    if (!tba_agent_call_policy_show_finish(TBA_AGENT(source), &policies, result, NULL) || !f->kind)
        return;
    g_clear_pointer(&f->all_policies, g_variant_unref);
    f->all_policies = policies;
    show_policies(f);
}

static void on_agent(TbdAgent *agent, guint topics, gpointer user)
{
    if (tbd_agent_me(agent) && (topics & (TBD_TOPIC_ROSTER | TBD_TOPIC_LINK)))
        tba_agent_call_policy_show(tbd_agent_proxy(agent), "", NULL, on_policies,
                                   g_object_ref(user));
}

/* ---- filling and emptying */

static void set_text(TbdForm *f, enum field field, const char *text)
{
    GtkLabel *label;
    GtkWidget *widget = form_widget(f, field, &label);

    if (field == FIELD_TEXT)
        gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(widget)), text, -1);
    else
        gtk_editable_set_text(GTK_EDITABLE(widget), text);
}

static void set_moment(TbdForm *f, int64_t ms)
{
    g_autofree char *date = check_print_date(ms), *hour = check_print_hour(ms);

    set_text(f, FIELD_DATE, date);
    set_text(f, FIELD_HOUR, hour);
}

static void fill(TbdForm *f, GVariant *doc)
{
    int64_t at = doc_moment(doc, "detected_at");
    guint32 page_class = doc_number(doc, "class");

    tbd_kind_set(f->kind, doc_text(doc, "kind"));
    set_text(f, FIELD_TITLE, doc_text(doc, "title"));
    set_text(f, FIELD_TEXT, doc_text(doc, "text"));
    set_text(f, FIELD_SYSTEM_NAME, doc_text(doc, "system_name"));
    set_text(f, FIELD_SYSTEM_ADDRESS, doc_text(doc, "system_address"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(f->system_level),
                               MIN(doc_number(doc, "system_level"), 5));
    for (guint i = 0; i < CLASSES; i++)
        gtk_check_button_set_active(f->class[i], i + 1 == page_class);
    gtk_check_button_set_active(GTK_CHECK_BUTTON(f->drill), doc_is(doc, "drill"));
    gtk_check_button_set_active(GTK_CHECK_BUTTON(f->gate), FALSE);
    g_free(f->policy);
    f->policy = *doc_text(doc, "policy") ? g_strdup(doc_text(doc, "policy")) : NULL;
    set_moment(f, at ? at : when_now());
    f->moment_touched = at != 0;
    show_policies(f);
}

static void clear_errors(TbdForm *f)
{
    for (enum field i = 0; i < FIELDS; i++) {
        GtkLabel *label;
        GtkWidget *widget = form_widget(f, i, &label);
        tbd_field_error(widget, label, NULL);
    }
}

static void restore(gpointer user, GVariant *doc, GVariant *handles, GUnixFDList *fds)
{
    TbdForm *f = user;
    g_autoptr(GVariant) nothing =
        g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0));
    g_autoptr(GVariant) files =
        doc ? g_variant_lookup_value(doc, "files", G_VARIANT_TYPE("aa{sv}")) : NULL;

    f->filling = true;
    fill(f, doc ? doc : nothing);
    tbd_attach_clear(f->attach);
    if (files)
        tbd_attach_restore(f->attach, files, handles, fds);
    clear_errors(f);
    f->filling = false;
}

void form_reset(TbdForm *f)
{
    restore(f, NULL, NULL, NULL);
}

/* NULL: nothing that would be missed. */
static GVariant *kept(gpointer user)
{
    TbdForm *f = user;
    static const char *const texts[] = { "kind", "title", "text", "system_name", "system_address" };
    g_autoptr(GVariant) doc = g_variant_ref_sink(form_document(f));

    bool any = doc_number(doc, "class") || doc_number(doc, "system_level") ||
               tbd_attach_count(f->attach) || f->moment_touched;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        any = any || *doc_text(doc, texts[i]);
    return any ? form_document(f) : NULL;
}

static GVariant *kept_files(gpointer user, GUnixFDList *fds)
{
    return tbd_attach_handles(((TbdForm *)user)->attach, fds);
}

/* ---- what a person does */

static void touched(TbdForm *f)
{
    if (!f->filling)
        tbd_draft_touch(f->draft);
}

/* A complaint goes as soon as it is met; a new one waits until the field is left. */
static void on_edit(TbdForm *f, enum field field)
{
    GtkLabel *label;

    (void)form_widget(f, field, &label);
    if (f->filling)
        return;
    if (field == FIELD_DATE || field == FIELD_HOUR)
        f->moment_touched = true;
    if (*gtk_label_get_text(label))
        form_judge(f, field);
    touched(f);
}

static void on_text_changed(GObject *object, gpointer user)
{
    on_edit(user, (enum field)GPOINTER_TO_INT(g_object_get_data(object, "field")));
}

static void on_leave(GtkEventController *controller, gpointer user)
{
    GtkWidget *widget = gtk_event_controller_get_widget(controller);

    form_judge(user, (enum field)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(widget), "field")));
}

static void on_class(TbdForm *f)
{
    show_policies(f);
    tbd_field_error(GTK_WIDGET(f->class[0]), f->class_error, NULL);
    touched(f);
}

static void on_kind(TbdForm *f)
{
    tbd_field_error(GTK_WIDGET(f->kind), f->kind_error, NULL);
    touched(f);
    gtk_widget_grab_focus(f->title);
}

static void on_gate(TbdForm *f)
{
    if (gtk_check_button_get_active(GTK_CHECK_BUTTON(f->gate)))
        tbd_field_error(f->gate, f->gate_error, NULL);
}

static void on_state(TbdForm *f)
{
    const char *state = tbd_draft_state(f->draft);

    gtk_label_set_text(f->saved, state);
    gtk_widget_set_visible(f->clear, *state != '\0');
}

static void on_clear_answer(TbdForm *f, const char *answer)
{
    if (strcmp(answer, "clear") != 0)
        return;
    form_reset(f);
    tbd_draft_touch(f->draft);
    tbd_form_focus(f);
}

static void on_clear(TbdForm *f)
{
    GtkWidget *dialog = adw_message_dialog_new(tbd_app_window(), _("Clear the form?"),
                                               _("Draft and files are gone then."));

    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "keep", _("_Keep"), "clear",
                                     _("_Clear"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "clear",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "keep");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "keep");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_clear_answer), f, G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* Whoever comes back later notices the incident later: until it is touched the moment is now. */
static void on_map(TbdForm *f)
{
    if (f->moment_touched)
        return;
    f->filling = true;
    set_moment(f, when_now());
    f->filling = false;
}

/* ---- making */

static void make_choices(TbdForm *f)
{
    const char *const words[CLASSES][2] = {
        { _("Severe"), _("A service is down, data is being encrypted or stolen, or it spreads. "
                         "People are woken until somebody takes it.") },
        { _("Ordinary"), _("It works or is contained, but somebody must look at it in this "
                           "shift.") },
        { _("Advice"), _("A question, or something suspicious that can wait for the day.") },
    };

    for (gsize i = 0; i < CLASSES; i++) {
        GtkWidget *choice = tbd_choice_new(f->class[0], words[i][0], words[i][1]);
        f->class[i] = GTK_CHECK_BUTTON(choice);
        gtk_box_append(GTK_BOX(f->classes), choice);
        g_signal_connect_swapped(choice, "toggled", G_CALLBACK(on_class), f);
    }
    tbd_name(f->classes, _("How severe it is"));
    tbd_name(f->policies, _("Whom to page"));
}

static void make_check(GtkWidget *check, const char *heading, const char *below)
{
    g_autoptr(GtkWidget) model = g_object_ref_sink(tbd_choice_new(NULL, heading, below));
    GtkWidget *words = g_object_ref(gtk_check_button_get_child(GTK_CHECK_BUTTON(model)));

    gtk_check_button_set_child(GTK_CHECK_BUTTON(model), NULL);
    gtk_check_button_set_child(GTK_CHECK_BUTTON(check), words);
    g_object_unref(words);
    gtk_widget_add_css_class(check, "choice");
    tbd_name(check, heading);
    tbd_describe(check, below);
}

static void make_buttons(TbdForm *f)
{
    gtk_widget_set_layout_manager(f->buttons, tbd_wrap_new(12));
    f->send = tbd_button_new(_("_Sign and send"));
    f->clear = tbd_button_new(_("_Clear the form…"));
    gtk_widget_add_css_class(f->send, "suggested-action");
    gtk_widget_add_css_class(f->send, "pill");
    gtk_widget_add_css_class(f->clear, "pill");
    gtk_widget_set_visible(f->clear, FALSE);
    g_signal_connect_swapped(f->send, "clicked", G_CALLBACK(form_send), f);
    g_signal_connect_swapped(f->clear, "clicked", G_CALLBACK(on_clear), f);
    gtk_box_append(GTK_BOX(f->buttons), f->send);
    gtk_box_append(GTK_BOX(f->buttons), f->clear);
}

static void watch(TbdForm *f, enum field field, const char *name)
{
    GtkLabel *label;
    GtkWidget *widget = form_widget(f, field, &label);
    GtkEventController *focus = gtk_event_controller_focus_new();
    GObject *source = field == FIELD_TEXT
                          ? G_OBJECT(gtk_text_view_get_buffer(GTK_TEXT_VIEW(widget)))
                          : G_OBJECT(widget);

    tbd_field_name(widget, name);
    g_object_set_data(source, "field", GINT_TO_POINTER(field));
    g_object_set_data(G_OBJECT(widget), "field", GINT_TO_POINTER(field));
    g_signal_connect(source, "changed", G_CALLBACK(on_text_changed), f);
    g_signal_connect(focus, "leave", G_CALLBACK(on_leave), f);
    gtk_widget_add_controller(widget, focus);
}

static void tbd_form_dispose(GObject *object)
{
    TbdForm *f = TBD_FORM(object);

    if (f->draft)
        tbd_draft_hold(f->draft, TRUE);
    g_clear_object(&f->draft);
    f->kind = NULL;
    g_clear_pointer(&f->all_policies, g_variant_unref);
    g_clear_pointer(&f->policy, g_free);
    G_OBJECT_CLASS(tbd_form_parent_class)->dispose(object);
}

static void bind(GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child(widget, TbdForm, kind);
    gtk_widget_class_bind_template_child(widget, TbdForm, kind_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, title);
    gtk_widget_class_bind_template_child(widget, TbdForm, title_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, classes);
    gtk_widget_class_bind_template_child(widget, TbdForm, class_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, policies);
    gtk_widget_class_bind_template_child(widget, TbdForm, policy_group);
    gtk_widget_class_bind_template_child(widget, TbdForm, policy_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, text);
    gtk_widget_class_bind_template_child(widget, TbdForm, text_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, system_name);
    gtk_widget_class_bind_template_child(widget, TbdForm, system_name_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, system_address);
    gtk_widget_class_bind_template_child(widget, TbdForm, system_address_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, system_level);
    gtk_widget_class_bind_template_child(widget, TbdForm, date);
    gtk_widget_class_bind_template_child(widget, TbdForm, date_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, hour);
    gtk_widget_class_bind_template_child(widget, TbdForm, hour_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, attach);
    gtk_widget_class_bind_template_child(widget, TbdForm, gate);
    gtk_widget_class_bind_template_child(widget, TbdForm, gate_error);
    gtk_widget_class_bind_template_child(widget, TbdForm, drill);
    gtk_widget_class_bind_template_child(widget, TbdForm, buttons);
    gtk_widget_class_bind_template_child(widget, TbdForm, saved);
}

static void tbd_form_class_init(TbdFormClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_form_dispose;
    g_type_ensure(TBD_TYPE_KIND);
    g_type_ensure(TBD_TYPE_ATTACH);
    sent_signal = g_signal_new("sent", TBD_TYPE_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/form.ui");
    bind(widget);
}

static void connect_fields(TbdForm *f)
{
    watch(f, FIELD_TITLE, _("In one line: what happened"));
    watch(f, FIELD_TEXT, _("What is seen, what was done already"));
    watch(f, FIELD_SYSTEM_NAME, _("Name of the system"));
    watch(f, FIELD_SYSTEM_ADDRESS, _("Its address (IP or name)"));
    watch(f, FIELD_DATE, _("Date when it was noticed"));
    watch(f, FIELD_HOUR, _("Time when it was noticed"));
    g_signal_connect_swapped(f->kind, "changed", G_CALLBACK(on_kind), f);
    g_signal_connect_swapped(f->attach, "changed", G_CALLBACK(touched), f);
    g_signal_connect_swapped(f->system_level, "notify::selected", G_CALLBACK(touched), f);
    g_signal_connect_swapped(f->drill, "toggled", G_CALLBACK(touched), f);
    g_signal_connect_swapped(f->gate, "toggled", G_CALLBACK(on_gate), f);
    g_signal_connect_swapped(f, "map", G_CALLBACK(on_map), f);
}

static void tbd_form_init(TbdForm *f)
{
    const struct tbd_draft_owner owner = { f, kept, kept_files, restore };

    gtk_widget_init_template(GTK_WIDGET(f));
    f->filling = true;
    make_choices(f);
    make_check(f->drill, _("This is a drill"), _("It is marked as a drill everywhere."));
    make_check(f->gate, _("Title, text and files contain no state secrets"),
               _("State secrets must not go through this network, whatever it encrypts: report "
                 "them the prescribed way. What is here is signed in your name."));
    make_buttons(f);
    connect_fields(f);
    f->draft = tbd_draft_new(&owner);
    g_signal_connect_object(f->draft, "changed", G_CALLBACK(on_state), f, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), f, 0);
    on_agent(tbd_app_agent(), TBD_TOPIC_ROSTER, f);
    show_policies(f);
    f->filling = false;
}

void tbd_form_focus(TbdForm *f)
{
    gtk_widget_grab_focus(*tbd_kind_get(f->kind) ? f->title : GTK_WIDGET(f->kind));
}
