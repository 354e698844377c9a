/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kind.c - see kind.h. */
#include "client/desktop/kind.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/kinds.h"
#include "client/desktop/names.h"
#include "proto/taxonomy.h"

struct _TbdKind {
    AdwActionRow parent;
    const struct tb_kind *kind; /* NULL: none */
};

G_DEFINE_FINAL_TYPE(TbdKind, tbd_kind, ADW_TYPE_ACTION_ROW)

static guint changed_signal;

const char *tbd_kind_words(const char *code)
{
    const struct tb_kind *kind = tb_kind_of(code);
    const char *lang = g_getenv("LANGUAGE"); /* set by tba_lang_init() */

    if (!kind)
        return code;
    return g_strcmp0(lang, "en") == 0 ? kind->en : kind->vi;
}

static void show(TbdKind *k)
{
    g_autofree char *words =
        k->kind ? g_strdup_printf("%s · %s", tbd_kind_words(k->kind->code), k->kind->code)
                : g_strdup(_("Choose from the list of the plan"));
    g_autofree char *name = g_strdup_printf("%s: %s", _("Kind of incident"), words);

    adw_action_row_set_subtitle(ADW_ACTION_ROW(k), words);
    if (k->kind)
        gtk_widget_add_css_class(GTK_WIDGET(k), "fact");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(k), "fact");
    tbd_name(k, name);
}

static void on_chosen(const char *code, gpointer user)
{
    TbdKind *k = user;

    tbd_kind_set(k, code);
    g_signal_emit(k, changed_signal, 0);
}

static void tbd_kind_activated(AdwActionRow *row)
{
    TbdKind *k = TBD_KIND(row);

    tbd_kinds_choose(GTK_WIDGET(row), tbd_kind_get(k), on_chosen, k);
}

static void tbd_kind_class_init(TbdKindClass *class)
{
    ADW_ACTION_ROW_CLASS(class)->activate = tbd_kind_activated;
    changed_signal = g_signal_new("changed", TBD_TYPE_KIND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void tbd_kind_init(TbdKind *k)
{
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(k), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(k), _("Kind of incident"));
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(k), 0);
    adw_action_row_add_suffix(ADW_ACTION_ROW(k), gtk_image_new_from_icon_name("go-next-symbolic"));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(k), TRUE);
    show(k);
}

const char *tbd_kind_get(TbdKind *k)
{
    return k->kind ? k->kind->code : "";
}

void tbd_kind_set(TbdKind *k, const char *code)
{
    k->kind = tb_kind_of(code);
    show(k);
}
