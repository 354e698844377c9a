/* SPDX-License-Identifier: GPL-3.0-or-later */
/* actions.c - see actions.h. */
#include "client/desktop/actions.h"

#include <string.h>

#include "client/api/build.h"
#include "client/api/lang.h"
#include "client/desktop/answer.h"
#include "client/desktop/app.h"
#include "client/desktop/diagnostics.h"
#include "client/desktop/directory.h"
#include "client/desktop/page.h"
#include "client/desktop/person.h"
#include "client/desktop/shortcuts.h"
#include "client/desktop/stop.h"
#include "client/desktop/verify.h"
#include "client/desktop/window.h"
#include "client/text/words.h"

static TbdWindow *window(void)
{
    g_application_activate(g_application_get_default()); /* an order brings the window */
    return TBD_WINDOW(tbd_app_window());
}

static const char *text_of(GVariant *parameter)
{
    return g_variant_get_string(parameter, NULL);
}

/* ---- pages */

static void on_show_page(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_window_show_detail(window(), tbd_page_new(text_of(parameter)));
}

static void on_accept(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_answer_ask_accept(text_of(parameter));
}

static void on_accept_in(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    const char *id = NULL;
    guint32 minutes = 0;

    (void)action, (void)user;
    g_variant_get(parameter, "(&su)", &id, &minutes);
    tbd_answer_accept(id, minutes);
}

static void on_decline(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_answer_ask_decline(text_of(parameter));
}

static void on_hand_over(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_answer_ask_hand_over(text_of(parameter));
}

static void on_resolve(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_answer_ask_resolve(text_of(parameter));
}

static void on_answer_next(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    GListModel *pages = tbd_lists_pages(tbd_app_lists());

    (void)action, (void)parameter, (void)user;
    for (guint n = g_list_model_get_n_items(pages); n-- > 0;) { /* newest first: from the end */
        g_autoptr(TbdItem) item = g_list_model_get_item(pages, n);
        if (page_waits_for_me(tbd_item_doc(item))) {
            tbd_answer_ask_accept(tbd_item_key(item));
            return;
        }
    }
    tbd_app_notice(_("No page waits for your answer."));
}

/* ---- people */

static void on_show_person(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_window_show_detail(window(), tbd_person_new(text_of(parameter)));
}

static void on_verify(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_window_show_detail(window(), tbd_verify_new(text_of(parameter)));
}

/* ---- the window */

static void on_view(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)user;
    tbd_window_show_view(window(), text_of(parameter));
}

/* Without a parameter, as the application's menu in a desktop needs it. */
static void on_report(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_window_show_view(window(), "report");
}

static void on_search(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_window_show_view(window(), "directory");
    tbd_directory_search(tbd_window_directory(window()));
}

static void on_back(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_window_show_detail(window(), NULL);
}

static void on_hide(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    if (tbd_app_window())
        gtk_widget_set_visible(GTK_WIDGET(tbd_app_window()), FALSE);
}

static void on_shortcuts(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_shortcuts_show(GTK_WINDOW(window()));
}

static void on_about(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    adw_show_about_window(
        GTK_WINDOW(window()), "application-name", _("Officer on watch"), "application-icon",
        "vn.trucban.Desktop", "version", TB_VERSION, "license-type", GTK_LICENSE_GPL_3_0,
        "comments", _("An end-to-end encrypted hotline and pager for incident response teams"),
        NULL);
}

/* ---- the agent */

static void on_reconnected(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_reconnect_finish(TBA_AGENT(source), result, &error))
        tbd_app_refused(_("Not connected again"), error);
}

static void on_reconnect(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    (void)action, (void)parameter, (void)user;
    if (agent)
        tba_agent_call_reconnect(agent, NULL, on_reconnected, NULL);
}

static void on_locked(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_lock_finish(TBA_AGENT(source), result, &error))
        tbd_app_refused(_("Not locked"), error);
}

static void on_lock(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    (void)action, (void)parameter, (void)user;
    if (agent)
        tba_agent_call_lock(agent, NULL, on_locked, NULL);
}

/* Sent, and what is to be heard of it. */
static const char *test_sent(void)
{
    GVariant *status = tbd_agent_status(tbd_app_agent());
    const char *bell = status ? doc_text(status, "bell") : "";

    if (strcmp(bell, "none") == 0)
        return _("A test page is on its way. This machine has NO SOUND: it will be seen here, and "
                 "nothing will ring.");
    if (strcmp(bell, "muted") == 0)
        return _("A test page is on its way. The bell is MUTED or too quiet: you may hear nothing. "
                 "Turn the volume of this machine up.");
    return _("A test page is on its way: the alarm must ring in a moment.");
}

