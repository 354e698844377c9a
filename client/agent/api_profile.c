/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_profile.c - state, unlocking, enrolment. */
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "client/agent/alarm_text.h"
#include "client/agent/api.h"
#include "client/agent/doc.h"
#include "client/agent/fdio.h"
#include "client/agent/log.h"
#include "client/agent/secret.h"
#include "client/agent/settings.h"
#include "client/agent/waking.h"
#include "client/api/build.h"
#include "client/api/profile.h"
#include "proto/text.h"

static gboolean on_profile(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;

    tba_agent_complete_profile(o, inv, a->home, TB_VERSION, TBA_API);
    return TRUE;
}

static GVariant *doc_ringing(const struct ringer *r)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < r->n; i++) {
        GVariantBuilder b;
        doc_begin(&b);
        doc_id(&b, "page", &r->item[i].page);
        doc_s(&b, "why", alarm_why_name(r->item[i].why));
        doc_u(&b, "class", r->item[i].page_class);
        doc_b(&b, "drill", r->item[i].drill);
        doc_u(&b, "rings", r->item[i].rings);
        doc_at(&b, "since_at", r->item[i].since_ms);
        g_variant_builder_add_value(&list, g_variant_builder_end(&b));
    }
    return g_variant_builder_end(&list);
}

static void put_core(GVariantBuilder *b, const struct tbc_status *s)
{
    doc_s(b, "stage", doc_stage_name(s->stage));
    doc_s(b, "online", doc_online_name(s->online));
    doc_s(b, "relay", s->relay);
    doc_s(b, "last_error", s->last_error);
    doc_at(b, "heard_at", s->heard_ms);
    doc_at(b, "next_try_at", s->next_try_ms);
    doc_i(b, "relay_skew_ms", s->relay_skew_ms);
    doc_t(b, "roster_size", s->roster_size);
    doc_at(b, "roster_fresh_at", s->roster_fresh_ms);
    doc_b(b, "roster_stale", s->roster_stale);
    doc_b(b, "roster_alarm", s->roster_alarm);
    doc_s(b, "roster_alarm_text", s->roster_alarm_text);
    doc_s(b, "relay_alarm_text", s->relay_alarm_text);
    doc_u(b, "damaged", s->damaged);
    doc_u(b, "outbox", s->outbox);
    doc_u(b, "prekeys_left", s->prekeys_left);
    doc_u(b, "secret_epoch", s->secret_epoch);
    doc_b(b, "demo", s->demo);
    doc_u(b, "open_pages", s->open_pages);
    doc_u(b, "unanswered", s->unanswered);
    doc_u(b, "nobody", s->nobody);
    doc_u(b, "sessions_missing", s->sessions_missing);
    doc_s(b, "signer", doc_signer_name(s->signer));
    doc_at(b, "duty_off_at", s->duty_off_ms);
    doc_b(b, "duty_told", s->duty_told);
    doc_b(b, "invite_refused", s->invite_refused);
}

static void put_status(GVariantBuilder *b, struct agent *a)
{
    struct tbc_status s;

    tbc_status(a->core, &s);
    put_core(b, &s);
    waking_put(a->waking, b);
    bool open = s.stage == TBC_READY || s.stage == TBC_ENROLLING;
    doc_b(b, "protected", tbc_is_protected(a->core));
    doc_s(b, "unlocked_by", open ? a->unlocked_by : "none");
    doc_s(b, "bell", sound_bell_name(alarm_bell(a->alarm)));
    doc_s(b, "notifications", notify_state_name(alarm_notify(a->alarm)));
    doc_v(b, "ringing", doc_ringing(alarm_ringer(a->alarm)));
    doc_u(b, "rings", alarm_ringer(a->alarm)->rings);
    doc_s(b, "home", a->home);
    doc_s(b, "version", TB_VERSION);
    doc_u(b, "pid", (uint32_t)getpid());
}

static gboolean on_status(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    GVariantBuilder b;

    doc_begin(&b);
    put_status(&b, user);
    tba_agent_complete_status(o, inv, g_variant_builder_end(&b));
    return TRUE;
}

