/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_samples.c - see support_proto_samples.h. */
#include "support_proto_samples.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

const struct tb_hash sample_province = { { 0x51, 0x52, 0x53 } };

static const int64_t now = 1893456000000; /* 2030-01-01 */
static char agency[] = "so-y-te", an[] = "an", binh[] = "binh";
static char *accounts[] = { an, binh };
static Tb__Head head;

ProtobufCBinaryData sample_bytes(uint8_t tag, size_t n)
{
    static uint8_t pool[256][96];

    memset(pool[tag], tag, sizeof pool[tag]);
    return (ProtobufCBinaryData){ n, pool[tag] };
}

struct tb_sign_pair sample_pair(uint8_t n)
{
    struct tb_sign_pair p;
    struct tb_key seed = { { n } };

    tb_sign_pair_from_seed(&seed, &p);
    return p;
}

static ProtobufCBinaryData hash(uint8_t tag)
{
    return sample_bytes(tag, TB_HASH_BYTES);
}
static ProtobufCBinaryData id(uint8_t tag)
{
    return sample_bytes(tag, TB_ID_BYTES);
}

static Tb__Head *a_head(void)
{
    tb__head__init(&head);
    head.size = 41;
    head.hash = hash(0x41);
    return &head;
}

Tb__Header *sample_header(void)
{
    static Tb__Header h;
    static Tb__Target t[2];
    static Tb__Target *targets[2] = { &t[0], &t[1] };
    static Tb__HeaderTier tier[2];
    static Tb__HeaderTier *tiers[2] = { &tier[0], &tier[1] };

    tb__header__init(&h);
    for (uint32_t i = 0; i < 2; i++) {
        tb__target__init(&t[i]);
        t[i].kind = TB_TARGET_ACCOUNT;
        t[i].id = accounts[i];
        tb__header_tier__init(&tier[i]);
        tier[i].t = i + 1;
        tier[i].n_target = 1;
        tier[i].target = &targets[i];
        tier[i].share_commit = hash((uint8_t)(0x31 + i));
    }
    h.suite = TB_SUITE;
    h.type = TB_MSG_REPORT;
    h.msg_id = id(0x11);
    h.incident_id = id(0x12);
    h.entry_no = 1;
    h.member_epoch = 3;
    h.prev_seen = hash(0x13);
    h.sender_cred = hash(0x14);
    h.roster = a_head();
    h.page_class = 1;
    h.drill = 1;
    h.policy_hash = hash(0x15);
    h.n_tier = 2;
    h.tier = tiers;
    h.recipients_hash = hash(0x16);
    h.body_hash = hash(0x17);
    h.kc = hash(0x18);
    h.padded_len = 4096;
    h.created_ms = now;
    h.expires_ms = now + TB_PAGE_TTL_MS;
    h.tlp = TB_TLP_AMBER_STRICT;
    return &h;
}

Tb__Act *sample_act(void)
{
    static Tb__Act m;

    tb__act__init(&m);
    m.suite = TB_SUITE;
    m.kind = TB_ACT_ACCEPT;
    m.act_id = id(0x21);
    m.page_id = id(0x11);
    m.header_hash = hash(0x22);
    m.incident_id = id(0x12);
    m.member_epoch = 3;
    m.actor_cred = hash(0x23);
    m.account = an;
    m.round = 2;
    m.release_hash = hash(0x24);
    m.t = 1;
    m.era = 5;
    m.refers_to = hash(0x25);
    m.eta_min = 10;
    m.level = 2;
    m.evidence = TB_EVIDENCE_VETTED;
    m.override_gate = 1;
    m.drill = 1;
    m.time_ms = now;
    m.act_no = 7;
    m.prev_act_hash = hash(0x26);
    m.roster = a_head();
    m.detail_hash = hash(0x27);
    m.detail_kc = hash(0x28);
    return &m;
}

