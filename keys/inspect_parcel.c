/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect_parcel.c - rosters and drafts, requests, approvals, statements, public halves. */
#include <string.h>

#include "keys/describe.h"
#include "keys/inspect.h"
#include "proto/page.h"

/* What is known while looking through one parcel. */
struct view {
    const struct run *run;
    struct emit *emit;
    const char *path;
    const struct tb_roster *roster; /* NULL: none to check against */
    struct names names;
    bool bad;
};

static void complain(struct view *v, const char *what, size_t i, const char *why)
{
    v->bad = true;
    say_error(_("'%s', %s %zu: %s"), v->path, what, i, why);
}

/* ---- a whole roster: it begins with entry 0 */

static bool is_roster(const Tb__Parcel *p)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;

    tb_arena_init(&a, TB_ARENA_MAX);
    return p->n_entry_signed > 0 && tb_entry_peek(&a, parcel_entry(p, 0), &e, NULL) == TB_OK &&
           e->kind == TB_ENTRY_ROOT && e->based_on == NULL;
}

static void show_head(struct view *v, const struct tb_roster *r)
{
    struct tb_hash head = tb_roster_head(r);

    emit_begin(v->emit, N_("roster"));
    emit_text(v->emit, N_("province"), tb_roster_province(r));
    emit_flag(v->emit, N_("demo"), tb_roster_is_demo(r));
    emit_hex(v->emit, N_("roster id"), tb_roster_id(r)->b, TB_HASH_BYTES);
    emit_number(v->emit, N_("size"), (int64_t)tb_roster_size(r));
    emit_hex(v->emit, N_("head"), head.b, sizeof head.b);
    emit_time(v->emit, N_("fresh at"), tb_roster_fresh_ms(r));
    emit_end(v->emit);
}

static void show_log(struct view *v, struct tb_roster *r, const Tb__Parcel *p)
{
    struct describe how = { .emit = v->emit, .names = &v->names, .roster = r, .type = N_("entry") };

    for (size_t i = 0; i < p->n_entry_signed; i++) {
        struct tb_why why = { "" };
        tb_result res = tb_roster_append(r, parcel_entry(p, i), TB_SEEN_VOUCHED, &why);
        if (res != TB_OK) {
            complain(v, _("entry"), i,
                     said_of(why.text[0] != '\0' ? why.text : tb_strresult(res)).text);
            how.position = -1;
            (void)describe_entry(&how, parcel_entry(p, i)); /* shown as far as it can be read */
            return;
        }
    }
    if (names_collect(r, &v->names) != TB_OK)
        v->bad = true;
    for (size_t i = 0; i < p->n_entry_signed; i++) {
        how.position = (int64_t)i;
        (void)describe_entry(&how, parcel_entry(p, i)); /* it was verified above */
    }
    show_head(v, r);
}

/* ---- drafts and single entries */

static void show_entries(struct view *v, const Tb__Parcel *p)
{
    struct describe how = {
        .emit = v->emit, .names = &v->names, .type = N_("entry"), .position = -1
    };

    for (size_t i = 0; i < p->n_entry_signed; i++) {
        struct tb_view entry = parcel_entry(p, i);
        struct tb_why why = { "" };
        tb_result r = describe_entry(&how, entry);
        if (r != TB_OK) {
            complain(v, _("entry"), i, said_of(tb_strresult(r)).text);
            continue;
        }
        if (v->roster == NULL)
            continue;
        r = tb_roster_try(v->roster, entry, v->run->now_ms, &why);
        if (r != TB_OK)
            complain(v, _("entry"), i,
                     said_of(why.text[0] != '\0' ? why.text : tb_strresult(r)).text);
    }
}

/* ---- the rest */

static void show_ticket(struct view *v, const Tb__Ticket *t, const struct tb_signed *s)
{
    struct tb_id invite_id = tb_id_from(t->invite_id.data);
    char id[17];

    tb_id_print(&invite_id, id);
    emit_text(v->emit, N_("invite"), id);
    emit_text(v->emit, N_("account"), t->account);
    emit_text(v->emit, N_("agency"), t->agency);
    emit_word(v->emit, N_("role"), tb_role_name((enum tb_role)t->role));
    emit_time(v->emit, N_("expires at"), t->expires_ms);
    if (v->roster == NULL)
        return;
    const char *by =
        tb_roster_registrar(v->roster, s->by[0].pk, (enum tb_role)t->role, v->run->now_ms);
    bool good = by != NULL && tb_verify(TB_TYPE_ADMIT, tb_roster_id(v->roster), s->payload,
                                        s->by[0].pk, s->by[0].sig);
    emit_text(v->emit, N_("registrar"), good ? by : "-");
    if (!good)
        complain(v, _("request"), 0, _("its ticket was not issued by a registrar of this roster"));
}

static void show_request(struct view *v, const Tb__PendingRequest *q, size_t i)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    Tb__Ticket *t;
    tb_result r;

    tb_arena_init(&a, TB_ARENA_ANON);
    r = tb_signed_parse(&a, tb_field_view(&q->ticket_signed), &s);
    if (r == TB_OK)
        r = tb_ticket_unpack(&a, s.payload, &t);
    if (r != TB_OK) {
        complain(v, _("request"), i, said_of(tb_strresult(r)).text);
        return;
    }
    emit_begin(v->emit, N_("request"));
    show_ticket(v, t, &s);
    emit_time(v->emit, N_("received at"), q->at_ms);
    emit_flag(v->emit, N_("second try"), q->second_try);
    emit_end(v->emit);
}

