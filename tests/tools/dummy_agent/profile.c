/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.c - the state of the whole: stage, link, bell; unlocking with the scene's `passphrase`; enrolling
 * with its `words`, approved `enrol_after_s` (3) later. */
#include <string.h>
#include <unistd.h>

#include "client/api/profile.h"
#include "dummy.h"

enum { BEAT_MS = 10000, PASSPHRASE_MAX = 1024 };

static gboolean on_profile(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;

    guint api = (guint)get_n(d->scene, "api");

    tba_agent_complete_profile(o, inv, d->home, "dummy", api ? api : TBA_API);
    return TRUE;
}

/* A relay that is there is heard every ten seconds; one that is away was heard when the scene says so. */
static int64_t heard(struct dummy *d)
{
    int64_t said = get_n(d->status, "heard_at"), now = now_ms();

    if (said || strcmp(get_s(d->status, "online"), "online") != 0)
        return said;
    return now - (now - d->start_ms) % BEAT_MS;
}

static GVariant *status(struct dummy *d)
{
    int64_t fresh = get_n(d->status, "roster_fresh_at");
    bool ready = strcmp(get_s(d->status, "stage"), "ready") == 0;
    g_autoptr(GVariant) ringing = g_variant_ref_sink(pages_ringing(d));
    GVariant *s = g_variant_ref(d->status);

    doc_patch(&s,
              g_variant_new_parsed(
                  "{'heard_at': <%x>, 'roster_fresh_at': <%x>, 'open_pages': <%u>,"
                  " 'unanswered': <%u>, 'ringing': <%@aa{sv}>, 'rings': <%u>, 'home': <%s>,"
                  " 'version': <'dummy'>, 'pid': <%u>}",
                  heard(d), fresh ? fresh : now_ms(), ready ? pages_count(d, false) : 0,
                  ready ? pages_count(d, true) : 0, ringing, d->rings, d->home, (guint32)getpid()));
    return s;
}

static gboolean on_status(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    g_autoptr(GVariant) s = status(user);

    tba_agent_complete_status(o, inv, s);
    return TRUE;
}

static gboolean on_diagnostics(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    GVariant *s = status(user);

    doc_patch(&s, g_variant_new_parsed("{'resident_kib': <uint32 6144>,"
                                       " 'log': <['21:00:01 notice the relay was reached',"
                                       " '21:00:02 notice the roster is fresh']>}"));
    tba_agent_complete_diagnostics(o, inv, s);
    g_variant_unref(s);
    return TRUE;
}

static void set_stage(struct dummy *d, const char *stage)
{
    doc_patch(&d->status, g_variant_new_parsed("{'stage': <%s>}", stage));
    nudge(d, TOPIC_STATUS | TOPIC_PAGES | TOPIC_ROSTER);
}

static gboolean on_unlock(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *handle, gboolean remember, gpointer user)
{
    struct dummy *d = user;
    char typed[PASSPHRASE_MAX + 1] = "";
    gint32 index = g_variant_get_handle(handle);

    (void)remember;
    int fd = fds ? g_unix_fd_list_get(fds, index, NULL) : -1;
    ssize_t n = fd < 0 ? -1 : pread(fd, typed, PASSPHRASE_MAX, 0);
    if (fd >= 0)
        (void)close(fd);
    if (n < 0)
        return refuse(inv, "RANGE", "the passphrase could not be read");
    typed[strcspn(typed, "\n")] = '\0';
    if (strcmp(typed, get_s(d->scene, "passphrase")) != 0)
        return refuse(inv, "BADSIG", "wrong passphrase");
    set_stage(d, "ready");
    tba_agent_complete_unlock(o, inv, NULL);
    return TRUE;
}

static gboolean on_lock(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;

    if (!get_b(d->status, "protected"))
        return refuse(inv, "DENIED", "the profile has no passphrase");
    set_stage(d, "locked");
    tba_agent_complete_lock(o, inv);
    return TRUE;
}

static gboolean on_reconnect(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    nudge(user, TOPIC_STATUS);
    tba_agent_complete_reconnect(o, inv);
    return TRUE;
}

static gboolean on_privacy(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    const char *privacy = get_s(((struct dummy *)user)->status, "privacy");

    tba_agent_complete_privacy(o, inv, *privacy ? privacy : "id");
    return TRUE;
}

static gboolean on_privacy_set(TbaAgent *o, GDBusMethodInvocation *inv, const char *privacy,
                               gpointer user)
{
    static const char *const known[] = { "none", "id", "full", NULL };
    struct dummy *d = user;

    if (!g_strv_contains(known, privacy))
        return refuse(inv, "RANGE", "privacy is none, id or full");
    doc_patch(&d->status, g_variant_new_parsed("{'privacy': <%s>}", privacy));
    tba_agent_complete_privacy_set(o, inv);
    return TRUE;
}

/* ---- duty: the scene's first policy would be left alone, where it says so */

