/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe_body.c - the body of each kind of entry.  Nothing here has been verified:
 * every size is looked at, and emit_* hides what a terminal could act on. */
#include <stdio.h>
#include <string.h>

#include "keys/describe.h"
#include "keys/when.h"
#include "proto/page.h"
#include "proto/trust.h"

enum { LINE = 4096, LINES = 64 };

static void name_key(const ProtobufCBinaryData *key, char ret[static 17])
{
    tb_hex(key->data, key->len < 8 ? key->len : 8, ret);
}

static const char *role_name(uint32_t role)
{
    const char *name =
        (role & (role - 1)) == 0 && role != 0 ? tb_role_name((enum tb_role)role) : NULL;

    return name != NULL ? name : "unknown";
}

static void body_root(struct emit *e, const Tb__Root *m)
{
    char text[TB_CUSTODIANS_MAX][TB_PERSON_MAX + 32];
    const char *list[TB_CUSTODIANS_MAX];
    size_t n = m->n_custodian < TB_CUSTODIANS_MAX ? m->n_custodian : TB_CUSTODIANS_MAX;

    for (size_t i = 0; i < n; i++) {
        char key[17];
        name_key(&m->custodian[i]->key, key);
        (void)snprintf(text[i], sizeof text[i], "%s (%s)", m->custodian[i]->person, key);
        list[i] = text[i];
    }
    emit_text(e, N_("province"), m->province);
    emit_list(e, N_("custodians"), list, n);
    emit_number(e, N_("quorum"), m->quorum);
    emit_flag(e, N_("demo"), m->demo);
}

static void body_authority(struct emit *e, const Tb__Authority *m)
{
    char text[LINES][80];
    const char *list[LINES];
    size_t n = m->n_role_quorum < LINES ? m->n_role_quorum : LINES;

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(text[i], sizeof text[i], "%s=%u",
                       emit_word_of(e, role_name(m->role_quorum[i]->role)),
                       m->role_quorum[i]->quorum);
        list[i] = text[i];
    }
    emit_list(e, N_("registrars per grant"), list, n);
    n = m->n_gate < LINES ? m->n_gate : LINES;
    for (size_t i = 0; i < n; i++) {
        const char *step = m->gate[i]->step < TB_STEP_COUNT
                               ? tb_step_name((enum tb_step)m->gate[i]->step)
                               : "unknown";
        (void)snprintf(text[i], sizeof text[i], "%s=%u", step, m->gate[i]->level);
        list[i] = text[i];
    }
    emit_list(e, N_("gates"), list, n);
    emit_number(e, N_("policy quorum"), m->policy_quorum);
    emit_number(e, N_("revocation quorum"), m->revocation_quorum);
    emit_span(e, N_("freshness limit"), m->freshness_limit_ms);
    emit_span(e, N_("attestation period"), m->attestation_ms);
}

static void body_registrar(struct emit *e, const Tb__Registrar *m)
{
    const char *list[LINES];
    size_t n = m->n_role < LINES ? m->n_role : LINES;

    for (size_t i = 0; i < n; i++)
        list[i] = emit_word_of(e, role_name(m->role[i]));
    emit_text(e, N_("person"), m->person);
    emit_list(e, N_("roles"), list, n);
    emit_hex(e, N_("key"), m->key.data, m->key.len);
    emit_time(e, N_("from"), m->from_ms);
    emit_time(e, N_("until"), m->until_ms);
}

static void body_relay(struct emit *e, const Tb__RelayEntry *m)
{
    const char *list[LINES];
    size_t n = m->n_address < LINES ? m->n_address : LINES;

    for (size_t i = 0; i < n; i++)
        list[i] = m->address[i];
    emit_list(e, N_("addresses"), list, n);
    emit_hex(e, N_("key"), m->key.data, m->key.len);
    emit_hex(e, N_("tls pin"), m->tls_pin.data, m->tls_pin.len);
    if (m->tls_pin_next.len > 0)
        emit_hex(e, N_("next tls pin"), m->tls_pin_next.data, m->tls_pin_next.len);
}

static void body_freshness(struct emit *e, const Tb__FreshnessKey *m)
{
    emit_text(e, N_("holder"), m->holder);
    emit_hex(e, N_("key"), m->key.data, m->key.len);
    emit_time(e, N_("from"), m->from_ms);
    emit_time(e, N_("until"), m->until_ms);
}

static void body_credential(struct emit *e, const Tb__Credential *m)
{
    static const char *const vetted[] = { "none", "remote", "in-person" };
    char text[LINES][2 * TB_HASH_BYTES + 1];
    const char *list[LINES];
    size_t n = m->n_lifts < LINES ? m->n_lifts : LINES;

    emit_text(e, N_("account"), m->account);
    emit_text(e, N_("agency"), m->agency);
    emit_word(e, N_("role"), role_name(m->role));
    emit_text(e, N_("device"), m->device);
    emit_word(e, N_("vetted"), m->vetted <= TB_VETTED_IN_PERSON ? vetted[m->vetted] : "unknown");
    emit_time(e, N_("from"), m->from_ms);
    emit_time(e, N_("until"), m->until_ms);
    emit_hex(e, N_("device key"), m->sign_pk.data, m->sign_pk.len);
    if (m->invite_id.len > 0)
        emit_hex(e, N_("invite"), m->invite_id.data, m->invite_id.len < 8 ? m->invite_id.len : 8);
    for (size_t i = 0; i < n; i++) {
        size_t length = m->lifts[i].len < TB_HASH_BYTES ? m->lifts[i].len : TB_HASH_BYTES;
        tb_hex(m->lifts[i].data, length, text[i]);
        list[i] = text[i];
    }
    if (n > 0)
        emit_list(e, N_("lifts"), list, n);
}

