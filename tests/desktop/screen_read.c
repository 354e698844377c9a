/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_read.c - the tree of a window, level by level; see screen_read.h. */
#include "screen_read.h"

#include <string.h>

#include <dbus/dbus.h>

#define PREFIX "org.a11y.atspi."
#define NOBODY "/org/a11y/atspi/null"

enum { CHILDREN_MAX = 600 };

typedef DBusPendingCall asked; /* NULL: could not even be asked */

/* ---- questions */

static asked *ask(AtspiAccessible *top, const char *path, const char *interface, const char *member,
                  int first_type, ...)
{
    const AtspiApplication *app = top->parent.app;
    DBusMessage *question = dbus_message_new_method_call(app->bus_name, path, interface, member);
    asked *call = NULL;
    va_list arguments;

    va_start(arguments, first_type);
    (void)dbus_message_append_args_valist(question, first_type, arguments);
    va_end(arguments);
    (void)dbus_connection_send_with_reply(app->bus, question, &call, DBUS_TIMEOUT_INFINITE);
    dbus_message_unref(question);
    return call;
}

static asked *ask_property(AtspiAccessible *top, const char *path, const char *interface,
                           const char *property)
{
    return ask(top, path, DBUS_INTERFACE_PROPERTIES, "Get", DBUS_TYPE_STRING, &interface,
               DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID);
}

/* NULL: an error, or an object that is gone. */
static DBusMessage *answer(asked *call, const char *signature)
{
    if (!call)
        return NULL;
    dbus_pending_call_block(call);
    DBusMessage *reply = dbus_pending_call_steal_reply(call);
    dbus_pending_call_unref(call);
    if (reply && (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR ||
                  !dbus_message_has_signature(reply, signature))) {
        dbus_message_unref(reply);
        reply = NULL;
    }
    return reply;
}

/* Takes what an answer of this signature says, or what is in its variant; false: nothing of this type. */
static bool answer_basic(DBusMessage *reply, int type, void *ret)
{
    DBusMessageIter at, in;

    if (!reply || !dbus_message_iter_init(reply, &at))
        return false;
    if (dbus_message_iter_get_arg_type(&at) == DBUS_TYPE_VARIANT) {
        dbus_message_iter_recurse(&at, &in);
        at = in;
    }
    if (dbus_message_iter_get_arg_type(&at) != type)
        return false;
    dbus_message_iter_get_basic(&at, ret);
    return true;
}

/* A number or a yes (32 bits as well); 0: none. */
static dbus_uint32_t answer_number(asked *call, const char *signature, int type)
{
    DBusMessage *reply = answer(call, signature);
    dbus_uint32_t number = 0;

    (void)answer_basic(reply, type, &number);
    if (reply)
        dbus_message_unref(reply);
    return number;
}

static char *answer_words(asked *call, const char *signature)
{
    DBusMessage *reply = answer(call, signature);
    const char *words = NULL;

    (void)answer_basic(reply, DBUS_TYPE_STRING, &words);
    char *own = g_strdup(words);
    if (reply)
        dbus_message_unref(reply);
    return own;
}

static bool answer_place(asked *call, AtspiRect *ret)
{
    DBusMessage *reply = answer(call, "(iiii)");
    int *const side[] = { &ret->x, &ret->y, &ret->width, &ret->height };
    DBusMessageIter at, in;

    if (!reply)
        return false;
    (void)dbus_message_iter_init(reply, &at);
    dbus_message_iter_recurse(&at, &in);
    for (gsize i = 0; i < G_N_ELEMENTS(side); i++, (void)dbus_message_iter_next(&in))
        dbus_message_iter_get_basic(&in, side[i]);
    dbus_message_unref(reply);
    return true;
}

static bool in_set(const dbus_uint32_t *words, int n, AtspiStateType state)
{
    return n > (int)state / 32 && (words[state / 32] >> (state % 32) & 1);
}

/* ---- a level */

/* What is under way for one leaf: first what it is and where, then what depends on that. */
struct questions {
    asked *role, *name, *place, *children, *states, *contains, *length;
};

static void ask_first(AtspiAccessible *top, const char *path, struct questions *q)
{
    const char *interface = PREFIX "Accessible";
    dbus_uint32_t in_window = ATSPI_COORD_TYPE_WINDOW;

    q->role = ask(top, path, interface, "GetRole", DBUS_TYPE_INVALID);
    q->name = ask_property(top, path, interface, "Name");
    q->place = ask(top, path, PREFIX "Component", "GetExtents", DBUS_TYPE_UINT32, &in_window,
                   DBUS_TYPE_INVALID);
    q->children = ask(top, path, interface, "GetChildren", DBUS_TYPE_INVALID);
    q->states = ask(top, path, interface, "GetState", DBUS_TYPE_INVALID);
}

static bool may_hold_text(const struct leaf *l)
{
    return l->role == ATSPI_ROLE_TEXT || l->role == ATSPI_ROLE_ENTRY ||
           l->role == ATSPI_ROLE_PASSWORD_TEXT || l->role == ATSPI_ROLE_SPIN_BUTTON ||
           (l->role == ATSPI_ROLE_LABEL && !*l->name); /* a label is its name */
}