/* Resident memory in KiB; 0 if the kernel does not say. */
static uint32_t resident_kib(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (!f)
        return 0;
    int n = fscanf(f, "%lu %lu", &total, &resident);
    (void)fclose(f); /* only read */
    return n == 2 ? (uint32_t)(resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024) : 0;
}

static gboolean on_diagnostics(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    GVariantBuilder b;
    g_auto(GStrv) lines = log_newest();

    doc_begin(&b);
    put_status(&b, user);
    doc_u(&b, "resident_kib", resident_kib());
    doc_strv(&b, "log", (const char *const *)lines);
    tba_agent_complete_diagnostics(o, inv, g_variant_builder_end(&b));
    return TRUE;
}

static gboolean on_unlock(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *passphrase, gboolean remember, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_closep) int fd = api_fd(fds, passphrase);
    TB_CLEANUP(tb_buf_wipe) struct tb_buf pass = { 0 };

    tb_result r = fd < 0 ? TB_E_RANGE : fd_read_passphrase(fd, &pass);
    if (r != TB_OK)
        return api_fail(inv, r, "the passphrase could not be read");
    r = agent_unlock(a, tb_buf_view(&pass), "passphrase");
    if (r == TB_E_BADSIG)
        return api_fail(inv, r, "wrong passphrase");
    if (r != TB_OK)
        return api_fail(inv, r, NULL);
    if (remember)
        secret_remember(a->secret, tb_buf_view(&pass));
    tba_agent_complete_unlock(o, inv, NULL);
    return TRUE;
}

static gboolean on_lock(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    tb_result r = tbc_lock(a->core);

    if (r != TB_OK)
        return api_fail(inv, r, NULL);
    a->unlocked_by = "none";
    tba_agent_complete_lock(o, inv);
    return TRUE;
}

static gboolean on_reconnect(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;

    tbc_reconnect(a->core);
    tba_agent_complete_reconnect(o, inv);
    return TRUE;
}

static gboolean on_privacy(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    const struct agent *a = user;

    tba_agent_complete_privacy(o, inv, privacy_name(settings_privacy(a->home)));
    return TRUE;
}

static gboolean on_privacy_set(TbaAgent *o, GDBusMethodInvocation *inv, const char *name,
                               gpointer user)
{
    const struct agent *a = user;
    enum privacy p = PRIVACY_ID;
    g_autofree char *why = NULL;

    if (!privacy_of(name, &p))
        return api_fail(inv, TB_E_RANGE, "notifications say none, id or full");
    if (!settings_set_privacy(a->home, p, &why))
        return api_fail(inv, TB_E_IO, why);
    tba_agent_complete_privacy_set(o, inv);
    return TRUE;
}

/* Why an identity stands in the way, and what whoever has it does next. */
static const char *why_not_twice(struct agent *a)
{
    struct tbc_status s;

    tbc_status(a->core, &s);
    if (s.stage == TBC_ENROLLING)
        return "this profile has sent its request already and waits for the registrar: `trucban "
               "status` shows the six words and whether it is approved";
    return "this profile already has an identity (`trucban whoami`): for another one choose "
           "another --home";
}

static const char *why_no_invite(tb_result r)
{
    switch ((int)r) {
    case TB_E_TRUNCATED:
        return "this is not a whole invite; copy it again from 'trucban:1:' to its end";
    case TB_E_EXPIRED:
        return "the invite has expired; ask the registrar for a new one";
    default:
        return NULL;
    }
}

static gboolean on_invite_peek(TbaAgent *o, GDBusMethodInvocation *inv, const char *invite,
                               gpointer user)
{
    TB_CLEANUP(tb_invite_done) struct tb_invite i = { 0 };
    tb_result r = tbc_invite_peek(invite, &i);

    (void)user;
    if (r != TB_OK)
        return api_fail(inv, r, why_no_invite(r));
    tba_agent_complete_invite_peek(o, inv, doc_invite(&i));
    return TRUE;
}

