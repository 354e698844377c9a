/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve.c - GResolver; see resolve.h. */
#include "client/agent/resolve.h"

#include <gio/gio.h>

struct resolver {
    GResolver *resolver;
    GCancellable *cancel;
    resolved_fn *done;
    void *user;
};

struct question {
    struct resolver *resolver;
    uint64_t ticket;
};

static void on_found(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autofree struct question *q = user;
    g_autoptr(GError) error = NULL;
    GList *found = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_resolver_free_addresses(found);
        return; /* the resolver is gone */
    }
    g_autofree char *ip = found ? g_inet_address_to_string(found->data) : NULL;
    g_resolver_free_addresses(found);
    q->resolver->done(q->resolver->user, q->ticket, ip);
}

struct resolver *resolver_new(resolved_fn *done, void *user)
{
    struct resolver *r = g_new0(struct resolver, 1);

    *r = (struct resolver){ .done = done, .user = user };
    r->resolver = g_resolver_get_default();
    r->cancel = g_cancellable_new();
    return r;
}

void resolver_ask(struct resolver *r, const char *host, uint64_t ticket)
{
    struct question *q = g_new0(struct question, 1);

    *q = (struct question){ .resolver = r, .ticket = ticket };
    g_resolver_lookup_by_name_async(r->resolver, host, r->cancel, on_found, q);
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    g_cancellable_cancel(r->cancel);
    g_object_unref(r->cancel);
    g_object_unref(r->resolver);
    g_free(r);
}