Tb__Release *sample_release(void)
{
    static Tb__Release m;

    tb__release__init(&m);
    m.relay_id = id(0x61);
    m.era = 5;
    m.page_id = id(0x11);
    m.header_hash = hash(0x22);
    m.release_no = 3;
    m.prev_release_hash = hash(0x62);
    m.round = 2;
    m.loop = 1;
    m.t = 1;
    m.step = TB_RELEASE_TIER;
    m.policy_hash = hash(0x15);
    m.schedule_hash = hash(0);
    m.n_account = 2;
    m.account = accounts;
    m.nonce = id(0x63);
    m.time_ms = now;
    return &m;
}

Tb__RelayReceipt *sample_relay_receipt(void)
{
    static Tb__RelayReceipt m;

    tb__relay_receipt__init(&m);
    m.kind = TB_RELAYED_PAGE;
    m.relay_id = id(0x61);
    m.era = 5;
    m.time_ms = now;
    m.page_id = id(0x11);
    m.header_hash = hash(0x22);
    m.capsules = 4;
    m.copies = 1;
    return &m;
}

Tb__RelayReceipt *sample_inclusion(void)
{
    static Tb__RelayReceipt m;

    tb__relay_receipt__init(&m);
    m.kind = TB_RELAYED_ENTRY;
    m.relay_id = id(0x61);
    m.era = 5;
    m.time_ms = now;
    m.entry_hash = hash(0x64);
    m.position = 40;
    m.head = a_head();
    return &m;
}

Tb__Receipt *sample_receipt(void)
{
    static Tb__Receipt m;

    tb__receipt__init(&m);
    m.kind = TB_RECEIPT_CAPSULE_BAD;
    m.page_id = id(0x11);
    m.header_hash = hash(0x22);
    m.cred = hash(0x23);
    m.release_hash = hash(0);
    m.need_epoch = 2;
    m.have_epoch = 1;
    m.error = TB_E_UNREADABLE;
    m.time_ms = now;
    return &m;
}

/* A libsignal public key: type byte and X25519 point. */
static ProtobufCBinaryData prekey(size_t i)
{
    static uint8_t pool[4][TB_IDENT_PK_BYTES];
    uint8_t sk[TB_KEY_BYTES] = { (uint8_t)(i + 1) };

    pool[i][0] = 5;
    (void)crypto_scalarmult_base(pool[i] + 1, sk);
    return (ProtobufCBinaryData){ TB_IDENT_PK_BYTES, pool[i] };
}

Tb__Prekeys *sample_prekeys(void)
{
    static Tb__Prekeys m;
    static Tb__PrekeyKey k[3];
    static Tb__PrekeyKey *one_time[] = { &k[1], &k[2] };

    tb__prekeys__init(&m);
    for (uint32_t i = 0; i < 3; i++) {
        tb__prekey_key__init(&k[i]);
        k[i].id = 100 + i;
        k[i].key = prekey(i);
    }
    m.cred = hash(0x23);
    m.registration_id = 1234;
    m.signed_key = &k[0];
    m.signed_sig = sample_bytes(0x71, TB_SIG_BYTES);
    m.n_one_time = 2;
    m.one_time = one_time;
    m.secret_epoch = 1;
    m.time_ms = now;
    return &m;
}

Tb__Reset *sample_reset(void)
{
    static Tb__Reset m;

    tb__reset__init(&m);
    m.from_cred = hash(0x23);
    m.to_cred = hash(0x14);
    m.number = 2;
    m.reason = 1;
    m.time_ms = now;
    return &m;
}

Tb__Duty *sample_duty(void)
{
    static Tb__Duty m;

    tb__duty__init(&m);
    m.suite = TB_SUITE;
    m.cred = hash(0x14);
    m.off = true;
    m.at_ms = now;
    m.number = 3;
    return &m;
}