static void body_removal(struct emit *e, const Tb__Removal *m)
{
    static const char *const reasons[] = { "unknown", "lost", "left", "compromised", "other" };

    if (m->account[0] != '\0')
        emit_text(e, N_("account"), m->account);
    if (m->cred.len > 0)
        emit_hex(e, N_("credential"), m->cred.data, m->cred.len);
    emit_text(e, N_("reason"), reasons[m->reason <= TB_REMOVAL_OTHER ? m->reason : 0]);
    emit_time(e, N_("suspect since"), m->suspect_since_ms);
}

static void body_attestation(struct emit *e, const Tb__Attestation *m)
{
    emit_number(e, N_("credentials"), (int64_t)m->n_cred);
    emit_time(e, N_("until"), m->until_ms);
}

static void put_tier(const Tb__PolicyTier *t, char ret[static LINE])
{
    size_t n = (size_t)snprintf(ret, LINE, "%u:", t->t);

    for (size_t i = 0; i < t->n_target && n < LINE; i++)
        n += (size_t)snprintf(ret + n, LINE - n, " %s", t->target[i]->id);
    if (n < LINE)
        (void)snprintf(ret + n, LINE - n, " wait %u repeat %u", t->wait_s, t->repeat_s);
}

static void body_policy(struct emit *e, const Tb__Policy *m)
{
    char text[TB_TIERS_MAX][LINE];
    const char *list[TB_TIERS_MAX];
    char classes[32] = "";
    size_t n = m->n_tier < TB_TIERS_MAX ? m->n_tier : TB_TIERS_MAX, used = 0;

    for (size_t i = 0; i < n; i++) {
        put_tier(m->tier[i], text[i]);
        list[i] = text[i];
    }
    for (size_t i = 0; i < m->n_page_class && used < sizeof classes; i++)
        used += (size_t)snprintf(classes + used, sizeof classes - used, i > 0 ? " %u" : "%u",
                                 m->page_class[i]);
    emit_text(e, N_("id"), m->id);
    emit_text(e, N_("name"), m->name);
    emit_text(e, N_("classes"), m->n_page_class > 0 ? classes : "1 2 3");
    emit_list(e, N_("tiers"), list, n);
}

static void body_epoch(struct emit *e, const Tb__SecretEpoch *m)
{
    emit_number(e, N_("epoch"), m->epoch);
    emit_hex(e, N_("commitment"), m->commit.data, m->commit.len);
}

static const ProtobufCMessageDescriptor *descriptor_of(uint32_t kind)
{
    static const ProtobufCMessageDescriptor *const bodies[] = {
        [TB_ENTRY_ROOT] = &tb__root__descriptor,
        [TB_ENTRY_AUTHORITY] = &tb__authority__descriptor,
        [TB_ENTRY_REGISTRAR] = &tb__registrar__descriptor,
        [TB_ENTRY_RELAY] = &tb__relay_entry__descriptor,
        [TB_ENTRY_FRESHNESS_KEY] = &tb__freshness_key__descriptor,
        [TB_ENTRY_CREDENTIAL] = &tb__credential__descriptor,
        [TB_ENTRY_SUSPENSION] = &tb__removal__descriptor,
        [TB_ENTRY_REVOCATION] = &tb__removal__descriptor,
        [TB_ENTRY_ATTESTATION] = &tb__attestation__descriptor,
        [TB_ENTRY_POLICY] = &tb__policy__descriptor,
        [TB_ENTRY_SECRET_EPOCH] = &tb__secret_epoch__descriptor,
    };

    return kind < sizeof bodies / sizeof *bodies ? bodies[kind] : NULL;
}

tb_result describe_body(struct emit *e, struct tb_arena *a, const Tb__RosterEntry *entry)
{
    const ProtobufCMessageDescriptor *type = descriptor_of(entry->kind);
    const void *m;
    tb_result r;

    if (type == NULL)
        return TB_E_RESERVED;
    if ((r = tb_unpack(a, type, tb_field_view(&entry->body), &m)) != TB_OK)
        return r;
    switch ((int)entry->kind) {
    case TB_ENTRY_ROOT:
        body_root(e, m);
        break;
    case TB_ENTRY_AUTHORITY:
        body_authority(e, m);
        break;
    case TB_ENTRY_REGISTRAR:
        body_registrar(e, m);
        break;
    case TB_ENTRY_RELAY:
        body_relay(e, m);
        break;
    case TB_ENTRY_FRESHNESS_KEY:
        body_freshness(e, m);
        break;
    case TB_ENTRY_CREDENTIAL:
        body_credential(e, m);
        break;
    case TB_ENTRY_SUSPENSION:
    case TB_ENTRY_REVOCATION:
        body_removal(e, m);
        break;
    case TB_ENTRY_ATTESTATION:
        body_attestation(e, m);
        break;
    case TB_ENTRY_POLICY:
        body_policy(e, m);
        break;
    case TB_ENTRY_SECRET_EPOCH:
        body_epoch(e, m);
        break;
    default:
        break;
    }
    return TB_OK;
}
