/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc_page.c - a page, its ladder and what happened to it, and the draft of a report, as documents. */
#include "client/agent/doc.h"

static const char *state_name(enum tbc_page_state s)
{
    switch (s) {
    case TBC_PAGE_QUEUED:
        return "queued";
    case TBC_PAGE_WAITING:
        return "waiting";
    case TBC_PAGE_RINGING:
        return "ringing";
    case TBC_PAGE_ACCEPTED:
        return "accepted";
    case TBC_PAGE_EXHAUSTED:
        return "exhausted";
    case TBC_PAGE_RESOLVED:
        return "resolved";
    }
    return "unknown";
}

static const char *tlp_name(uint32_t tlp)
{
    static const char *const names[] = { "", "red", "amber+strict", "amber", "green", "clear" };
    return tlp < G_N_ELEMENTS(names) ? names[tlp] : "";
}

static const char *event_name(const struct tbc_page_event *e)
{
    switch (e->kind) {
    case TBC_EV_RELAYED:
        return "relayed";
    case TBC_EV_RELEASE:
        return "release";
    case TBC_EV_SKIP:
        return "skip";
    case TBC_EV_NOBODY:
        return "nobody";
    case TBC_EV_ACT:
        return tb_act_name(e->act);
    }
    return "unknown";
}

static void put_people(GVariantBuilder *b, const struct tbc_page *p)
{
    doc_s(b, "sender", p->sender);
    doc_s(b, "agency", p->agency);
    doc_s(b, "sender_name", p->sender_name);
    doc_trust(b, "sender_", &p->sender_trust);
    doc_s(b, "sender_phone", p->sender_phone);
    doc_s(b, "owner", p->owner);
    doc_s(b, "owner_name", p->owner_name);
    doc_trust(b, "owner_", &p->owner_trust);
    doc_u(b, "eta_min", p->eta_min);
    doc_s(b, "offer_to", p->offer_to);
}

static void put_page(GVariantBuilder *b, const struct tbc_page *p)
{
    doc_id(b, "id", &p->id);
    doc_id(b, "incident", &p->incident);
    doc_t(b, "change", p->change);
    doc_s(b, "box", p->box == TBC_BOX_IN ? "in" : "out");
    doc_s(b, "state", state_name(p->state));
    doc_u(b, "class", p->page_class);
    doc_s(b, "tlp", tlp_name(p->tlp));
    doc_u(b, "round", p->round);
    doc_u(b, "tier", p->tier);
    doc_u(b, "tiers", p->tiers);
    doc_b(b, "nobody", p->nobody);
    doc_b(b, "drill", p->drill);
    doc_b(b, "report", p->is_report);
    doc_b(b, "readable", p->readable);
    doc_b(b, "test", p->test);
    doc_b(b, "damaged", p->damaged);
    doc_b(b, "mine_to_answer", p->mine_to_answer);
    doc_b(b, "declined_by_me", p->declined_by_me);
    doc_at(b, "created_at", p->created_ms);
    doc_at(b, "relayed_at", p->relayed_ms);
    doc_at(b, "accepted_at", p->accepted_ms);
    doc_at(b, "ended_at", p->ended_ms);
    put_people(b, p);
    doc_s(b, "title", p->title);
    doc_s(b, "kind", p->kind);
    doc_s(b, "policy", p->policy);
    doc_at(b, "next_tier_at", p->next_tier_ms);
    doc_at(b, "overdue_at", p->overdue_ms);
}

GVariant *doc_page(const struct tbc_page *p)
{
    GVariantBuilder b;

    doc_begin(&b);
    put_page(&b, p);
    return g_variant_builder_end(&b);
}

static GVariant *doc_device(const struct tbc_page_device *d)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_u(&b, "tier", d->t);
    doc_s(&b, "account", d->account);
    doc_s(&b, "device", d->device);
    doc_s(&b, "name", d->name);
    doc_trust(&b, "", &d->trust);
    doc_b(&b, "released", d->released);
    doc_b(&b, "unreadable", d->unreadable);
    doc_b(&b, "rewrapped", d->rewrapped);
    doc_at(&b, "capsule_ok_at", d->capsule_ok_ms);
    doc_at(&b, "delivered_at", d->delivered_ms);
    doc_at(&b, "seen_at", d->seen_ms);
    doc_at(&b, "duty_off_at", d->duty_off_ms);
    return g_variant_builder_end(&b);
}

static GVariant *doc_event(const struct tbc_page_event *e)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_at(&b, "at", e->at_ms);
    doc_s(&b, "kind", event_name(e));
    doc_u(&b, "tier", e->t);
    doc_u(&b, "round", e->round);
    doc_u(&b, "release_no", e->release_no);
    if (e->kind == TBC_EV_ACT) {
        doc_b(&b, "counted", e->counted);
        doc_s(&b, "account", e->account);
        doc_s(&b, "name", e->name);
        doc_s(&b, "target", e->target);
        doc_u(&b, "level", e->level);
        doc_u(&b, "eta_min", e->eta_min);
        doc_b(&b, "override", e->override_gate);
        doc_s(&b, "reason", e->reason);
        doc_s(&b, "refusal", e->refusal == TB_OK ? "" : tb_result_name(e->refusal) + 5);
    }
    return g_variant_builder_end(&b);
}

static GVariant *doc_file(const char *name, size_t size)
{
    GVariantBuilder b;

    doc_begin(&b);
    doc_s(&b, "name", name);
    doc_t(&b, "size", size);
    return g_variant_builder_end(&b);
}

static void put_lists(GVariantBuilder *b, const struct tbc_page_full *p)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < p->n_devices; i++)
        g_variant_builder_add_value(&list, doc_device(&p->device[i]));
    doc_v(b, "devices", g_variant_builder_end(&list));
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < p->n_events; i++)
        g_variant_builder_add_value(&list, doc_event(&p->event[i]));
    doc_v(b, "events", g_variant_builder_end(&list));
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < p->n_files; i++)
        g_variant_builder_add_value(&list, doc_file(p->file[i].name, p->file[i].n));
    doc_v(b, "files", g_variant_builder_end(&list));
}

GVariant *doc_page_full(const struct tbc_page_full *p)
{
    GVariantBuilder b;

    doc_begin(&b);
    put_page(&b, &p->page);
    doc_s(&b, "text", p->text);
    doc_at(&b, "detected_at", p->detected_ms);
    doc_s(&b, "system_name", p->system_name);
    doc_s(&b, "system_address", p->system_address);
    doc_u(&b, "system_level", p->system_level);
    put_lists(&b, p);
    return g_variant_builder_end(&b);
}

GVariant *doc_draft(const struct tbc_draft *d)
{
    const struct tbc_report *r = &d->report;
    GVariantBuilder b, files;

    doc_begin(&b);
    doc_s(&b, "kind", r->kind);
    doc_s(&b, "title", r->title);
    doc_s(&b, "text", r->text);
    doc_u(&b, "class", r->page_class);
    doc_s(&b, "policy", r->policy);
    doc_at(&b, "detected_at", r->detected_ms);
    doc_s(&b, "system_name", r->system_name);
    doc_s(&b, "system_address", r->system_address);
    doc_u(&b, "system_level", r->system_level);
    doc_b(&b, "drill", r->drill);
    doc_u(&b, "tlp", r->tlp);
    doc_at(&b, "saved_at", d->saved_ms);
    g_variant_builder_init(&files, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < r->n_files; i++)
        g_variant_builder_add_value(&files, doc_file(d->file[i].name, d->file[i].data.n));
    doc_v(&b, "files", g_variant_builder_end(&files));
    return g_variant_builder_end(&b);
}