/* At most one descriptor: the passphrase. */
static tb_result read_passphrase(GUnixFDList *fds, GVariant *handles, struct tb_buf *ret)
{
    if (g_variant_n_children(handles) == 0)
        return TB_OK;
    g_autoptr(GVariant) handle = g_variant_get_child_value(handles, 0);
    TB_CLEANUP(tb_closep) int fd = api_fd(fds, handle);
    return fd < 0 ? TB_E_RANGE : fd_read_passphrase(fd, ret);
}

/* In the interface 0 is the usual cost, then enum vault_cost from 1 on. */
static int cost_of(GVariant *request)
{
    enum { MODERATE = 2 };
    uint32_t cost = doc_get_u(request, "cost");

    return cost >= 1 && cost <= MODERATE + 1 ? (int)cost - 1 : MODERATE;
}

static gboolean on_enroll(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *request, GVariant *handles, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf pass = { 0 };

    tb_result r = read_passphrase(fds, handles, &pass);
    if (r != TB_OK)
        return api_fail(inv, r, "the passphrase could not be read");
    const char *invite = doc_get_s(request, "invite");
    struct tbc_enrol e = {
        .invite = invite ? invite : "",
        .device = doc_get_s(request, "device"),
        .card = { .name = doc_get_s(request, "name"),
                  .rank = doc_get_s(request, "rank"),
                  .position = doc_get_s(request, "position"),
                  .unit = doc_get_s(request, "unit"),
                  .phone = doc_get_s(request, "phone"),
                  .email = doc_get_s(request, "email") },
        .passphrase = tb_buf_view(&pass),
        .cost = cost_of(request),
    };
    if (!e.device || tb_name_check(e.device) != TB_OK)
        return api_fail(inv, TB_E_RANGE, "a device's name has 1 to 32 of a-z, 0-9 and '-'");
    r = tbc_enrol(a->core, &e);
    if (r != TB_OK)
        return api_fail(inv, r, r == TB_E_CONFLICT ? why_not_twice(a) : why_no_invite(r));
    a->unlocked_by = pass.n > 0 ? "passphrase" : "none";
    tba_agent_complete_enroll(o, inv, NULL);
    return TRUE;
}

static gboolean on_enrol_words(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    char words[160];
    tb_result r = tbc_enrol_words(a->core, words);

    if (r != TB_OK)
        return api_fail(inv, r, r == TB_E_NOTFOUND ? "no enrolment is under way" : NULL);
    tba_agent_complete_enrol_words(o, inv, words);
    return TRUE;
}

static gboolean on_whoami(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    struct tbc_whoami w;
    tb_result r = tbc_whoami(a->core, &w);

    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_whoami(o, inv, doc_whoami(&w));
    return TRUE;
}

void api_connect_profile(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-profile", G_CALLBACK(on_profile), a);
    (void)g_signal_connect(s, "handle-status", G_CALLBACK(on_status), a);
    (void)g_signal_connect(s, "handle-diagnostics", G_CALLBACK(on_diagnostics), a);
    (void)g_signal_connect(s, "handle-unlock", G_CALLBACK(on_unlock), a);
    (void)g_signal_connect(s, "handle-lock", G_CALLBACK(on_lock), a);
    (void)g_signal_connect(s, "handle-reconnect", G_CALLBACK(on_reconnect), a);
    (void)g_signal_connect(s, "handle-privacy", G_CALLBACK(on_privacy), a);
    (void)g_signal_connect(s, "handle-privacy-set", G_CALLBACK(on_privacy_set), a);
    (void)g_signal_connect(s, "handle-invite-peek", G_CALLBACK(on_invite_peek), a);
    (void)g_signal_connect(s, "handle-enroll", G_CALLBACK(on_enroll), a);
    (void)g_signal_connect(s, "handle-enrol-words", G_CALLBACK(on_enrol_words), a);
    (void)g_signal_connect(s, "handle-whoami", G_CALLBACK(on_whoami), a);
}
