/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c - see draft.h. */
#include "client/desktop/draft.h"

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/refusal.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { SAVE_MS = 700 };

struct _TbdDraft {
    GObject parent;
    struct tbd_draft_owner owner;
    char *state;
    guint timer;
    gboolean saving, dirty, hold;
    gboolean fetched, touched; /* what was kept before is here, or will not come any more */
};

G_DEFINE_FINAL_TYPE(TbdDraft, tbd_draft, G_TYPE_OBJECT)

static guint changed_signal;

static void save_soon(TbdDraft *d);

static void say(TbdDraft *d, char *state)
{
    g_free(d->state);
    d->state = state;
    g_signal_emit(d, changed_signal, 0);
}

static void saved(TbdDraft *d, bool ok, bool kept, GError *error)
{
    d->saving = FALSE;
    if (ok && !d->hold) {
        g_autofree char *at = when_short(when_now(), when_now());
        say(d, kept ? g_strdup_printf(_("Draft saved at %s, encrypted. It stays until it is sent."),
                                      at)
                    : g_strdup(""));
    } else if (!ok) {
        g_autofree char *why = tbd_refusal_text(error);
        d->dirty = TRUE; /* again when the link is back, or with the next key */
        say(d, g_strdup_printf(_("The draft is NOT saved: %s"), why));
    }
    if (ok && d->dirty)
        save_soon(d);
}

static void on_put(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdDraft) d = user;
    g_autoptr(GError) error = NULL;
    bool ok = tba_agent_call_draft_put_finish(TBA_AGENT(source), NULL, result, &error);

    saved(d, ok, true, error);
}

static void on_cleared(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdDraft) d = user;
    g_autoptr(GError) error = NULL;
    bool ok = tba_agent_call_draft_clear_finish(TBA_AGENT(source), result, &error);

    saved(d, ok, false, error);
}

static gboolean save(gpointer user)
{
    TbdDraft *d = user;
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    d->timer = 0;
    if (!agent || d->saving || d->hold || !d->dirty)
        return G_SOURCE_REMOVE;
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GVariant *doc = d->owner.document(d->owner.user);
    d->saving = TRUE;
    d->dirty = FALSE;
    if (doc)
        tba_agent_call_draft_put(agent, doc, d->owner.files(d->owner.user, fds), fds, NULL, on_put,
                                 g_object_ref(d));
    else
        tba_agent_call_draft_clear(agent, NULL, on_cleared, g_object_ref(d));
    return G_SOURCE_REMOVE;
}

static void save_soon(TbdDraft *d)
{
    g_clear_handle_id(&d->timer, g_source_remove);
    d->timer = g_timeout_add(SAVE_MS, save, d);
}

static void on_got(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdDraft) d = user;
    g_autoptr(GVariant) doc = NULL, handles = NULL;
    g_autoptr(GUnixFDList) fds = NULL;

    if (!tba_agent_call_draft_get_finish(TBA_AGENT(source), &doc, &handles, &fds, result, NULL))
        return;                               /* there is none */
    if (d->touched || !d->fetched || d->hold) /* somebody types already, or locked meanwhile */
        return;
    d->owner.restore(d->owner.user, doc, handles, fds);
    g_autofree char *at = when_short(doc_moment(doc, "saved_at"), when_now());
    say(d, g_strdup_printf(_("This is the draft saved at %s. Go on, or clear it."), at));
}

static void on_agent(TbdAgent *agent, guint topics, gpointer user)
{
    TbdDraft *d = user;

    (void)topics;
    if (tbd_agent_proxy(agent) && tbd_agent_status(agent) && !tbd_agent_me(agent)) {
        if (d->fetched && !d->hold)
            d->owner.restore(d->owner.user, NULL, NULL, NULL);
        g_clear_handle_id(&d->timer, g_source_remove);
        d->fetched = d->touched = d->dirty = FALSE;
        say(d, g_strdup(""));
        return;
    }
    if (!tbd_agent_me(agent))
        return;
    if (!d->fetched) {
        d->fetched = TRUE;
        tba_agent_call_draft_get(tbd_agent_proxy(agent), NULL, NULL, on_got, g_object_ref(d));
    } else if (d->dirty) {
        save_soon(d);
    }
}

static void tbd_draft_finalize(GObject *object)
{
    TbdDraft *d = TBD_DRAFT(object);

    g_clear_handle_id(&d->timer, g_source_remove);
    g_free(d->state);
    G_OBJECT_CLASS(tbd_draft_parent_class)->finalize(object);
}

static void tbd_draft_class_init(TbdDraftClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_draft_finalize;
    changed_signal = g_signal_new("changed", TBD_TYPE_DRAFT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void tbd_draft_init(TbdDraft *d)
{
    d->state = g_strdup("");
}

TbdDraft *tbd_draft_new(const struct tbd_draft_owner *owner)
{
    TbdDraft *d = g_object_new(TBD_TYPE_DRAFT, NULL);

    d->owner = *owner;
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), d, 0);
    on_agent(tbd_app_agent(), 0, d);
    return d;
}

void tbd_draft_touch(TbdDraft *d)
{
    d->touched = d->dirty = TRUE;
    if (!d->hold)
        save_soon(d);
}

void tbd_draft_hold(TbdDraft *d, gboolean hold)
{
    d->hold = hold;
    if (hold)
        g_clear_handle_id(&d->timer, g_source_remove);
    else if (d->dirty)
        save_soon(d);
}

void tbd_draft_sent(TbdDraft *d)
{
    d->hold = d->dirty = d->touched = FALSE;
    g_clear_handle_id(&d->timer, g_source_remove);
    say(d, g_strdup(""));
}

const char *tbd_draft_state(TbdDraft *d)
{
    return d->state;
}
