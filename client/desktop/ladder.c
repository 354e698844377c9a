/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.c - see ladder.h. */
#include "client/desktop/ladder.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/words.h"

struct _TbdLadder {
    AdwBin parent;
    GtkListBox *list;
    GPtrArray *shown; /* what the rows say */
};

G_DEFINE_FINAL_TYPE(TbdLadder, tbd_ladder, ADW_TYPE_BIN)

/* "after 2:05" counted from the relay's receipt; "" for 0. */
static char *delay(GVariant *full, int64_t at)
{
    int64_t s = (at - doc_moment(full, "relayed_at")) / 1000;

    if (at == 0)
        return g_strdup("");
    s = MAX(s, 0);
    return s < 3600
               ? g_strdup_printf(_(" after %d:%02d"), (int)(s / 60), (int)(s % 60))
               : g_strdup_printf(_(" after %d h %02d min"), (int)(s / 3600), (int)(s / 60 % 60));
}

/* When this account's accept counted; 0. */
static int64_t accepted_at(GVariant *full, const char *account)
{
    g_autoptr(GVariant) events = g_variant_lookup_value(full, "events", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; events && i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) e = g_variant_get_child_value(events, i);
        if (strcmp(doc_text(e, "kind"), "accept") == 0 && doc_is(e, "counted") &&
            strcmp(doc_text(e, "account"), account) == 0)
            return doc_moment(e, "at");
    }
    return 0;
}

static GtkWidget *step_new(const char *word, const char *delay_text, bool done, bool bad)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
    const char *icon = bad    ? "dialog-error-symbolic"
                       : done ? "object-select-symbolic"
                              : "content-loading-symbolic";
    GtkWidget *image = brief_icon(icon);
    g_autofree char *text = g_strconcat(word, delay_text, NULL);
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_add_css_class(box, bad ? "step-bad" : done ? "step-done" : "step-open");
    gtk_widget_add_css_class(box, "step");
    gtk_box_append(GTK_BOX(box), image);
    gtk_box_append(GTK_BOX(box), label);
    return box;
}

static void add_step(GtkWidget *steps, GString *name, const char *text, bool done)
{
    gtk_box_append(GTK_BOX(steps), step_new(text, "", done, false));
    g_string_append_printf(name, ", %s", text);
}

static void add_done(GtkWidget *steps, GString *name, GVariant *full, const char *word, int64_t at)
{
    g_autofree char *after = delay(full, at);
    g_autofree char *text = g_strconcat(word, after, NULL);

    add_step(steps, name, text, true);
}

/* Arrived, seen: each done, not done, or not for this device to know. */
static void add_way(GtkWidget *steps, GString *name, GVariant *full, GVariant *d)
{
    GVariant *me = tbd_agent_me(tbd_app_agent());
    enum reach_step arrived = reach_step(full, d, "delivered_at", me);
    enum reach_step seen = reach_step(full, d, "seen_at", me);

    if (arrived == REACH_UNKNOWN && seen == REACH_UNKNOWN) {
        add_step(steps, name, _("whether it arrived is not known on this device"), false);
        return;
    }
    if (arrived == REACH_DONE)
        add_done(steps, name, full, _("on the device"), doc_moment(d, "delivered_at"));
    else if (arrived == REACH_NOT)
        add_step(steps, name, _("not on the device"), false);
    if (seen == REACH_DONE)
        add_done(steps, name, full, _("seen"), doc_moment(d, "seen_at"));
    else
        add_step(steps, name,
                 seen == REACH_NOT ? _("not seen") : _("whether it was seen is not known here"),
                 false);
}

static void add_steps(GtkWidget *steps, GString *name, GVariant *full, GVariant *d)
{
    bool released = doc_is(d, "released");
    const char *called = released ? _("called") : _("not called");
    const char *off =
        doc_moment(d, "duty_off_at") > 0 ? _("RECEIVES NO PAGES: does not ring") : NULL;

    gtk_box_append(GTK_BOX(steps), step_new(called, "", released, false));
    g_string_append_printf(name, ", %s", called);
    if (off) {
        gtk_box_append(GTK_BOX(steps), step_new(off, "", false, true));
        g_string_append_printf(name, ", %s", off);
    }
    if (doc_is(d, "unreadable")) {
        const char *bad = doc_is(d, "rewrapped") ? _("was not readable; made readable again")
                                                 : _("NOT READABLE there: use the telephone");
        gtk_box_append(GTK_BOX(steps), step_new(bad, "", false, true));
        g_string_append_printf(name, ", %s", bad);
        if (!doc_is(d, "rewrapped"))
            return;
    }
    add_way(steps, name, full, d);
    int64_t taken = accepted_at(full, doc_text(d, "account"));
    if (taken)
        add_done(steps, name, full, _("has accepted"), taken);
}

