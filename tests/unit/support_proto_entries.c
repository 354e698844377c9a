/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_entries.c - see support_proto_entries.h. */
#include "support_proto_entries.h"

#include <string.h>

static const int64_t now = 1893456000000;
static char an[] = "an", chief[] = "Người giữ khóa A", deputy[] = "Người giữ khóa B";

static ProtobufCBinaryData hash(uint8_t tag)
{
    return sample_bytes(tag, TB_HASH_BYTES);
}
static ProtobufCBinaryData id(uint8_t tag)
{
    return sample_bytes(tag, TB_ID_BYTES);
}

static const ProtobufCMessage *root(void)
{
    static Tb__Root m;
    static Tb__Custodian c[2];
    static Tb__Custodian *list[] = { &c[0], &c[1] };
    static char province[] = "Tỉnh thử nghiệm";

    tb__root__init(&m);
    tb__custodian__init(&c[0]);
    tb__custodian__init(&c[1]);
    c[0].key = hash(0xc1);
    c[0].person = chief;
    c[1].key = hash(0xc2);
    c[1].person = deputy;
    m.province = province;
    m.n_custodian = 2;
    m.custodian = list;
    m.quorum = 2;
    m.demo = 1;
    m.suite = TB_SUITE;
    return &m.base;
}

static const ProtobufCMessage *authority(void)
{
    static Tb__Authority m;
    static Tb__RoleQuorum q;
    static Tb__RoleQuorum *quorums[] = { &q };
    static Tb__Gate g;
    static Tb__Gate *gates[] = { &g };
    static uint32_t steps[] = { 8, 13 };

    tb__authority__init(&m);
    tb__role_quorum__init(&q);
    tb__gate__init(&g);
    q.role = TB_ROLE_COORDINATOR;
    q.quorum = 2;
    g.step = 6;
    g.level = 2;
    m.n_role_quorum = 1;
    m.role_quorum = quorums;
    m.n_gate = 1;
    m.gate = gates;
    m.n_two_person_step = 2;
    m.two_person_step = steps;
    m.freshness_limit_ms = TB_FRESH_DEFAULT_MS;
    m.attestation_ms = 92 * INT64_C(86400000);
    m.policy_quorum = 2;
    m.revocation_quorum = 2;
    return &m.base;
}

static const ProtobufCMessage *registrar(void)
{
    static Tb__Registrar m;
    static uint32_t roles[] = { TB_ROLE_AGENCY, TB_ROLE_RESPONDER };

    tb__registrar__init(&m);
    m.key = hash(0xc3);
    m.person = chief;
    m.n_role = 2;
    m.role = roles;
    m.from_ms = now;
    m.until_ms = now + TB_CREDENTIAL_MAX_MS;
    return &m.base;
}

static const ProtobufCMessage *relay(void)
{
    static Tb__RelayEntry m;
    static char address[] = "relay.example.vn:8443";
    static char *addresses[] = { address };

    tb__relay_entry__init(&m);
    m.relay_id = id(0x61);
    m.key = hash(0xc4);
    m.tls_pin = hash(0xc5);
    m.tls_pin_next = hash(0xc6);
    m.n_address = 1;
    m.address = addresses;
    return &m.base;
}

static const ProtobufCMessage *freshness_key(void)
{
    static Tb__FreshnessKey m;

    tb__freshness_key__init(&m);
    m.key = hash(0xc7);
    m.holder = an;
    m.from_ms = now;
    m.until_ms = now + TB_CREDENTIAL_MAX_MS;
    return &m.base;
}

static const ProtobufCMessage *credential(void)
{
    static Tb__Credential m;
    static ProtobufCBinaryData lifts[1];
    static char agency[] = "doi-ung-cuu", device[] = "may-ban";

    tb__credential__init(&m);
    m.suite = TB_SUITE;
    m.account = an;
    m.agency = agency;
    m.role = TB_ROLE_RESPONDER;
    m.device = device;
    m.sign_pk = hash(0xc8);
    m.ident_pk = sample_bytes(5, TB_IDENT_PK_BYTES);
    m.box_pk = hash(0xc9);
    m.vetted = TB_VETTED_IN_PERSON;
    m.card_hash = hash(0xca);
    m.from_ms = now;
    m.until_ms = now + TB_CREDENTIAL_MAX_MS;
    m.invite_id = id(0x92);
    lifts[0] = hash(0xcb);
    m.n_lifts = 1;
    m.lifts = lifts;
    return &m.base;
}

static const ProtobufCMessage *removal(void)
{
    static Tb__Removal m;

    tb__removal__init(&m);
    m.account = an;
    m.cred = hash(0x23);
    m.reason = TB_REMOVAL_COMPROMISED;
    m.suspect_since_ms = now - 1000;
    return &m.base;
}

static const ProtobufCMessage *attestation(void)
{
    static Tb__Attestation m;
    static ProtobufCBinaryData creds[2];

    tb__attestation__init(&m);
    creds[0] = hash(0x23);
    creds[1] = hash(0x14);
    m.n_cred = 2;
    m.cred = creds;
    m.until_ms = now + 92 * INT64_C(86400000);
    return &m.base;
}

