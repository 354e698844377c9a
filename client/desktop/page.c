/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.c - see page.h. */
#include "client/desktop/page.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/answer.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/card.h"
#include "client/desktop/full.h"
#include "client/desktop/journal.h"
#include "client/desktop/ladder.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/desktop/reported.h"
#include "client/desktop/timeline.h"
#include "client/desktop/wrap.h"
#include "client/text/calling.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdPage {
    AdwBin parent;
    GtkStack *states;
    AdwStatusPage *failed;
    AdwWindowTitle *heading;
    GtkWidget *back, *frame, *unreadable, *chart_part, *answers, *ask, *etas, *others, *expander;
    AdwBin *numbers;
    GtkImage *icon;
    GtkLabel *class, *state, *count_down, *advice, *in_words;
    TbdReported *reported;
    TbdTimeline *timeline;
    TbdLadder *ladder;
    TbdJournal *journal;
    TbdFull *full;
    guint timer;
    gboolean seen;
    char *buttons; /* for which state they are */
};

G_DEFINE_FINAL_TYPE(TbdPage, tbd_page, ADW_TYPE_BIN)

static void set_words(GtkLabel *label, const char *text)
{
    if (strcmp(gtk_label_get_text(label), text) != 0)
        gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), *text != '\0');
}

/* ---- answering */

static bool may_end(GVariant *page)
{
    GVariant *me = tbd_agent_me(tbd_app_agent());
    const char *account = brief_me();

    if (!*account || strcmp(doc_text(page, "state"), "resolved") == 0)
        return false;
    return strcmp(doc_text(page, "sender"), account) == 0 ||
           strcmp(doc_text(page, "owner"), account) == 0 ||
           strcmp(doc_text(me, "role"), "coordinator") == 0;
}

static void add_answer(TbdPage *s, const char *label, const char *action)
{
    gtk_box_append(GTK_BOX(s->others), tbd_card_button(label, action, tbd_full_id(s->full)));
}

/* Made anew only when what one may do changed: a focused button stays. */
static void show_buttons(TbdPage *s, GVariant *page)
{
    bool waits = page_waits_for_me(page);
    bool mine = *brief_me() && strcmp(doc_text(page, "owner"), brief_me()) == 0 &&
                strcmp(doc_text(page, "state"), "accepted") == 0;
    g_autofree char *key = g_strdup_printf("%d%d%d", waits, mine, may_end(page));

    gtk_widget_set_visible(s->answers, waits || mine || may_end(page));
    if (g_strcmp0(key, s->buttons) == 0)
        return;
    g_free(s->buttons);
    s->buttons = g_strdup(key);
    gtk_widget_set_visible(s->ask, waits);
    gtk_widget_set_visible(s->etas, waits);
    tbd_box_clear(s->etas);
    tbd_box_clear(s->others);
    if (waits) {
        tbd_card_fill_etas(s->etas, tbd_full_id(s->full));
        add_answer(s, _("_Decline…"), "decline");
    }
    if (waits || mine)
        add_answer(s, _("_Hand over…"), "hand-over");
    if (may_end(page))
        add_answer(s, _("_End it…"), "resolve");
}

/* ---- what it says */

static void show_head(TbdPage *s, GVariant *page)
{
    g_autofree char *class = brief_class(page), *state = brief_state(page, brief_me());
    g_autofree char *title = brief_title(page);
    g_autofree char *left = calling_clock(page, when_now());
    g_autofree char *advice = calling_advice(page, when_now());

    brief_mark(s->frame, s->icon, page);
    adw_window_title_set_title(s->heading, title);
    set_words(s->class, class);
    set_words(s->state, state);
    set_words(s->count_down, left ? left : "");
    set_words(s->advice, advice ? advice : "");
    GtkWidget *numbers = advice ? reach_numbers(page) : NULL;
    if (numbers || adw_bin_get_child(s->numbers))
        adw_bin_set_child(s->numbers, numbers);
}

static gboolean on_second(gpointer user)
{
    TbdPage *s = user;
    GVariant *page = tbd_full_doc(s->full);

    if (page) {
        g_autofree char *left = calling_clock(page, when_now());
        g_autofree char *advice = calling_advice(page, when_now());
        g_autofree char *state = brief_state(page, brief_me());
        set_words(s->count_down, left ? left : "");
        set_words(s->state, state); /* a promise may have passed */
        if (strcmp(gtk_label_get_text(s->advice), advice ? advice : "") != 0)
            show_head(s, page); /* overdue by now, without a word of the agent */
    }
    return G_SOURCE_CONTINUE;
}

