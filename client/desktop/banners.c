/* SPDX-License-Identifier: GPL-3.0-or-later */
/* banners.c - see banners.h.  One line each, worst first; icon and word, never colour alone.
 *
 * Banners come and go by themselves, maybe while somebody is about to press what is in
 * the list.  So they stand below it: it only gets shorter, and nothing in it moves. */
#include "client/desktop/banners.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"
#include "client/desktop/app.h"
#include "client/desktop/names.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { CHECK_S = 5 };

struct _TbdBanners {
    GtkWidget parent;
    GtkWidget *box;
    char *shown; /* what the lines say, to leave them alone while nothing changes */
    guint timer;
};

G_DEFINE_FINAL_TYPE(TbdBanners, tbd_banners, GTK_TYPE_WIDGET)

struct line {
    const char *style, *icon;
    char *text;
    const char *action, *label; /* NULL: no button */
};

static void line_clear(gpointer data)
{
    g_free(((struct line *)data)->text);
}

static void add(GArray *lines, struct line l)
{
    (void)g_array_append_val(lines, l);
}

static void judge_link(GArray *lines, GVariant *status)
{
    if (!status) {
        const char *why = tbd_agent_trouble(tbd_app_agent());
        g_autofree char *clean = text_clean(why, false);
        add(lines,
            (struct line){ "error", "dialog-error-symbolic",
                           g_strdup_printf(_("No link to the agent: no page can ring. %s"), clean),
                           NULL, NULL });
        return;
    }
    int64_t heard = doc_moment(status, "heard_at");
    if (tbd_agent_hears(tbd_app_agent())) /* a moment's break is none */
        return;
    g_autofree char *since = heard ? when_short(heard, when_now()) : g_strdup(_("never"));
    add(lines,
        (struct line){ "error", "network-offline-symbolic",
                       g_strdup_printf(_("NOT CONNECTED to the relay (last word: %s). Nothing goes "
                                         "out and nothing comes in: use the telephone."),
                                       since),
                       "app.reconnect", N_("_Connect again") });
}

static void judge_roster(GArray *lines, GVariant *status)
{
    g_autofree char *said = tba_said(doc_text(status, "roster_alarm_text"));
    g_autofree char *why = text_clean(said, false);

    if (doc_is(status, "roster_alarm"))
        add(lines, (struct line){ "error", "dialog-error-symbolic",
                                  g_strdup_printf(_("The roster is in doubt: %s. Check people by "
                                                    "telephone before you act."),
                                                  why),
                                  NULL, NULL });
    else if (doc_is(status, "roster_stale"))
        add(lines,
            (struct line){ "warning", "dialog-warning-symbolic",
                           g_strdup(_("The roster is not fresh: pages ring and may be accepted; "
                                      "steps that authorise wait.")),
                           NULL, NULL });
}

/* It lost or hid messages, or gave false keys. */
static void judge_relay(GArray *lines, GVariant *status)
{
    g_autofree char *said = tba_said(doc_text(status, "relay_alarm_text"));
    g_autofree char *why = text_clean(said, false);

    if (*why)
        add(lines,
            (struct line){ "error", "dialog-error-symbolic",
                           g_strdup_printf(_("The relay is in doubt: %s. Ask by telephone about "
                                             "what may be missing here."),
                                           why),
                           NULL, NULL });
}

static void judge_duty(GArray *lines, GVariant *status, bool locked)
{
    int64_t off = doc_moment(status, "duty_off_at");
    g_autofree char *since = when_short(off, when_now());
    gboolean told = TRUE;

    (void)g_variant_lookup(status, "duty_told", "b", &told);
    if (off > 0)
        add(lines, (struct line){ "warning", "notifications-disabled-symbolic",
                                  g_strdup_printf(_("This device has received no pages since %s: "
                                                    "it does not ring, and others are called."),
                                                  since),
                                  "app.receive-pages", N_("_Receive again") });
    if (!told && !locked)
        add(lines, (struct line){ "warning", "dialog-warning-symbolic",
                                  g_strdup(_("The relay does not know yet whether this device "
                                             "receives pages.")),
                                  NULL, NULL });
}