static gboolean on_duty(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;
    int64_t since = get_n(d->status, "duty_off_at");
    g_autoptr(GVariant) alone = get_v(d->scene, "alone");

    if (not_ready(d, inv))
        return TRUE;
    tba_agent_complete_duty(
        o, inv,
        g_variant_new_parsed("{'off': <%b>, 'since_at': <%x>, 'told': <true>, 'alone': %v}",
                             since != 0, since,
                             alone ? alone : g_variant_new_parsed("@aa{sv} []")));
    return TRUE;
}

static gboolean on_duty_set(TbaAgent *o, GDBusMethodInvocation *inv, gboolean off, gpointer user)
{
    struct dummy *d = user;

    if (not_ready(d, inv))
        return TRUE;
    doc_patch(&d->status, g_variant_new_parsed("{'duty_off_at': <%x>, 'duty_told': <true>}",
                                               off ? now_ms() : INT64_C(0)));
    nudge(d, TOPIC_STATUS | TOPIC_ROSTER);
    tba_agent_complete_duty_set(o, inv);
    return TRUE;
}

/* ---- enrolment */

static bool no_invite(GDBusMethodInvocation *inv, const char *invite)
{
    if (g_str_has_prefix(invite, "trucban:1:") && strlen(invite) > 20)
        return false;
    return refuse(inv, "TRUNCATED",
                  "this is not a whole invite; copy it again from 'trucban:1:' to its end");
}

static gboolean on_invite_peek(TbaAgent *o, GDBusMethodInvocation *inv, const char *invite,
                               gpointer user)
{
    struct dummy *d = user;

    if (no_invite(inv, invite))
        return TRUE;
    tba_agent_complete_invite_peek(
        o, inv,
        g_variant_new_parsed("{'account': <%s>, 'agency': <%s>, 'role': <%s>, 'relay': <%s>,"
                             " 'root': <%s>, 'expires_at': <%x>}",
                             get_s(d->me, "account"), get_s(d->me, "agency"), get_s(d->me, "role"),
                             get_s(d->status, "relay"), get_s(d->me, "root"),
                             d->start_ms + INT64_C(3) * 86400 * 1000));
    return TRUE;
}

static gboolean on_approved(gpointer user)
{
    set_stage(user, "ready");
    return G_SOURCE_REMOVE;
}

static gboolean on_enroll(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *request, GVariant *handles, gpointer user)
{
    struct dummy *d = user;
    int64_t wait = get_n(d->scene, "enrol_after_s");

    (void)fds;
    if (no_invite(inv, get_s(request, "invite")))
        return TRUE;
    if (!*get_s(request, "device"))
        return refuse(inv, "RANGE", "a device's name has 1 to 32 of a-z, 0-9 and '-'");
    doc_patch(&d->me, g_variant_new_parsed("{'device': <%s>, 'name': <%s>}",
                                           get_s(request, "device"), get_s(request, "name")));
    doc_patch(&d->status,
              g_variant_new_parsed("{'protected': <%b>}", g_variant_n_children(handles) > 0));
    set_stage(d, "enrolling");
    (void)g_timeout_add_seconds(wait ? (guint)wait : 3, on_approved, d);
    tba_agent_complete_enroll(o, inv, NULL);
    return TRUE;
}

static gboolean on_words(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;
    const char *words = get_s(d->scene, "words");

    if (strcmp(get_s(d->status, "stage"), "enrolling") != 0)
        return refuse(inv, "NOTFOUND", "no enrolment is under way");
    tba_agent_complete_enrol_words(
        o, inv, *words ? words : "tre xanh · lúa vàng · đò ngang · sen hồng · mây trắng · núi cao");
    return TRUE;
}

static gboolean on_whoami(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct dummy *d = user;

    if (!not_ready(d, inv))
        tba_agent_complete_whoami(o, inv, d->me);
    return TRUE;
}

void connect_profile(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-profile", G_CALLBACK(on_profile), d);
    (void)g_signal_connect(s, "handle-status", G_CALLBACK(on_status), d);
    (void)g_signal_connect(s, "handle-diagnostics", G_CALLBACK(on_diagnostics), d);
    (void)g_signal_connect(s, "handle-unlock", G_CALLBACK(on_unlock), d);
    (void)g_signal_connect(s, "handle-lock", G_CALLBACK(on_lock), d);
    (void)g_signal_connect(s, "handle-reconnect", G_CALLBACK(on_reconnect), d);
    (void)g_signal_connect(s, "handle-privacy", G_CALLBACK(on_privacy), d);
    (void)g_signal_connect(s, "handle-privacy-set", G_CALLBACK(on_privacy_set), d);
    (void)g_signal_connect(s, "handle-duty", G_CALLBACK(on_duty), d);
    (void)g_signal_connect(s, "handle-duty-set", G_CALLBACK(on_duty_set), d);
    (void)g_signal_connect(s, "handle-invite-peek", G_CALLBACK(on_invite_peek), d);
    (void)g_signal_connect(s, "handle-enroll", G_CALLBACK(on_enroll), d);
    (void)g_signal_connect(s, "handle-enrol-words", G_CALLBACK(on_words), d);
    (void)g_signal_connect(s, "handle-whoami", G_CALLBACK(on_whoami), d);
}
