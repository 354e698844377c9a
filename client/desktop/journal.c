/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.c - see journal.h. */
#include "client/desktop/journal.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdJournal {
    AdwBin parent;
    GtkListBox *list;
    GPtrArray *shown;
};

G_DEFINE_FINAL_TYPE(TbdJournal, tbd_journal, ADW_TYPE_BIN)

/* A label of the entry that can be selected and wraps. */
static GtkWidget *words_new(const char *text, const char *style)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    if (style)
        gtk_widget_add_css_class(label, style);
    return label;
}

/* An account as people know it.  Gives. */
static char *known_name(const char *account)
{
    TbdItem *contact = tbd_lists_contact(tbd_app_lists(), account);

    return contact ? brief_person(tbd_item_doc(contact), "name", "account")
                   : text_clean(account, false);
}

/* What a person did, as a sentence.  Gives. */
static char *act_text(GVariant *e)
{
    const char *kind = doc_text(e, "kind");
    g_autofree char *who = brief_person(e, "name", "account");
    guint eta = doc_number(e, "eta_min");

    if (strcmp(kind, "accept") == 0)
        return eta ? g_strdup_printf(_("%s accepted: there in %u minutes"), who, eta)
                   : g_strdup_printf(_("%s accepted"), who);
    if (strcmp(kind, "decline") == 0)
        return g_strdup_printf(_("%s declined"), who);
    if (strcmp(kind, "offer") == 0) {
        g_autofree char *to = known_name(doc_text(e, "target"));
        return g_strdup_printf(_("%s hands over to %s"), who, to);
    }
    if (strcmp(kind, "resolve") == 0)
        return g_strdup_printf(_("%s ended the page"), who);
    if (strcmp(kind, "rewrap") == 0)
        return g_strdup_printf(_("%s made it readable again"), who);
    return g_strdup_printf("%s: %s", word_event(kind), who);
}

/* What the relay and the clock did.  Gives. */
static char *fact_text(GVariant *full, GVariant *e)
{
    const char *kind = doc_text(e, "kind");
    guint tier = doc_number(e, "tier"), round = doc_number(e, "round");

    if (strcmp(kind, "release") == 0 && round > 1)
        return g_strdup_printf(_("Tier %u is called, round %u"), tier, round);
    if (strcmp(kind, "release") == 0)
        return g_strdup_printf(_("Tier %u is called"), tier);
    if (strcmp(kind, "skip") == 0)
        return g_strdup_printf(page_tier_was_off(full, e)
                                   ? _("Tier %u is skipped: nobody there receives pages")
                                   : _("Tier %u is skipped: nobody there"),
                               tier);
    if (strcmp(kind, "relayed") == 0)
        return g_strdup(_("The relay has the page"));
    if (strcmp(kind, "nobody") == 0)
        return g_strdup(_("NOBODY ANSWERED; the last tier has passed"));
    return text_clean(word_event(kind), false); /* one that this program does not know yet */
}

/* The lines below an act: seal and level, its reason, what it did not change. */
static void add_details(GtkWidget *box, GVariant *e, GString *name)
{
    g_autofree char *reason = text_clean(doc_text(e, "reason"), true);
    g_autofree char *seal =
        g_strdup_printf(_("signed · identity: %s"), word_level(doc_number(e, "level")));

    gtk_box_append(GTK_BOX(box), words_new(seal, "seal"));
    g_string_append_printf(name, ". %s", seal);
    if (*reason) {
        GtkWidget *label = words_new(reason, NULL);
        gtk_label_set_selectable(GTK_LABEL(label), TRUE);
        gtk_box_append(GTK_BOX(box), label);
        g_string_append_printf(name, ". %s", reason);
    }
    if (doc_is(e, "override")) {
        gtk_box_append(GTK_BOX(box),
                       words_new(_("Done below the level that is asked for"), "heading"));
        g_string_append_printf(name, ". %s", _("Done below the level that is asked for"));
    }
    if (!doc_is(e, "counted")) {
        gtk_box_append(GTK_BOX(box), words_new(_("Too late: changed nothing"), "heading"));
        g_string_append_printf(name, ". %s", _("Too late: changed nothing"));
    }
}