static const ProtobufCMessage *policy(void)
{
    static Tb__Policy m;
    static Tb__PolicyTier tier;
    static Tb__PolicyTier *tiers[] = { &tier };
    static Tb__Target target;
    static Tb__Target *targets[] = { &target };
    static uint32_t classes[] = { 1, 2 };
    static char policy_id[] = "dem", name[] = "Trực đêm";

    tb__policy__init(&m);
    tb__policy_tier__init(&tier);
    tb__target__init(&target);
    target.kind = TB_TARGET_ACCOUNT;
    target.id = an;
    tier.t = 1;
    tier.n_target = 1;
    tier.target = targets;
    tier.wait_s = 300;
    tier.repeat_s = 60;
    tier.quorum = 1;
    m.id = policy_id;
    m.name = name;
    m.n_tier = 1;
    m.tier = tiers;
    m.n_page_class = 2;
    m.page_class = classes;
    return &m.base;
}

static const ProtobufCMessage *secret_epoch(void)
{
    static Tb__SecretEpoch m;

    tb__secret_epoch__init(&m);
    m.epoch = 1;
    m.commit = hash(0xcc);
    return &m.base;
}

static const ProtobufCMessage *body_of(enum tb_entry_kind kind)
{
    switch (kind) {
    case TB_ENTRY_ROOT:
        return root();
    case TB_ENTRY_AUTHORITY:
        return authority();
    case TB_ENTRY_REGISTRAR:
        return registrar();
    case TB_ENTRY_RELAY:
        return relay();
    case TB_ENTRY_FRESHNESS_KEY:
        return freshness_key();
    case TB_ENTRY_CREDENTIAL:
        return credential();
    case TB_ENTRY_SUSPENSION:
    case TB_ENTRY_REVOCATION:
        return removal();
    case TB_ENTRY_ATTESTATION:
        return attestation();
    case TB_ENTRY_POLICY:
        return policy();
    case TB_ENTRY_SECRET_EPOCH:
        return secret_epoch();
    case TB_ENTRY_SCHEDULE:
        break;
    }
    return NULL;
}

Tb__RosterEntry *sample_entry(enum tb_entry_kind kind)
{
    static Tb__RosterEntry m;
    static Tb__Head head;
    static uint8_t packed[1024];
    const ProtobufCMessage *body = body_of(kind);

    if (!body || protobuf_c_message_get_packed_size(body) > sizeof packed)
        return NULL;
    tb__roster_entry__init(&m);
    m.suite = TB_SUITE;
    m.kind = (uint32_t)kind;
    m.subject = tb_field("subject", 7);
    m.signed_ms = now;
    m.append_by_ms = now + TB_APPEND_BY_MAX_MS;
    m.expires_ms = now + TB_CREDENTIAL_MAX_MS;
    m.body = tb_field(packed, protobuf_c_message_pack(body, packed));
    if (kind != TB_ENTRY_ROOT) {
        tb__head__init(&head);
        head.size = 40;
        head.hash = hash(0x41);
        m.based_on = &head;
        m.prev = hash(0xcd);
    }
    return &m;
}

/* ---- claims */

static Tb__Head *a_head(void)
{
    static Tb__Head m;

    tb__head__init(&m);
    m.size = 41;
    m.hash = hash(0x41);
    return &m;
}

static const ProtobufCMessage *auth(void)
{
    static Tb__AuthClaim m;

    tb__auth_claim__init(&m);
    m.nonce = hash(0xd1);
    m.exporter = hash(0xd2);
    m.relay_id = id(0x61);
    m.cred = hash(0x23);
    m.roster = a_head();
    m.time_ms = now;
    return &m.base;
}

static const ProtobufCMessage *auth_invite(void)
{
    static Tb__AuthInviteClaim m;

    tb__auth_invite_claim__init(&m);
    m.nonce = hash(0xd1);
    m.exporter = hash(0xd2);
    m.relay_id = id(0x61);
    m.ticket_hash = hash(0xd3);
    return &m.base;
}

static const ProtobufCMessage *auth_bell(void)
{
    static Tb__AuthBellClaim m;

    tb__auth_bell_claim__init(&m);
    m.nonce = hash(0xd1);
    m.exporter = hash(0xd2);
    m.relay_id = id(0x61);
    m.cred = hash(0x23);
    m.bell_pk = hash(0xd4);
    return &m.base;
}

static const ProtobufCMessage *bell(void)
{
    static Tb__BellDelegation m;

    tb__bell_delegation__init(&m);
    m.cred = hash(0x23);
    m.bell_pk = hash(0xd4);
    m.from_ms = now;
    m.until_ms = now + 7 * INT64_C(86400000);
    m.roster = a_head();
    return &m.base;
}

static const ProtobufCMessage *bell_rang(void)
{
    static Tb__BellRang m;

    tb__bell_rang__init(&m);
    m.cred = hash(0x23);
    m.page_id = id(0x11);
    m.release_hash = hash(0x24);
    m.time_ms = now;
    return &m.base;
}

static const ProtobufCMessage *freshness(void)
{
    static Tb__Freshness m;

    tb__freshness__init(&m);
    m.head = a_head();
    m.time_ms = now;
    return &m.base;
}

const ProtobufCMessage *sample_claim(enum tb_type type)
{
    if (type == TB_TYPE_FRESHNESS)
        return freshness();
    if (type == TB_TYPE_AUTH)
        return auth();
    if (type == TB_TYPE_AUTH_INVITE)
        return auth_invite();
    if (type == TB_TYPE_AUTH_BELL)
        return auth_bell();
    if (type == TB_TYPE_BELL)
        return bell();
    return type == TB_TYPE_BELL_RANG ? bell_rang() : NULL;
}
