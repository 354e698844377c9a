/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent.c - see agent.h. */
#include "client/desktop/agent.h"

#include <string.h>

#include "client/api/dial.h"
#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum {
    CALL_TIMEOUT_MS = 60000,
    REDIAL_MS = 1000,
    LOOK_S = 5,         /* no nudge says that the relay was heard once more */
    SILENCE_MS = 30000, /* it is asked every ten seconds: after three silences it is not there */
    BREAK_MS =
        15000, /* nor if the agent lost it and has not found it again: one silence, and time to dial */
};

struct _TbdAgent {
    GObject parent;
    char *home, *trouble;
    TbaAgent *proxy;
    GVariant *status, *me;
    guint topics; /* to be told once the status is here */
    gboolean pulling, again;
    guint redial, look;
    gulong closed;
};

G_DEFINE_FINAL_TYPE(TbdAgent, tbd_agent, G_TYPE_OBJECT)

static guint changed_signal;

static void dial(TbdAgent *a);
static void pull(TbdAgent *a);

static void tell(TbdAgent *a)
{
    guint topics = a->topics;

    a->topics = 0;
    if (topics)
        g_signal_emit(a, changed_signal, 0, topics);
}

static gboolean on_redial(gpointer user)
{
    TbdAgent *a = user;

    a->redial = 0;
    dial(a);
    return G_SOURCE_REMOVE;
}

/* It stands alone or after a full stop.  Gives. */
static char *as_sentence(const char *text)
{
    char first[8] = { 0 };

    if (!g_utf8_validate(text, -1, NULL) || !*text)
        return g_strdup(text);
    (void)g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(text)), first);
    return g_strconcat(first, g_utf8_next_char(text), NULL);
}

static void lose(TbdAgent *a, const char *trouble)
{
    if (a->proxy)
        g_signal_handler_disconnect(g_dbus_proxy_get_connection(G_DBUS_PROXY(a->proxy)), a->closed);
    g_clear_object(&a->proxy);
    g_clear_handle_id(&a->look, g_source_remove);
    g_clear_pointer(&a->status, g_variant_unref);
    g_clear_pointer(&a->me, g_variant_unref);
    g_free(a->trouble);
    a->trouble = as_sentence(trouble);
    a->pulling = a->again = FALSE;
    a->topics |= TBD_TOPIC_LINK;
    if (a->redial == 0)
        a->redial = g_timeout_add(REDIAL_MS, on_redial, a);
    tell(a);
}

static void on_closed(GDBusConnection *c, gboolean vanished, GError *error, gpointer user)
{
    (void)c, (void)vanished, (void)error;
    lose(user, _("the agent ended; it is being started again"));
}

static void pulled(TbdAgent *a)
{
    a->pulling = FALSE;
    tell(a);
    if (a->again)
        pull(a);
}

static void on_me(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdAgent) a = user;
    GVariant *me = NULL;

    if (!tba_agent_call_whoami_finish(TBA_AGENT(source), &me, result, NULL))
        me = NULL;
    if ((gpointer)a->proxy != (gpointer)source) { /* of a link that is gone */
        g_clear_pointer(&me, g_variant_unref);
        return;
    }
    g_clear_pointer(&a->me, g_variant_unref);
    a->me = me;
    pulled(a);
}

static void on_status(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdAgent) a = user;
    g_autoptr(GError) error = NULL;
    GVariant *status = NULL;
    bool ok = tba_agent_call_status_finish(TBA_AGENT(source), &status, result, &error);

    if ((gpointer)a->proxy != (gpointer)source) {
        g_clear_pointer(&status, g_variant_unref);
        return;
    }
    if (!ok) {
        lose(a, error->message);
        return;
    }
    g_clear_pointer(&a->status, g_variant_unref);
    a->status = status;
    bool ready = strcmp(doc_text(status, "stage"), "ready") == 0;
    if (ready && (!a->me || (a->topics & (TBD_TOPIC_ROSTER | TBD_TOPIC_LINK)))) {
        tba_agent_call_whoami(a->proxy, NULL, on_me, g_object_ref(a));
        return;
    }
    if (!ready)
        g_clear_pointer(&a->me, g_variant_unref);
    pulled(a);
}

/* One pull at a time; nudges meanwhile ask for one more. */
static void pull(TbdAgent *a)
{
    a->again = a->pulling;
    if (a->pulling || !a->proxy)
        return;
    a->pulling = TRUE;
    tba_agent_call_status(a->proxy, NULL, on_status, g_object_ref(a));
}