static GtkWidget *entry_new(GVariant *full, GVariant *e)
{
    bool signed_act = *doc_text(e, "account") != '\0';
    GtkWidget *row = gtk_list_box_row_new(), *across = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *down = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *icon =
        brief_icon(signed_act ? "application-certificate-symbolic" : "media-record-symbolic");
    g_autofree char *text = signed_act ? act_text(e) : fact_text(full, e);
    g_autofree char *when = when_short(doc_moment(e, "at"), when_now());
    g_autofree char *head = g_strdup_printf("%s  %s", when, text);
    g_autoptr(GString) name = g_string_new(head);

    gtk_widget_set_valign(icon, GTK_ALIGN_START);
    gtk_image_set_pixel_size(GTK_IMAGE(icon), signed_act ? 24 : 8);
    gtk_widget_set_size_request(icon, 24, 16);
    gtk_widget_set_hexpand(down, TRUE);
    gtk_box_append(GTK_BOX(across), icon);
    gtk_box_append(GTK_BOX(across), down);
    gtk_box_append(GTK_BOX(down), words_new(head, signed_act ? "heading" : "fact"));
    if (signed_act)
        add_details(down, e, name);
    gtk_widget_add_css_class(across, "journal-entry");
    gtk_widget_add_css_class(row, signed_act ? "signed" : "fact");
    if (signed_act && !doc_is(e, "counted"))
        gtk_widget_add_css_class(row, "late");
    if (strcmp(doc_text(e, "kind"), "nobody") == 0)
        gtk_widget_add_css_class(row, "alarm");
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), across);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    tbd_name(row, name->str);
    return row;
}

static void renew(TbdJournal *j, GVariant *full, guint i, GVariant *e)
{
    GtkListBoxRow *old = gtk_list_box_get_row_at_index(j->list, (int)i);

    if (old)
        gtk_list_box_remove(j->list, GTK_WIDGET(old));
    gtk_list_box_insert(j->list, entry_new(full, e), (int)i);
}

void tbd_journal_set(TbdJournal *j, GVariant *full)
{
    g_autoptr(GVariant) events = g_variant_lookup_value(full, "events", G_VARIANT_TYPE("aa{sv}"));
    guint n = events ? (guint)g_variant_n_children(events) : 0;

    for (guint i = 0; i < n; i++) {
        g_autoptr(GVariant) e = g_variant_get_child_value(events, i);
        if (i >= j->shown->len) {
            renew(j, full, i, e);
            g_ptr_array_add(j->shown, g_variant_ref(e));
        } else if (!g_variant_equal(g_ptr_array_index(j->shown, i), e)) {
            renew(j, full, i, e);
            g_variant_unref(g_ptr_array_index(j->shown, i));
            g_ptr_array_index(j->shown, i) = g_variant_ref(e);
        }
    }
    while (j->shown->len > n) {
        gtk_list_box_remove(j->list, GTK_WIDGET(gtk_list_box_get_row_at_index(j->list, (int)n)));
        g_ptr_array_remove_index(j->shown, n);
    }
}

static void tbd_journal_finalize(GObject *object)
{
    g_ptr_array_unref(TBD_JOURNAL(object)->shown);
    G_OBJECT_CLASS(tbd_journal_parent_class)->finalize(object);
}

static void tbd_journal_class_init(TbdJournalClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_journal_finalize;
}

static void tbd_journal_init(TbdJournal *j)
{
    GtkWidget *list = gtk_list_box_new();
    GtkWidget *none = gtk_label_new(_("Nothing yet: the relay has not confirmed the page."));

    j->shown = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    j->list = GTK_LIST_BOX(list);
    gtk_label_set_wrap(GTK_LABEL(none), TRUE);
    gtk_widget_add_css_class(none, "ladder-row");
    gtk_list_box_set_placeholder(j->list, none);
    gtk_list_box_set_selection_mode(j->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "journal");
    tbd_name(list, _("What happened"));
    adw_bin_set_child(ADW_BIN(j), list);
}