static void on_seen(GObject *source, GAsyncResult *result, gpointer user)
{
    (void)user;
    /* A page of which there is nothing to see for me refuses it; that is no failure of looking. */
    (void)tba_agent_call_seen_finish(TBA_AGENT(source), result, NULL);
}

static void tell_seen(TbdPage *s)
{
    TbaAgent *proxy = tbd_agent_proxy(tbd_app_agent());

    if (s->seen || !proxy)
        return;
    s->seen = TRUE;
    tba_agent_call_seen(proxy, tbd_full_id(s->full), NULL, on_seen, NULL);
}

static void show(TbdPage *s)
{
    GVariant *page = tbd_full_doc(s->full);

    if (!page) {
        adw_status_page_set_description(s->failed, tbd_full_trouble(s->full));
        gtk_stack_set_visible_child_name(s->states,
                                         tbd_full_trouble(s->full) ? "failed" : "loading");
        return;
    }
    show_head(s, page);
    gtk_widget_set_visible(s->unreadable, !doc_is(page, "readable") && !brief_not_my_turn(page));
    tbd_reported_set(s->reported, s->full);
    tbd_timeline_set(s->timeline, page);
    gtk_widget_set_visible(s->chart_part, *tbd_timeline_words(s->timeline) != '\0');
    set_words(s->in_words, tbd_timeline_words(s->timeline));
    tbd_ladder_set(s->ladder, page);
    tbd_journal_set(s->journal, page);
    show_buttons(s, page);
    gtk_stack_set_visible_child_name(s->states, "page");
    tell_seen(s);
}

/* ---- the object */

static void tbd_page_dispose(GObject *object)
{
    TbdPage *s = TBD_PAGE(object);

    g_clear_handle_id(&s->timer, g_source_remove);
    g_clear_object(&s->full);
    g_clear_pointer(&s->buttons, g_free);
    G_OBJECT_CLASS(tbd_page_parent_class)->dispose(object);
}

static void bind(GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child(widget, TbdPage, states);
    gtk_widget_class_bind_template_child(widget, TbdPage, failed);
    gtk_widget_class_bind_template_child(widget, TbdPage, heading);
    gtk_widget_class_bind_template_child(widget, TbdPage, back);
    gtk_widget_class_bind_template_child(widget, TbdPage, frame);
    gtk_widget_class_bind_template_child(widget, TbdPage, unreadable);
    gtk_widget_class_bind_template_child(widget, TbdPage, chart_part);
    gtk_widget_class_bind_template_child(widget, TbdPage, expander);
    gtk_widget_class_bind_template_child(widget, TbdPage, answers);
    gtk_widget_class_bind_template_child(widget, TbdPage, ask);
    gtk_widget_class_bind_template_child(widget, TbdPage, etas);
    gtk_widget_class_bind_template_child(widget, TbdPage, others);
    gtk_widget_class_bind_template_child(widget, TbdPage, numbers);
    gtk_widget_class_bind_template_child(widget, TbdPage, icon);
    gtk_widget_class_bind_template_child(widget, TbdPage, class);
    gtk_widget_class_bind_template_child(widget, TbdPage, state);
    gtk_widget_class_bind_template_child(widget, TbdPage, count_down);
    gtk_widget_class_bind_template_child(widget, TbdPage, advice);
    gtk_widget_class_bind_template_child(widget, TbdPage, in_words);
    gtk_widget_class_bind_template_child(widget, TbdPage, reported);
    gtk_widget_class_bind_template_child(widget, TbdPage, timeline);
    gtk_widget_class_bind_template_child(widget, TbdPage, ladder);
    gtk_widget_class_bind_template_child(widget, TbdPage, journal);
}

static void tbd_page_class_init(TbdPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_page_dispose;
    g_type_ensure(TBD_TYPE_WRAP);
    g_type_ensure(TBD_TYPE_REPORTED);
    g_type_ensure(TBD_TYPE_TIMELINE);
    g_type_ensure(TBD_TYPE_LADDER);
    g_type_ensure(TBD_TYPE_JOURNAL);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/page.ui");
    bind(widget);
}

static void tbd_page_init(TbdPage *s)
{
    gtk_widget_init_template(GTK_WIDGET(s));
    tbd_name(s->back, _("Back"));
    tbd_name(s->expander, _("The same in words"));
    gtk_widget_set_layout_manager(s->others, tbd_wrap_new(6));
}

GtkWidget *tbd_page_new(const char *id)
{
    TbdPage *s = g_object_new(TBD_TYPE_PAGE, NULL);

    s->full = tbd_full_new(id);
    g_signal_connect_object(s->full, "changed", G_CALLBACK(show), s, G_CONNECT_SWAPPED);
    s->timer = g_timeout_add_seconds(1, on_second, s);
    show(s);
    return GTK_WIDGET(s);
}