static void on_nudge(TbaAgent *proxy, guint64 change, guint topics, gpointer user)
{
    TbdAgent *a = user;

    (void)proxy, (void)change;
    a->topics |= topics;
    pull(a);
}

/* When the relay was heard last changes all the time and is told to nobody; header and banners look at the
 * status by themselves. */
static gboolean on_look(gpointer user)
{
    pull(user);
    return G_SOURCE_CONTINUE;
}

/* In a thread: starting an agent takes its time.  One of another version is asked again until it is gone. */
static void dial_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancel)
{
    const TbdAgent *a = source; /* only `home`, which never changes */
    g_autofree char *trouble = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) connection = tba_dial(a->home, &trouble);

    (void)data, (void)cancel;
    if (!connection) {
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", trouble);
        return;
    }
    trouble = tba_dial_refusal(connection, a->home);
    if (trouble) {
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", trouble);
        return;
    }
    g_task_return_pointer(task, g_steal_pointer(&connection), g_object_unref);
}

static void adopt(TbdAgent *a, GDBusConnection *connection)
{
    g_autoptr(GError) error = NULL;
    TbaAgent *proxy = tba_agent_proxy_new_sync(
        connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL, TBA_OBJECT, NULL, &error);

    if (!proxy) { /* nothing is asked of the other side here: it does not block */
        lose(a, error->message);
        return;
    }
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(proxy), CALL_TIMEOUT_MS);
    (void)g_signal_connect(proxy, "changed", G_CALLBACK(on_nudge), a);
    a->closed = g_signal_connect(connection, "closed", G_CALLBACK(on_closed), a);
    a->proxy = proxy;
    a->look = g_timeout_add_seconds(LOOK_S, on_look, a);
    g_clear_pointer(&a->trouble, g_free);
    a->topics =
        TBD_TOPIC_STATUS | TBD_TOPIC_PAGES | TBD_TOPIC_ROSTER | TBD_TOPIC_OUTBOX | TBD_TOPIC_LINK;
    pull(a);
}

static void on_dialled(GObject *source, GAsyncResult *result, gpointer user)
{
    TbdAgent *a = TBD_AGENT(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) connection = g_task_propagate_pointer(G_TASK(result), &error);

    (void)user;
    if (connection)
        adopt(a, connection);
    else
        lose(a, error->message);
}

static void dial(TbdAgent *a)
{
    g_autoptr(GTask) task = g_task_new(a, NULL, on_dialled, NULL);

    g_task_run_in_thread(task, dial_thread);
}

static void tbd_agent_finalize(GObject *object)
{
    TbdAgent *a = TBD_AGENT(object);

    if (a->proxy)
        g_signal_handler_disconnect(g_dbus_proxy_get_connection(G_DBUS_PROXY(a->proxy)), a->closed);
    g_clear_object(&a->proxy);
    g_clear_pointer(&a->status, g_variant_unref);
    g_clear_pointer(&a->me, g_variant_unref);
    g_clear_handle_id(&a->redial, g_source_remove);
    g_clear_handle_id(&a->look, g_source_remove);
    g_free(a->home);
    g_free(a->trouble);
    G_OBJECT_CLASS(tbd_agent_parent_class)->finalize(object);
}

static void tbd_agent_class_init(TbdAgentClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_agent_finalize;
    changed_signal = g_signal_new("changed", TBD_TYPE_AGENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void tbd_agent_init(TbdAgent *a)
{
    (void)a;
}

TbdAgent *tbd_agent_new(const char *home)
{
    TbdAgent *a = g_object_new(TBD_TYPE_AGENT, NULL);

    a->home = tba_profile_home(home);
    return a;
}

void tbd_agent_start(TbdAgent *a)
{
    dial(a);
}

const char *tbd_agent_home(TbdAgent *a)
{
    return a->home;
}

TbaAgent *tbd_agent_proxy(TbdAgent *a)
{
    return a->proxy;
}

GVariant *tbd_agent_status(TbdAgent *a)
{
    return a->status;
}

GVariant *tbd_agent_me(TbdAgent *a)
{
    return a->me;
}

bool tbd_agent_hears(TbdAgent *a)
{
    int64_t heard = a->status ? doc_moment(a->status, "heard_at") : 0;
    bool online = a->status && strcmp(doc_text(a->status, "online"), "online") == 0;

    return heard && when_now() - heard < (online ? SILENCE_MS : BREAK_MS);
}

const char *tbd_agent_trouble(TbdAgent *a)
{
    return a->proxy ? NULL : a->trouble;
}
