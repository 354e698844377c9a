/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc_people.c - identities, contacts, invites and policies as documents. */
#include "client/agent/doc.h"

const char *doc_stage_name(enum tbc_stage s)
{
    switch (s) {
    case TBC_NONE:
        return "none";
    case TBC_LOCKED:
        return "locked";
    case TBC_ENROLLING:
        return "enrolling";
    case TBC_READY:
        return "ready";
    }
    return "unknown";
}

const char *doc_signer_name(enum tbc_signer s)
{
    switch (s) {
    case TBC_SIGNER_NONE:
        return "none";
    case TBC_SIGNER_ASKED:
        return "asked";
    case TBC_SIGNER_ENDED:
        return "ended";
    case TBC_SIGNER_READY:
        return "ready";
    case TBC_SIGNER_ALARM:
        return "alarm";
    case TBC_SIGNER_CLOCK:
        return "clock";
    case TBC_SIGNER_REMOVAL:
        return "removal";
    }
    return "none";
}

GVariant *doc_witness(const struct tbc_witness *w)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "holder", w->holder);
    doc_at(&b, "signed_at", w->signed_ms);
    doc_at(&b, "until_at", w->until_ms);
    doc_t(&b, "size", w->size);
    doc_b(&b, "here", w->here);
    return g_variant_builder_end(&b);
}

static GVariant *doc_alone(const struct tbc_alone *a)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "policy", a->policy);
    doc_u(&b, "tier", a->t);
    return g_variant_builder_end(&b);
}

GVariant *doc_duty(const struct tbc_duty *d)
{
    GVariantBuilder b, list;

    doc_begin(&b);
    doc_b(&b, "off", d->off);
    doc_at(&b, "since_at", d->at_ms);
    doc_b(&b, "told", d->told);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < d->n_alone; i++)
        g_variant_builder_add_value(&list, doc_alone(&d->alone[i]));
    doc_v(&b, "alone", g_variant_builder_end(&list));
    return g_variant_builder_end(&b);
}

const char *doc_online_name(enum tbc_online o)
{
    switch (o) {
    case TBC_OFFLINE:
        return "offline";
    case TBC_CONNECTING:
        return "connecting";
    case TBC_ONLINE:
        return "online";
    }
    return "unknown";
}

GVariant *doc_whoami(const struct tbc_whoami *w)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "account", w->account);
    doc_s(&b, "agency", w->agency);
    doc_s(&b, "device", w->device);
    doc_s(&b, "role", tb_role_name(w->role));
    doc_hash(&b, "cred", &w->cred);
    doc_at(&b, "until_at", w->until_ms);
    doc_trust(&b, "", &w->trust);
    doc_s(&b, "fingerprint", w->fingerprint);
    doc_s(&b, "name", w->card_name);
    doc_s(&b, "province", w->province);
    doc_s(&b, "root", w->root);
    return g_variant_builder_end(&b);
}

GVariant *doc_contact(const struct tbc_contact *c)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "account", c->account);
    doc_s(&b, "agency", c->agency);
    doc_s(&b, "role", tb_role_name(c->role));
    doc_s(&b, "name", c->name);
    doc_s(&b, "rank", c->rank);
    doc_s(&b, "position", c->position);
    doc_s(&b, "unit", c->unit);
    doc_s(&b, "phone", c->phone);
    doc_s(&b, "email", c->email);
    doc_u(&b, "devices", c->devices);
    doc_trust(&b, "", &c->trust);
    doc_b(&b, "compared", c->compared);
    doc_b(&b, "key_changed", c->key_changed);
    doc_at(&b, "compared_at", c->compared_ms);
    doc_at(&b, "duty_off_at", c->duty_off_ms);
    return g_variant_builder_end(&b);
}

GVariant *doc_invite(const struct tb_invite *i)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "account", i->account);
    doc_s(&b, "agency", i->agency);
    doc_s(&b, "role", tb_role_name(i->role));
    doc_s(&b, "relay", i->n_addresses > 0 ? i->address[0] : "");
    doc_hash(&b, "root", &i->roster_id);
    doc_at(&b, "expires_at", i->expires_ms);
    return g_variant_builder_end(&b);
}

static GVariant *doc_tier(const struct tb_policy_tier *t, uint32_t number)
{
    GVariantBuilder b;
    const char *accounts[TB_TARGETS_MAX + 1] = { NULL };

    for (size_t i = 0; i < t->n_targets && i < TB_TARGETS_MAX; i++)
        accounts[i] = t->account[i];
    doc_begin(&b);
    doc_u(&b, "t", number);
    doc_strv(&b, "accounts", accounts);
    doc_u(&b, "wait_s", t->wait_s);
    doc_u(&b, "repeat_s", t->repeat_s);
    return g_variant_builder_end(&b);
}

GVariant *doc_policy(const struct tb_policy *p, const uint32_t *classes, size_t n_classes)
{
    GVariantBuilder b, tiers;

    doc_begin(&b);
    doc_s(&b, "id", p->id);
    doc_s(&b, "name", p->name);
    doc_hash(&b, "hash", &p->hash);
    doc_v(&b, "classes",
          g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, classes, n_classes, sizeof *classes));
    g_variant_builder_init(&tiers, G_VARIANT_TYPE("aa{sv}"));
    for (uint32_t t = 1; t <= p->n_tiers && t <= TB_TIERS_MAX; t++)
        g_variant_builder_add_value(&tiers, doc_tier(&p->tier[t - 1], t));
    doc_v(&b, "tiers", g_variant_builder_end(&tiers));
    return g_variant_builder_end(&b);
}
