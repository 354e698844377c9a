/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.c - libsecret; see secret.h. */
#include "client/agent/secret.h"

#include <libsecret/secret.h>
#include <sodium.h>
#include <string.h>

#include "client/agent/log.h"

struct secret {
    char *home;
    GCancellable *cancel;
    void (*found)(void *user, struct tb_view passphrase);
    void *user;
};

static const SecretSchema schema = {
    .name = "vn.trucban.Profile",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = { { "home", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

struct secret *secret_new(const char *home, void (*found)(void *user, struct tb_view passphrase),
                          void *user)
{
    struct secret *s = g_new0(struct secret, 1);

    *s = (struct secret){ .home = g_strdup(home), .found = found, .user = user };
    s->cancel = g_cancellable_new();
    return s;
}

static void on_looked_up(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    char *passphrase = secret_password_lookup_finish(result, &error);

    (void)source;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* `user` may be gone */
    struct secret *s = user;
    if (error)
        log_line(LOG_INFO, "no Secret Service: %s", error->message);
    if (passphrase)
        s->found(s->user, tb_view_of(passphrase, strlen(passphrase)));
    secret_password_free(passphrase); /* wipes */
}

void secret_look_up(struct secret *s)
{
    secret_password_lookup(&schema, s->cancel, on_looked_up, s, "home", s->home, NULL);
}

static void on_stored(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;

    (void)source, (void)user;
    if (!secret_password_store_finish(result, &error))
        log_line(LOG_WARNING, "the passphrase was not remembered: %s", error->message);
}

void secret_remember(struct secret *s, struct tb_view passphrase)
{
    /* The service stores text: a passphrase with a NUL cannot have been typed. */
    char *text = g_strndup((const char *)passphrase.p, passphrase.n);

    secret_password_store(&schema, SECRET_COLLECTION_DEFAULT, "Trực Ban", text, s->cancel,
                          on_stored, NULL, "home", s->home, NULL);
    sodium_memzero(text, strlen(text));
    g_free(text);
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    g_cancellable_cancel(s->cancel);
    g_object_unref(s->cancel);
    g_free(s->home);
    g_free(s);
}