static void on_tested(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;
    g_autofree char *page = NULL;

    (void)user;
    if (tba_agent_call_test_page_finish(TBA_AGENT(source), &page, result, &error))
        tbd_app_notice(test_sent());
    else
        tbd_app_refused(_("No test page was sent"), error);
}

static void test_alarm(TbdAgent *link)
{
    tba_agent_call_test_page(tbd_agent_proxy(link), NULL, on_tested, NULL);
}

/* The order came with the start of the program: it waits for the agent's answer. */
static void on_link(TbdAgent *link, guint topics, gpointer user)
{
    (void)topics, (void)user;
    if (!tbd_agent_status(link))
        return;
    (void)g_signal_handlers_disconnect_by_func(link, (gpointer)on_link, NULL);
    test_alarm(link);
}

static void on_test_alarm(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    TbdAgent *link = tbd_app_agent();

    (void)action, (void)parameter, (void)user;
    if (tbd_agent_proxy(link)) {
        test_alarm(link);
        return;
    }
    (void)window();
    (void)g_signal_handlers_disconnect_by_func(link, (gpointer)on_link, NULL);
    (void)g_signal_connect(link, "changed", G_CALLBACK(on_link), NULL);
}

static void on_stop_pages(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    (void)window();
    tbd_stop_ask();
}

static void on_receive_pages(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_stop_end();
}

static void on_diagnostics(GSimpleAction *action, GVariant *parameter, gpointer user)
{
    (void)action, (void)parameter, (void)user;
    tbd_diagnostics_copy();
}

static const GActionEntry entries[] = {
    { .name = "show-page", .activate = on_show_page, .parameter_type = "s" },
    { .name = "accept", .activate = on_accept, .parameter_type = "s" },
    { .name = "accept-in", .activate = on_accept_in, .parameter_type = "(su)" },
    { .name = "decline", .activate = on_decline, .parameter_type = "s" },
    { .name = "hand-over", .activate = on_hand_over, .parameter_type = "s" },
    { .name = "resolve", .activate = on_resolve, .parameter_type = "s" },
    { .name = "answer-next", .activate = on_answer_next },
    { .name = "show-person", .activate = on_show_person, .parameter_type = "s" },
    { .name = "verify", .activate = on_verify, .parameter_type = "s" },
    { .name = "view", .activate = on_view, .parameter_type = "s" },
    { .name = "report", .activate = on_report },
    { .name = "search", .activate = on_search },
    { .name = "back", .activate = on_back },
    { .name = "hide", .activate = on_hide },
    { .name = "shortcuts", .activate = on_shortcuts },
    { .name = "about", .activate = on_about },
    { .name = "reconnect", .activate = on_reconnect },
    { .name = "lock", .activate = on_lock },
    { .name = "diagnostics", .activate = on_diagnostics },
    { .name = "test-alarm", .activate = on_test_alarm },
    { .name = "stop-pages", .activate = on_stop_pages },
    { .name = "receive-pages", .activate = on_receive_pages },
};

static const struct {
    const char *action, *keys[3];
} shortcuts[] = {
    { "app.answer-next", { "<Control>Return", "<Control>KP_Enter" } },
    { "app.view::inbox", { "<Control>1" } },
    { "app.view::report", { "<Control>2", "<Control>n" } },
    { "app.view::directory", { "<Control>3" } },
    { "app.view::settings", { "<Control>4", "<Control>comma" } },
    { "app.search", { "<Control>f", "<Control>k" } },
    { "app.back", { "<Alt>Left" } },
    { "app.reconnect", { "F5" } },
    { "app.test-alarm", { "<Control>t" } },
    { "app.lock", { "<Control>l" } },
    { "app.shortcuts", { "<Control>question", "F1" } },
    { "app.hide", { "<Control>q", "<Control>w" } },
};

void tbd_actions_add(GtkApplication *app)
{
    g_action_map_add_action_entries(G_ACTION_MAP(app), entries, G_N_ELEMENTS(entries), NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(shortcuts); i++)
        gtk_application_set_accels_for_action(app, shortcuts[i].action, shortcuts[i].keys);
}
