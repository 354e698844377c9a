/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_parcel.c - what goes in and out as parcels: the log, requests, policies, signatures. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"
#include "client/agent/fdio.h"
#include "proto/parcel.h"
#include "proto/text.h"

/* An invocation that waits for the relay, and where its data goes. */
struct waiting {
    GDBusMethodInvocation *inv;
    int out; /* -1: nothing comes */
};

static void on_done(void *user, tb_result r, const char *text, struct tb_view data)
{
    struct waiting *w = user;

    if (r == TB_OK && w->out >= 0)
        r = fd_write(w->out, data);
    if (r != TB_OK)
        (void)api_fail(w->inv, r, text);
    else
        g_dbus_method_invocation_return_value_with_unix_fd_list(
            w->inv, g_variant_new("(s)", text ? text : ""), NULL);
    tb_closep(&w->out);
    g_free(w);
}

/* Takes `out`. */
static struct waiting *wait_for(GDBusMethodInvocation *inv, int out)
{
    struct waiting *w = g_new0(struct waiting, 1);

    *w = (struct waiting){ .inv = inv, .out = out };
    return w;
}

/* The core took the request, or refused it at once. */
static gboolean started(tb_result r, struct waiting *w)
{
    const char *why =
        r == TB_E_DENIED ? "Only a coordinator or registrar fetches requests and brings approvals: "
                           "have one of them do it, or whoever runs the relay ('trucban-relay "
                           "requests' and 'import')."
                         : NULL;

    if (r != TB_OK)
        on_done(w, r, why, tb_view_of(NULL, 0));
    return TRUE;
}

/* Puts what was made into the frontend's descriptor. */
static tb_result deliver(GUnixFDList *fds, GVariant *handle, const struct tb_buf *data)
{
    TB_CLEANUP(tb_closep) int fd = api_fd(fds, handle);
    return fd < 0 ? TB_E_RANGE : fd_write(fd, tb_buf_view(data));
}

static gboolean on_roster_export(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                                 GVariant *out, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };

    tb_result r = tbc_roster_export(a->core, &parcel);
    if (r == TB_OK)
        r = deliver(fds, out, &parcel);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_roster_export(o, inv, NULL);
    return TRUE;
}

static gboolean on_freshness_key(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                                 GVariant *out, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };

    tb_result r = tbc_freshness_key(a->core, &parcel);
    if (r == TB_OK)
        r = deliver(fds, out, &parcel);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_freshness_key(o, inv, NULL);
    return TRUE;
}

static tb_result read_parcel(GUnixFDList *fds, GVariant *handle, struct tb_buf *ret)
{
    TB_CLEANUP(tb_closep) int fd = api_fd(fds, handle);
    return fd < 0 ? TB_E_RANGE : fd_read(fd, TB_PARCEL_MAX, ret);
}

static gboolean on_roster_publish(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                                  GVariant *handle, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };

    (void)o;
    tb_result r = read_parcel(fds, handle, &parcel);
    if (r != TB_OK)
        return api_fail(inv, r, "the parcel could not be read");
    struct waiting *w = wait_for(inv, -1);
    return started(tbc_roster_publish(a->core, tb_buf_view(&parcel), on_done, w), w);
}

static gboolean on_enrol_requests(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                                  GVariant *handle, gpointer user)
{
    struct agent *a = user;
    int out = api_fd(fds, handle);

    (void)o;
    if (out < 0)
        return api_fail(inv, TB_E_RANGE, "no descriptor to write to");
    struct waiting *w = wait_for(inv, out);
    return started(tbc_enrol_requests(a->core, on_done, w), w);
}

static gboolean on_policy_make(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                               GVariant *doc, GVariant *out, gpointer user)
{
    struct agent *a = user;
    g_autofree struct tb_policy *policy = g_new0(struct tb_policy, 1);
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };
    struct tbc_why why = { "" };
    gsize n_classes = 0;

    g_autoptr(GVariant) list = g_variant_lookup_value(doc, "classes", G_VARIANT_TYPE("au"));
    const uint32_t *classes =
        list ? g_variant_get_fixed_array(list, &n_classes, sizeof *classes) : NULL;
    tb_result r = doc_read_policy(doc, policy);
    if (r != TB_OK)
        return api_fail(inv, r, "the policy needs id, name and tiers with accounts");
    r = tbc_policy_make(a->core, policy, classes, n_classes, &parcel, &why);
    if (r == TB_OK)
        r = deliver(fds, out, &parcel);
    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tba_agent_complete_policy_make(o, inv, NULL);
    return TRUE;
}

static gboolean on_cosign(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *fds,
                          GVariant *handle, GVariant *out, gpointer user)
{
    struct agent *a = user;
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf signed_parcel = { 0 };
    struct tbc_why why = { "" };

    tb_result r = read_parcel(fds, handle, &parcel);
    if (r != TB_OK)
        return api_fail(inv, r, "the parcel could not be read");
    r = tbc_roster_cosign(a->core, tb_buf_view(&parcel), &signed_parcel, &why);
    if (r == TB_OK)
        r = deliver(fds, out, &signed_parcel);
    if (r != TB_OK)
        return api_refuse(a, inv, r, why.text);
    tba_agent_complete_cosign(o, inv, NULL);
    return TRUE;
}

void api_connect_parcel(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-roster-export", G_CALLBACK(on_roster_export), a);
    (void)g_signal_connect(s, "handle-freshness-key", G_CALLBACK(on_freshness_key), a);
    (void)g_signal_connect(s, "handle-roster-publish", G_CALLBACK(on_roster_publish), a);
    (void)g_signal_connect(s, "handle-enrol-requests", G_CALLBACK(on_enrol_requests), a);
    (void)g_signal_connect(s, "handle-policy-make", G_CALLBACK(on_policy_make), a);
    (void)g_signal_connect(s, "handle-cosign", G_CALLBACK(on_cosign), a);
}
