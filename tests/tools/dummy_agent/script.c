/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script.c - the scene's `timeline`, and the same steps as a method for tests.
 *
 * A step is {'do': ..., 'after_s': ...} and its details:
 *     page     page: {...}            adds it, or changes the one of that id
 *     event    page_id, event: {...}  appends to what happened
 *     accept   page_id, by, eta_min   somebody accepts; without page_id: the newest page
 *     contact  contact: {...}         adds or changes a person
 *     status   status: {...}, quiet   any key of the status; quiet: without a nudge, as when the relay is heard
 *     drop                            ends all links; frontends come back
 *     end                             ends the agent
 * Tests call vn.trucban.Dummy1 at /vn/trucban/dummy over the same socket: Do(a{sv}), Calls() -> as. */
#include <string.h>

#include "dummy.h"

static const char interface_xml[] = "<node><interface name='vn.trucban.Dummy1'>"
                                    "<method name='Do'><arg type='a{sv}' direction='in'/></method>"
                                    "<method name='Calls'><arg type='as' direction='out'/></method>"
                                    "</interface></node>";

static bool on_page(struct dummy *d, GVariant *step, const char *key)
{
    g_autoptr(GVariant) page = get_v(step, key);

    if (page)
        page_add(d, page);
    return page != NULL;
}

static bool on_event(struct dummy *d, GVariant *step)
{
    g_autoptr(GVariant) event = get_v(step, "event");
    struct page *p = page_find(d, get_s(step, "page_id"));

    if (event && p)
        page_event(d, p, g_variant_ref(event));
    return event && p;
}

static bool on_accept(struct dummy *d, GVariant *step)
{
    const char *id = get_s(step, "page_id");
    struct page *p = page_find(d, id);

    if (!*id && d->pages->len > 0)
        p = g_ptr_array_index(d->pages, d->pages->len - 1);
    if (p)
        page_accepted_by(d, p, get_s(step, "by"), (guint)get_n(step, "eta_min"));
    return p != NULL;
}

static bool on_contact(struct dummy *d, GVariant *step)
{
    g_autoptr(GVariant) contact = get_v(step, "contact");

    if (contact)
        contact_add(d, contact);
    return contact != NULL;
}

static bool on_status(struct dummy *d, GVariant *step)
{
    g_autoptr(GVariant) status = get_v(step, "status");

    if (status)
        doc_patch(&d->status, g_variant_ref(status));
    if (!get_b(step, "quiet"))
        nudge(d, TOPIC_STATUS | TOPIC_PAGES | TOPIC_ROSTER);
    return status != NULL;
}

bool script_do(struct dummy *d, GVariant *step)
{
    const char *what = get_s(step, "do");

    if (strcmp(what, "page") == 0)
        return on_page(d, step, "page");
    if (strcmp(what, "event") == 0)
        return on_event(d, step);
    if (strcmp(what, "accept") == 0)
        return on_accept(d, step);
    if (strcmp(what, "contact") == 0)
        return on_contact(d, step);
    if (strcmp(what, "status") == 0)
        return on_status(d, step);
    if (strcmp(what, "drop") == 0)
        bus_drop(d);
    else if (strcmp(what, "end") == 0)
        g_main_loop_quit(d->loop);
    else
        return false;
    return true;
}

/* ---- by itself */

struct due {
    struct dummy *d;
    GVariant *step;
};

static void due_free(gpointer data)
{
    struct due *due = data;
    g_variant_unref(due->step);
    g_free(due);
}

static gboolean on_due(gpointer user)
{
    struct due *due = user;
    g_autoptr(GVariant) step = normalise(due->step, now_ms());

    if (!script_do(due->d, step))
        g_printerr("dummy_agent: a step of the timeline cannot be done: %s\n", get_s(step, "do"));
    return G_SOURCE_REMOVE;
}

static gboolean on_tick(gpointer user)
{
    struct dummy *d = user;

    pages_tick(d);
    if (pages_count(d, true))
        d->rings++;
    return G_SOURCE_CONTINUE;
}

void script_start(struct dummy *d)
{
    g_autoptr(GVariant) steps = get_v(d->scene, "timeline");

    for (gsize i = 0; steps && i < g_variant_n_children(steps); i++) {
        struct due *due = g_new0(struct due, 1);
        *due = (struct due){ .d = d, .step = g_variant_get_child_value(steps, i) };
        (void)g_timeout_add_full(G_PRIORITY_DEFAULT, (guint)get_n(due->step, "after_s") * 1000,
                                 on_due, due, due_free);
    }
    (void)g_timeout_add_seconds(1, on_tick, d);
}

/* ---- for tests */

static gboolean do_later(gpointer user)
{
    struct due *due = user;
    (void)script_do(due->d, due->step);
    return G_SOURCE_REMOVE;
}

static void ordered(struct dummy *d, GVariant *parameters, GDBusMethodInvocation *inv)
{
    g_autoptr(GVariant) raw = g_variant_get_child_value(parameters, 0);
    struct due *due = g_new0(struct due, 1);

    *due = (struct due){ .d = d, .step = normalise(raw, now_ms()) };
    g_dbus_method_invocation_return_value(inv, NULL);
    /* After the answer has left: the step may end this very link. */
    (void)g_timeout_add_full(G_PRIORITY_DEFAULT, 1, do_later, due, due_free);
}

/* The values are those of GDBusInterfaceMethodCallFunc; 5: the arguments, 6: the invocation. */
static void on_call(GClosure *closure, GValue *ret, guint n, const GValue *values, gpointer hint,
                    gpointer data)
{
    struct dummy *d = closure->data;
    GDBusMethodInvocation *inv = g_value_get_object(&values[6]);

    (void)ret, (void)n, (void)hint, (void)data;
    if (strcmp(g_dbus_method_invocation_get_method_name(inv), "Do") == 0) {
        ordered(d, g_value_get_variant(&values[5]), inv);
        return;
    }
    GVariant *calls = g_variant_new_strv((const char *const *)d->calls->pdata, d->calls->len);
    g_dbus_method_invocation_return_value(inv, g_variant_new("(@as)", calls));
}

guint script_export(struct dummy *d, GDBusConnection *c)
{
    static GDBusNodeInfo *info;
    GClosure *closure = g_closure_new_simple(sizeof(GClosure), d);

    if (!info)
        info = g_dbus_node_info_new_for_xml(interface_xml, NULL);
    g_closure_set_marshal(closure, on_call);
    return g_dbus_connection_register_object_with_closures(
        c, "/vn/trucban/dummy", info->interfaces[0], closure, NULL, NULL, NULL);
}