static GtkWidget *row_new(GVariant *full, GVariant *d)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4), *row = gtk_list_box_row_new();
    GtkWidget *steps = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    g_autofree char *who = brief_person(d, "name", "account");
    g_autofree char *device = text_clean(doc_text(d, "device"), false);
    g_autofree char *trust = word_trust(d, "");
    g_autofree char *head = g_strdup_printf(_("Tier %u · %s · device %s · identity: %s"),
                                            doc_number(d, "tier"), who, device, trust);
    g_autoptr(GString) name = g_string_new(head);
    GtkWidget *label = gtk_label_new(head);

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_layout_manager(steps, tbd_wrap_new(12));
    add_steps(steps, name, full, d);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), steps);
    gtk_widget_add_css_class(box, "ladder-row");
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    tbd_name(row, name->str);
    return row;
}

static void renew_row(TbdLadder *l, guint i, GVariant *full, GVariant *d)
{
    GtkListBoxRow *old = gtk_list_box_get_row_at_index(l->list, (int)i);
    bool focused = old && gtk_widget_has_focus(GTK_WIDGET(old));
    GtkWidget *row = row_new(full, d);

    if (old)
        gtk_list_box_remove(l->list, GTK_WIDGET(old));
    gtk_list_box_insert(l->list, row, (int)i);
    if (focused)
        gtk_widget_grab_focus(row);
}

void tbd_ladder_set(TbdLadder *l, GVariant *full)
{
    g_autoptr(GPtrArray) devices = reach_devices(full);
    guint n = devices->len;

    for (guint i = 0; i < n; i++) {
        GVariant *d = g_ptr_array_index(devices, i);
        /* A row also says when its person accepted. */
        g_autoptr(GVariant) key = g_variant_ref_sink(
            g_variant_new("(@a{sv}xx)", d, accepted_at(full, doc_text(d, "account")),
                          doc_moment(full, "relayed_at")));
        if (i < l->shown->len && g_variant_equal(g_ptr_array_index(l->shown, i), key))
            continue;
        renew_row(l, i, full, d);
        if (i < l->shown->len) {
            g_variant_unref(g_ptr_array_index(l->shown, i));
            g_ptr_array_index(l->shown, i) = g_variant_ref(key);
        } else {
            g_ptr_array_add(l->shown, g_variant_ref(key));
        }
    }
    while (l->shown->len > n) {
        gtk_list_box_remove(l->list, GTK_WIDGET(gtk_list_box_get_row_at_index(l->list, (int)n)));
        g_ptr_array_remove_index(l->shown, n);
    }
}

static void tbd_ladder_finalize(GObject *object)
{
    g_ptr_array_unref(TBD_LADDER(object)->shown);
    G_OBJECT_CLASS(tbd_ladder_parent_class)->finalize(object);
}

static void tbd_ladder_class_init(TbdLadderClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_ladder_finalize;
}

static void tbd_ladder_init(TbdLadder *l)
{
    GtkWidget *list = gtk_list_box_new();
    GtkWidget *none = gtk_label_new(_("No device is known yet."));

    l->shown = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    l->list = GTK_LIST_BOX(list);
    gtk_label_set_wrap(GTK_LABEL(none), TRUE);
    gtk_widget_add_css_class(none, "ladder-row");
    gtk_list_box_set_placeholder(l->list, none);
    gtk_list_box_set_selection_mode(l->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    tbd_name(list, _("Devices"));
    adw_bin_set_child(ADW_BIN(l), list);
}

GtkWidget *tbd_ladder_new(void)
{
    return g_object_new(TBD_TYPE_LADDER, NULL);
}