static void judge_bell(GArray *lines, GVariant *status)
{
    const char *bell = doc_text(status, "bell");

    if (strcmp(bell, "muted") == 0)
        add(lines,
            (struct line){ "warning", "audio-volume-muted-symbolic",
                           g_strdup(_("The bell is MUTED or too quiet: you will not be woken.")),
                           "app.test-alarm", N_("_Test the alarm") });
    else if (strcmp(bell, "none") == 0)
        add(lines,
            (struct line){ "warning", "audio-volume-muted-symbolic",
                           g_strdup(_("This machine has NO SOUND: you will not be woken by it.")),
                           "app.test-alarm", N_("_Test the alarm") });
}

static void judge_province(GArray *lines, GVariant *status)
{
    if (doc_is(status, "demo"))
        add(lines, (struct line){ "drill", "dialog-information-symbolic",
                                  g_strdup(_("DEMONSTRATION province: nothing here is real")), NULL,
                                  NULL });
}

static GtkWidget *line_widget(const struct line *l)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 9);
    GtkWidget *icon = gtk_image_new_from_icon_name(l->icon);
    GtkWidget *label = gtk_label_new(l->text);

    gtk_widget_add_css_class(box, "banner");
    gtk_widget_add_css_class(box, l->style);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_box_append(GTK_BOX(box), icon);
    gtk_box_append(GTK_BOX(box), label);
    if (l->action) {
        GtkWidget *button = tbd_button_new(_(l->label));
        gtk_actionable_set_action_name(GTK_ACTIONABLE(button), l->action);
        gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
        gtk_box_append(GTK_BOX(box), button);
    }
    return box;
}

static void show(TbdBanners *b, GArray *lines)
{
    g_autoptr(GString) all = g_string_new(NULL);
    GtkWidget *old;

    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(all, "%s\n", g_array_index(lines, struct line, i).text);
    if (g_strcmp0(all->str, b->shown) == 0)
        return;
    g_free(b->shown);
    b->shown = g_strdup(all->str);
    while ((old = gtk_widget_get_first_child(b->box)))
        gtk_box_remove(GTK_BOX(b->box), old);
    for (guint i = 0; i < lines->len; i++)
        gtk_box_append(GTK_BOX(b->box), line_widget(&g_array_index(lines, struct line, i)));
}

/* What was just done stands first: at the bottom of the window lines grow upwards, and no other is moved by it. */
static void add_notices(GArray *lines)
{
    TbdNotices *notices = tbd_app_notices();

    for (guint i = 0; i < tbd_notices_count(notices); i++)
        add(lines, (struct line){ "notice", "dialog-information-symbolic",
                                  g_strdup(tbd_notices_line(notices, i)), NULL, NULL });
}

static void judge(GArray *lines, GVariant *status)
{
    const char *stage = status ? doc_text(status, "stage") : "";
    bool locked = strcmp(stage, "locked") == 0;

    if (strcmp(stage, "none") == 0)
        return;  /* nobody yet: no page is missed */
    if (!locked) /* else neither is connected nor rings, whatever one tries: the screen says so */
        judge_link(lines, status);
    if (!status)
        return;
    judge_roster(lines, status);
    judge_relay(lines, status);
    judge_duty(lines, status, locked);
    if (!locked)
        judge_bell(lines, status);
    judge_province(lines, status);
}

static gboolean refresh(gpointer user)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct line));

    g_array_set_clear_func(lines, line_clear);
    add_notices(lines);
    judge(lines, tbd_agent_status(tbd_app_agent()));
    show(user, lines);
    return G_SOURCE_CONTINUE;
}

static void on_notices(TbdNotices *notices, gpointer user)
{
    (void)notices;
    (void)refresh(user);
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    (void)agent, (void)topics;
    (void)refresh(user);
}

static void tbd_banners_dispose(GObject *object)
{
    TbdBanners *b = TBD_BANNERS(object);

    g_clear_handle_id(&b->timer, g_source_remove);
    g_clear_pointer(&b->box, gtk_widget_unparent);
    g_clear_pointer(&b->shown, g_free);
    G_OBJECT_CLASS(tbd_banners_parent_class)->dispose(object);
}

static void tbd_banners_class_init(TbdBannersClass *class)
{
    G_OBJECT_CLASS(class)->dispose = tbd_banners_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void tbd_banners_init(TbdBanners *b)
{
    b->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_set_parent(b->box, GTK_WIDGET(b));
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_changed), b, 0);
    g_signal_connect_object(tbd_app_notices(), "changed", G_CALLBACK(on_notices), b, 0);
    b->timer = g_timeout_add_seconds(CHECK_S, refresh, b);
    if (tbd_agent_status(tbd_app_agent())) /* before the first there is nothing to say yet */
        (void)refresh(b);
}