/* GTK 4.8 says "showing" of windows only, and "visible" of the hidden pages of a stack; but it says of no point that
 * it lies in a widget that is not drawn. */
static void take_first(AtspiAccessible *top, struct leaf *l, struct questions *q)
{
    const dbus_uint32_t *words = NULL;
    dbus_uint32_t in_window = ATSPI_COORD_TYPE_WINDOW;
    AtspiRect place = { 0 };
    int n = 0;

    l->role = (AtspiRole)answer_number(q->role, "u", DBUS_TYPE_UINT32);
    char *name = answer_words(q->name, "v");
    l->name = name ? name : g_strdup("");
    bool placed = answer_place(q->place, &place);
    DBusMessage *states = answer(q->states, "au");
    if (states)
        (void)dbus_message_get_args(states, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_UINT32, &words, &n,
                                    DBUS_TYPE_INVALID);
    l->focusable = in_set(words, n, ATSPI_STATE_FOCUSABLE);
    l->focused = in_set(words, n, ATSPI_STATE_FOCUSED);
    if (l->role == ATSPI_ROLE_FRAME || l->role == ATSPI_ROLE_DIALOG)
        l->shows = in_set(words, n, ATSPI_STATE_VISIBLE);
    else if (!placed)
        l->shows = l->role != ATSPI_ROLE_INVALID; /* a stack's page: its child will tell */
    else if (place.width > 0 && place.height > 0) {
        int x = place.x + place.width / 2, y = place.y + place.height / 2;
        q->contains = ask(top, l->path, PREFIX "Component", "Contains", DBUS_TYPE_INT32, &x,
                          DBUS_TYPE_INT32, &y, DBUS_TYPE_UINT32, &in_window, DBUS_TYPE_INVALID);
    }
    if (may_hold_text(l))
        q->length = ask_property(top, l->path, PREFIX "Text", "CharacterCount");
    if (states)
        dbus_message_unref(states);
}

/* Their own questions come with the next level. */
static void take_children(GPtrArray *leaves, struct leaf *l, DBusMessage *reply)
{
    DBusMessageIter at, in, pair;

    l->first = leaves->len;
    (void)dbus_message_iter_init(reply, &at);
    dbus_message_iter_recurse(&at, &in);
    for (; dbus_message_iter_get_arg_type(&in) == DBUS_TYPE_STRUCT && l->n < CHILDREN_MAX;
         (void)dbus_message_iter_next(&in)) {
        struct leaf *child = g_new0(struct leaf, 1);
        const char *path = NULL;
        dbus_message_iter_recurse(&in, &pair);
        (void)dbus_message_iter_next(&pair); /* whose it is: the window's */
        dbus_message_iter_get_basic(&pair, &path);
        child->path = g_strdup(path);
        g_ptr_array_add(leaves, child);
        l->n++;
    }
}

static void take_rest(AtspiAccessible *top, GPtrArray *leaves, struct leaf *l, struct questions *q)
{
    DBusMessage *children = answer(q->children, "a(so)");

    if (q->contains)
        l->shows = answer_number(q->contains, "b", DBUS_TYPE_BOOLEAN) != 0;
    int length = (int)answer_number(q->length, "v", DBUS_TYPE_INT32), from = 0;
    if (length > 0)
        l->text = answer_words(ask(top, l->path, PREFIX "Text", "GetText", DBUS_TYPE_INT32, &from,
                                   DBUS_TYPE_INT32, &length, DBUS_TYPE_INVALID),
                               "s");
    if (children && (l->shows || l == g_ptr_array_index(leaves, 0)))
        take_children(leaves, l, children);
    if (children)
        dbus_message_unref(children);
}

static void read_level(AtspiAccessible *top, GPtrArray *leaves, guint from)
{
    guint n = leaves->len - from;
    g_autofree struct questions *q = g_new0(struct questions, n);

    for (guint i = 0; i < n; i++)
        ask_first(top, ((struct leaf *)g_ptr_array_index(leaves, from + i))->path, &q[i]);
    for (guint i = 0; i < n; i++)
        take_first(top, g_ptr_array_index(leaves, from + i), &q[i]);
    for (guint i = 0; i < n; i++)
        take_rest(top, leaves, g_ptr_array_index(leaves, from + i), &q[i]);
}

static void leaf_free(void *data)
{
    struct leaf *l = data;

    g_free(l->path);
    g_free(l->name);
    g_free(l->text);
    g_free(l);
}

GPtrArray *screen_read(AtspiAccessible *top, int levels)
{
    GPtrArray *leaves = g_ptr_array_new_with_free_func(leaf_free);
    struct leaf *first = g_new0(struct leaf, 1);

    first->path = g_strdup(top->parent.path);
    g_ptr_array_add(leaves, first);
    for (guint from = 0; from < leaves->len && levels > 0; levels--) {
        guint next = leaves->len;
        read_level(top, leaves, from);
        from = next;
    }
    return leaves;
}

AtspiAccessible *screen_object(AtspiAccessible *top, const struct leaf *leaf)
{
    AtspiAccessible *object = g_object_new(ATSPI_TYPE_ACCESSIBLE, NULL);

    object->parent.app = g_object_ref(top->parent.app);
    object->parent.path = g_strdup(leaf->path);
    return object;
}