/* One signature over a payload that is named by its type only. */
static void show_statement(struct view *v, const char *type, enum tb_type as,
                           const ProtobufCBinaryData *data)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    Tb__Freshness *m;

    tb_arena_init(&a, TB_ARENA_ANON);
    if (tb_signed_parse(&a, tb_field_view(data), &s) != TB_OK) {
        complain(v, type, 0, said_of(tb_strresult(TB_E_TRUNCATED)).text);
        return;
    }
    const struct name *by = names_find(&v->names, s.by[0].pk);
    emit_begin(v->emit, type);
    if (as == TB_TYPE_FRESHNESS &&
        tb_unpack(&a, &tb__freshness__descriptor, s.payload, &m) == TB_OK) {
        emit_number(v->emit, N_("size"), m->head != NULL ? (int64_t)m->head->size : 0);
        emit_time(v->emit, N_("time"), m->time_ms);
    }
    emit_text(v->emit, N_("by"), by != NULL ? by->who : "-");
    emit_hex(v->emit, N_("key"), s.by[0].pk, TB_KEY_BYTES);
    if (v->roster != NULL)
        emit_flag(v->emit, N_("signature fits"),
                  tb_verify(as, tb_roster_id(v->roster), s.payload, s.by[0].pk, s.by[0].sig));
    emit_end(v->emit);
}

static void show_public(struct view *v, const char *kind, const char *person,
                        const ProtobufCBinaryData *key)
{
    emit_begin(v->emit, N_("public key"));
    emit_word(v->emit, N_("kind"), kind);
    emit_text(v->emit, N_("person"), person);
    emit_hex(v->emit, N_("key"), key->data, key->len);
    emit_end(v->emit);
}

static void show_relay(struct view *v, const Tb__RelayEntry *m)
{
    const char *list[4];
    size_t n = m->n_address < 4 ? m->n_address : 4;

    for (size_t i = 0; i < n; i++)
        list[i] = m->address[i];
    emit_begin(v->emit, N_("relay request"));
    emit_list(v->emit, N_("addresses"), list, n);
    emit_hex(v->emit, N_("key"), m->key.data, m->key.len);
    emit_hex(v->emit, N_("tls pin"), m->tls_pin.data, m->tls_pin.len);
    emit_end(v->emit);
}

static void show_rest(struct view *v, const Tb__Parcel *p)
{
    for (size_t i = 0; i < p->n_request; i++)
        show_request(v, p->request[i], i);
    for (size_t i = 0; i < p->n_approval_signed; i++)
        show_statement(v, N_("approval"), TB_TYPE_APPROVAL, &p->approval_signed[i]);
    for (size_t i = 0; i < p->n_freshness_signed; i++)
        show_statement(v, N_("freshness"), TB_TYPE_FRESHNESS, &p->freshness_signed[i]);
    for (size_t i = 0; i < p->n_custodian; i++)
        show_public(v, "custodian", p->custodian[i]->person, &p->custodian[i]->key);
    for (size_t i = 0; i < p->n_registrar; i++)
        show_public(v, "registrar", p->registrar[i]->person, &p->registrar[i]->key);
    for (size_t i = 0; i < p->n_freshness_key; i++)
        show_public(v, "freshness", p->freshness_key[i]->holder, &p->freshness_key[i]->key);
    if (p->relay != NULL)
        show_relay(v, p->relay);
}

static tb_result inspect_log(struct view *v, const Tb__Parcel *p)
{
    struct tb_roster *r = NULL;
    tb_result res = tb_roster_new(&r);

    if (res != TB_OK)
        return res;
    show_log(v, r, p);
    for (size_t i = 0; i < p->n_freshness_signed && !v->bad; i++) {
        res = tb_roster_freshness(r, tb_field_view(&p->freshness_signed[i]));
        if (res != TB_OK && res != TB_E_STALE)
            complain(v, _("freshness statement"), i, said_of(tb_strresult(res)).text);
    }
    v->roster = v->bad ? NULL : r;
    show_rest(v, p);
    v->roster = NULL;
    tb_roster_free(r);
    return TB_OK;
}

int inspect_parcel(const struct run *run, const char *path)
{
    TB_CLEANUP(parcel_done) struct parcel parcel = { .p = NULL };
    TB_CLEANUP(roster_file_done) struct roster_file against = { .path = NULL };
    struct emit e = run->emit;
    struct view v = { .run = run, .emit = &e, .path = path };
    tb_result r = parcel_load(path, &parcel);

    if (r == TB_OK && is_roster(parcel.p)) {
        r = inspect_log(&v, parcel.p);
    } else if (r == TB_OK) {
        if (run->roster_path != NULL)
            r = roster_file_load(run->roster_path, &against);
        if (r == TB_OK && against.roster != NULL)
            r = names_collect(against.roster, &v.names);
        v.roster = against.roster;
        if (r == TB_OK) {
            show_entries(&v, parcel.p);
            show_rest(&v, parcel.p);
        }
    }
    names_done(&v.names);
    return r == TB_OK && !v.bad ? EXIT_DONE : EXIT_REFUSED;
}
