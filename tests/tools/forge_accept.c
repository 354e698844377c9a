/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forge_accept.c - what the owner of a relay could try at night: with the relay
 * stopped, writes "this page was accepted by X" into its store, stops the paging,
 * and puts a forged accept into the mailbox of everybody concerned.
 *
 *     forge_accept STATE_DIR PAGE_ID ACCOUNT
 *
 * Everything that the owner can do is done right: row hashes, page state, envelope.
 * The one thing missing is the device's key: the statement carries the right
 * public key and a signature that was made with another one. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/act.h"
#include "proto/op.h"
#include "server/store.h"

struct forgery {
    struct store *store;
    struct tb_roster *roster;
    struct store_page page;
    struct store_state state;
    const struct tb_cred *actor;
};

static void must(tb_result r, const char *what)
{
    if (r == TB_OK)
        return;
    (void)fprintf(stderr, "forge_accept: %s: %s\n", what, tb_strresult(r));
    exit(1);
}

static tb_result replay(void *user, uint64_t pos, struct tb_view entry, int64_t seen_ms)
{
    (void)pos;
    (void)seen_ms;
    return tb_roster_append(user, entry, TB_SEEN_VOUCHED, NULL);
}

static void find_page(struct forgery *f, const char *printed)
{
    struct store_list open = { 0 };

    must(store_pages_open(f->store, &open), "open pages");
    for (size_t i = 0; i < open.n; i++) {
        char id[17];
        must(store_page_get(f->store, open.no[i], &f->page), "page");
        tb_id_print(&f->page.id, id);
        if (strcmp(id, printed) == 0) {
            store_list_done(&open);
            must(store_state_get(f->store, f->page.no, &f->state), "state");
            return;
        }
    }
    must(TB_E_NOTFOUND, printed);
}

/* The accept that the real person would have signed, under a signature of a key found on the spot. */
static void forge(const struct forgery *f, struct tb_buf *ret)
{
    static const struct tb_hash zero;
    struct tb_hash head = tb_roster_head(f->roster);
    struct tb_id act_id = tb_id_random();
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair own;
    Tb__Head at;
    Tb__Act m;

    tb__head__init(&at);
    at.size = tb_roster_size(f->roster);
    at.hash = tb_field(head.b, sizeof head.b);
    tb__act__init(&m);
    m.suite = TB_SUITE;
    m.kind = TB_ACT_ACCEPT;
    m.act_id = tb_field(act_id.b, sizeof act_id.b);
    m.page_id = tb_field(f->page.id.b, sizeof f->page.id.b);
    m.header_hash = tb_field(f->page.header_hash.b, sizeof f->page.header_hash.b);
    m.actor_cred = tb_field(f->actor->hash.b, sizeof f->actor->hash.b);
    m.account = (char *)(uintptr_t)f->actor->account;
    m.round = f->state.esc.round;
    m.release_hash = tb_field(f->state.release_hash.b, sizeof f->state.release_hash.b);
    m.t = f->state.esc.tier;
    m.era = store_era(f->store);
    m.eta_min = 5;
    m.time_ms = f->page.at_ms + 1000;
    m.act_no = 1;
    m.prev_act_hash = m.detail_hash = m.detail_kc = tb_field(zero.b, sizeof zero.b);
    m.roster = &at;
    tb_sign_pair_new(&own);
    memcpy(own.pk, f->actor->sign_pk, sizeof own.pk); /* claims to be the device's */
    must(tb_signed_make(TB_TYPE_ACT, tb_roster_id(f->roster), &m.base, &own, ret), "statement");
}

static void deliver(struct forgery *f, struct tb_view statement)
{
    struct store_recipients to = { 0 };
    uint64_t blob = 0;

    must(store_blob_put(f->store, f->page.no, statement, &blob), "statement");
    struct store_mail mail = {
        .kind = TB_ENV_ACT,
        .from = &f->actor->hash,
        .page = f->page.no,
        .statement = blob,
        .at_ms = f->page.at_ms + 1000,
    };
    must(store_mail_put(f->store, &f->page.sender_cred, &mail), "the sender's mailbox");
    must(store_recipients(f->store, f->page.no, &to), "recipients");
    for (size_t i = 0; i < to.n; i++)
        must(store_mail_put(f->store, &to.at[i].cred, &mail), "a recipient's mailbox");
    store_recipients_done(&to);
}

static void on_done(void *user, tb_result how)
{
    (void)user;
    must(how, "commit");
}

int main(int argc, char **argv)
{
    struct forgery f = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    char path[4096];

    if (argc != 4 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: forge_accept STATE_DIR PAGE_ID ACCOUNT\n");
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/relay.db", argv[1]);
    must(store_open(path, &f.store), path);
    must(tb_roster_new(&f.roster), "roster");
    must(store_entries(f.store, replay, f.roster), "roster");
    f.actor = tb_roster_account(f.roster, argv[3]);
    must(f.actor ? TB_OK : TB_E_NOTFOUND, argv[3]);
    must(store_begin(f.store), "transaction");
    find_page(&f, argv[2]);
    forge(&f, &statement);
    deliver(&f, tb_buf_view(&statement));
    must(escalate_accept(&f.state.esc, f.state.esc.round), "state");
    (void)snprintf(f.state.owner, sizeof f.state.owner, "%s", argv[3]);
    must(store_state_put(f.store, f.page.no, &f.state), "state");
    store_commit(f.store, on_done, NULL);
    store_close(f.store);
    tb_roster_free(f.roster);
    (void)printf("forged: page %s, accepted by %s\n", argv[2], argv[3]);
    return 0;
}