Tb__Content *sample_content(void)
{
    static Tb__Content c;
    static Tb__Report p;
    static Tb__AffectedSystem system;
    static Tb__InlineFile file;
    static Tb__InlineFile *files[] = { &file };
    static char kind[] = "ATT-06", title[] = "Máy chủ hồ sơ bị mã hóa",
                text[] = "Lúc 03:12:\n\tba máy.", name[] = "Hồ sơ bệnh án", address[] = "192.0.2.7",
                file_name[] = "nhật ký.log";

    tb__content__init(&c);
    tb__report__init(&p);
    tb__affected_system__init(&system);
    tb__inline_file__init(&file);
    system.name = name;
    system.level = 3;
    system.address = address;
    file.name = file_name;
    file.data = sample_bytes(0x81, 90);
    p.kind = kind;
    p.title = title;
    p.text = text;
    p.detected_ms = now - 600000;
    p.system = &system;
    p.n_file = 1;
    p.file = files;
    p.no_state_secret = 1;
    c.report = &p;
    return &c;
}

Tb__Card *sample_card(void)
{
    static Tb__Card c;
    static char name[] = "Nguyễn Thị An", rank[] = "Đại úy", position[] = "Trực ban",
                unit[] = "Đội ứng cứu", phone[] = "0000 000 000", email[] = "an@example.vn";

    tb__card__init(&c);
    c.name = name;
    c.rank = rank;
    c.position = position;
    c.unit = unit;
    c.phone = phone;
    c.email = email;
    return &c;
}

struct tb_buf sample_pack(const ProtobufCMessage *m)
{
    struct tb_buf b = { 0 };

    if (tb_pack(m, &b) != TB_OK)
        assert(!"a sample packs");
    return b;
}

/* ---- enrolment */

static void sign_ticket(struct tb_invite *i)
{
    struct tb_sign_pair registrar = sample_pair(9);
    Tb__Ticket t;

    tb__ticket__init(&t);
    t.invite_id = tb_field(i->invite_id.b, TB_ID_BYTES);
    t.admit_pk = tb_field(i->admit_pk, TB_KEY_BYTES);
    t.account = i->account;
    t.agency = i->agency;
    t.role = (uint32_t)i->role;
    t.expires_ms = i->expires_ms;
    TB_CLEANUP(tb_buf_done) struct tb_buf payload = sample_pack(&t.base);
    i->ticket_hash = tb_ticket_hash(tb_buf_view(&payload));
    if (tb_signed_make(TB_TYPE_ADMIT, &i->roster_id, &t.base, &registrar, &i->ticket_signed) !=
        TB_OK)
        assert(!"a ticket signs");
}

void sample_invite(struct tb_invite *ret, struct tb_invite_keys *ret_keys)
{
    struct tb_invite i = {
        .address = { "relay.example.vn:8443", "[2001:db8::1]:443" },
        .n_addresses = 2,
        .tls_pin = tb_hash_from(hash(0x91).data),
        .roster_id = sample_province,
        .roster_size = 41,
        .roster_head = tb_hash_from(hash(0x41).data),
        .invite_id = tb_id_from(id(0x92).data),
        .role = TB_ROLE_RESPONDER,
        .expires_ms = now + TB_INVITE_MAX_MS,
    };

    memset(i.secret, 0x93, sizeof i.secret);
    memcpy(i.account, an, sizeof an);
    memcpy(i.agency, agency, sizeof agency);
    tb_invite_keys_of(&i, ret_keys);
    memcpy(i.admit_pk, ret_keys->admit.pk, TB_KEY_BYTES);
    sign_ticket(&i);
    *ret = i;
}

struct tb_key sample_box_sk(void)
{
    return (struct tb_key){ { 0xa1 } };
}

void sample_request(struct tb_request *ret)
{
    struct tb_request q = { .account = "an", .device = "may-ban", .card_salt = { { 0xa2 } } };
    struct tb_sign_pair device = sample_pair(5);
    struct tb_key box = sample_box_sk();

    memcpy(q.sign_pk, device.pk, sizeof q.sign_pk);
    memcpy(q.ident_pk, prekey(3).data, sizeof q.ident_pk);
    (void)crypto_scalarmult_base(q.box_pk, box.b);
    q.card = sample_pack(&sample_card()->base);
    *ret = q;
}
