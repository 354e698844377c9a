/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_state.c - the commands on a state directory: init, import, requests, check, backup, restore. */
#define _GNU_SOURCE /* memmem */
#include "support_server_world.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "proto/parcel.h"
#include "server/clock.h"
#include "server/files.h"
#include "server/log.h"

static char heard[4000];

static void hear(void *user, const char *line)
{
    size_t n = strlen(heard);

    (void)user;
    (void)snprintf(heard + n, sizeof heard - n, "%s\n", line);
}
static const struct relay_say say = { hear, NULL };

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[4][160];
    static unsigned i;
    char *at = path[i++ % 4];

    (void)snprintf(at, sizeof path[0], "%s/%s", folder, name);
    return at;
}

static int setup(void **state)
{
    (void)state;
    heard[0] = 0;
    log_set_level(LOG_ERROR - 1);
    (void)snprintf(folder, sizeof folder, "/tmp/tb-state-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void write_parcel(const struct province *p, uint64_t from, const char *to)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    ProtobufCBinaryData entries[64];
    Tb__Parcel m;

    tb__parcel__init(&m);
    m.entry_signed = entries;
    for (uint64_t i = from; i < tb_roster_size(p->roster); i++) {
        struct tb_view e = tb_roster_entry(p->roster, i);
        entries[m.n_entry_signed++] = tb_field(e.p, e.n);
    }
    assert_int_equal(tb_parcel_encode(&m, &file), TB_OK);
    assert_int_equal(file_replace(to, tb_buf_view(&file)), TB_OK);
}

static void init_makes_a_relay_once(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct tb_arena a;
    struct stat st;
    Tb__Parcel *p;

    (void)state;
    assert_int_equal(relay_init(in_folder("relay"), "relay.example", in_folder("r.parcel"), &say),
                     TB_E_RANGE);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    assert_int_equal(file_read(in_folder("r.parcel"), 65536, &file), TB_OK);
    tb_arena_init(&a, 1 << 20);
    assert_int_equal(tb_parcel_decode(&a, tb_buf_view(&file), &p), TB_OK);
    assert_int_equal(p->relay->relay_id.len, 16);
    assert_int_equal(p->relay->key.len, 32);
    assert_int_equal(p->relay->tls_pin.len, 32);
    assert_string_equal(p->relay->address[0], "relay.example:7443");
    tb_arena_done(&a);
    assert_int_equal(stat(in_folder("relay/relay.key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(in_folder("relay/relay.db"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r2.parcel"), &say),
        TB_E_CONFLICT);
    assert_int_equal(relay_check(in_folder("relay"), &say), TB_OK);
    assert_non_null(strstr(heard, "all is well"));
}

static void import_takes_what_verifies_and_says_what_does_not(void **state)
{
    struct province p;

    (void)state;
    province_bare(&p, true);
    p.now_ms = clock_wall_ms() - 60000; /* grants must come in time, by the clock of import */
    province_set_registrar(&p, 0);
    province_set_relay(&p);
    province_set_witness(&p, 0);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    write_parcel(&p, 0, in_folder("roster.parcel"));
    assert_int_equal(relay_import(in_folder("relay"), in_folder("r.parcel"), &say),
                     TB_E_RANGE); /* the custodians' file: nothing in it is for the relay */
    assert_int_equal(relay_import(in_folder("relay"), in_folder("roster.parcel"), &say), TB_OK);
    assert_int_equal(relay_import(in_folder("relay"), in_folder("roster.parcel"), &say),
                     TB_OK); /* again */
    heard[0] = 0;
    assert_int_equal(relay_check(in_folder("relay"), &say), TB_OK);
    assert_non_null(strstr(heard, "roster: 4 entries verified"));
    heard[0] = 0;
    assert_int_equal(relay_import(in_folder("relay"), in_folder("relay/relay.key"), &say),
                     TB_E_TRUNCATED);
    assert_non_null(strstr(heard, "not a parcel"));
    assert_int_equal(relay_import(in_folder("relay"), in_folder("none"), &say), TB_E_NOTFOUND);
    assert_int_equal(relay_import(in_folder("nowhere"), in_folder("roster.parcel"), &say),
                     TB_E_NOTFOUND);
    province_done(&p);
}

static void a_forged_entry_is_named_and_the_rest_is_kept(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };

    (void)state;
    province_demo(&p);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    struct tb_view root = tb_roster_entry(p.roster, 0), grant = tb_roster_entry(p.roster, 3);
    ProtobufCBinaryData entries[2] = { tb_field(root.p, root.n), tb_field(grant.p, grant.n) };
    Tb__Parcel m;
    tb__parcel__init(&m);
    m.n_entry_signed = 2;
    m.entry_signed = entries;
    assert_int_equal(tb_parcel_encode(&m, &file), TB_OK);
    assert_int_equal(file_replace(in_folder("p"), tb_buf_view(&file)), TB_OK);
    assert_int_not_equal(relay_import(in_folder("relay"), in_folder("p"), &say),
                         TB_OK); /* a gap before it */
    assert_non_null(strstr(heard, "entry 1: "));
    assert_non_null(strstr(heard, "taken: 1 of 2; the roster has 1 entries"));
    province_done(&p);
}

static void a_running_relay_takes_files_through_its_spool(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    struct client *an = world_login(&w, "an");
    uint64_t before = tb_roster_size(w.p.roster);
    (void)province_enrol(&w.p, "em", "so-y-te", "may-2", TB_ROLE_AGENCY);
    write_parcel(&w.p, before, in_folder("more.parcel"));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        tb_result r = relay_import(w.dir, in_folder("more.parcel"), &say);
        _exit(r == TB_OK && strstr(heard, "taken: 1 of 1") ? 0 : 1);
    }
    int status = -1;
    const struct timespec nap = { .tv_nsec = 5000000 };
    for (int i = 0; i < 2000 && waitpid(child, &status, WNOHANG) == 0; i++) {
        world_pass(&w, 50);
        (void)nanosleep(&nap, NULL);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(tb_roster_size(w.relay->roster), before + 1);
    assert_int_equal(an->heads, 1);
    world_close(&w);
}

static void requests_are_written_for_the_registrar(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct store_invite i = { .id = tb_id_random(), .at_ms = 5, .second_try = true };
    struct store *s = NULL;
    struct tb_arena a;
    Tb__Parcel *p;

    (void)state;
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    assert_int_equal(store_open(in_folder("relay/relay.db"), &s), TB_OK);
    tb_put(&i.ticket_signed, "ticket", 6);
    tb_put(&i.request_signed, "request", 7);
    assert_int_equal(store_invite_put(s, &i), TB_OK);
    i.id = tb_id_random();
    assert_int_equal(store_invite_put(s, &i), TB_OK);
    store_close(s);
    store_invite_done(&i);
    assert_int_equal(relay_requests(in_folder("relay"), in_folder("q.parcel"), &say), TB_OK);
    assert_int_equal(file_read(in_folder("q.parcel"), 65536, &file), TB_OK);
    tb_arena_init(&a, 1 << 20);
    assert_int_equal(tb_parcel_decode(&a, tb_buf_view(&file), &p), TB_OK);
    assert_int_equal(p->n_request, 2);
    assert_true(p->request[0]->second_try);
    tb_arena_done(&a);
}

/* A roster given as --out by mistake would be lost, and with it the province. */
static void what_is_written_never_overwrites(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct store_invite i = { .id = tb_id_random(), .at_ms = 5 };
    struct store *s = NULL;

    (void)state;
    assert_int_equal(file_create(in_folder("roster"), tb_view_of("precious", 8)), TB_OK);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("roster"), &say),
        TB_E_CONFLICT);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    assert_int_equal(relay_requests(in_folder("relay"), in_folder("none"), &say), TB_OK);
    assert_int_not_equal(access(in_folder("none"), F_OK),
                         0); /* nothing waits, nothing is written */
    assert_int_equal(store_open(in_folder("relay/relay.db"), &s), TB_OK);
    tb_put(&i.ticket_signed, "ticket", 6);
    tb_put(&i.request_signed, "request", 7);
    assert_int_equal(store_invite_put(s, &i), TB_OK);
    store_close(s);
    store_invite_done(&i);
    heard[0] = 0;
    assert_int_equal(relay_requests(in_folder("relay"), in_folder("roster"), &say), TB_E_CONFLICT);
    assert_non_null(strstr(heard, "not overwritten"));
    assert_int_equal(
        relay_entry(in_folder("relay"), "relay.example:7443", in_folder("roster"), &say),
        TB_E_CONFLICT);
    assert_int_equal(file_read(in_folder("roster"), 100, &file), TB_OK);
    assert_int_equal(file.n, 8);
}

static void a_port_out_of_range_is_refused_before_anything_is_made(void **state)
{
    static const char *const bad[] = { "127.0.0.1:99999", "127.0.0.1:0", "127.0.0.1:", "a b:7443",
                                       "127.0.0.1:70000000000000000000" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(relay_init(in_folder("relay"), bad[i], in_folder("r.parcel"), &say),
                         TB_E_RANGE);
    assert_non_null(strstr(heard, "'99999' should be a number from 1 to 65535"));
    assert_int_not_equal(access(in_folder("relay"), F_OK), 0);
}

static void the_request_is_written_again_from_the_same_keys(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf first = { 0 }, again = { 0 };

    (void)state;
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    heard[0] = 0;
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r2.parcel"), &say),
        TB_E_CONFLICT);
    assert_non_null(strstr(heard, "trucban-relay entry --state"));
    assert_non_null(strstr(heard, "begin anew"));
    assert_int_equal(
        relay_entry(in_folder("relay"), "relay.example:7443", in_folder("r2.parcel"), &say), TB_OK);
    assert_int_equal(file_read(in_folder("r.parcel"), 65536, &first), TB_OK);
    assert_int_equal(file_read(in_folder("r2.parcel"), 65536, &again), TB_OK);
    assert_int_equal(first.n, again.n);
    assert_memory_equal(first.p, again.p, first.n);
    heard[0] = 0;
    assert_int_equal(relay_warn(in_folder("relay"), &say), TB_OK);
    assert_non_null(strstr(heard, "nobody can connect"));
}

static void a_roster_of_another_province_is_named_so(void **state)
{
    struct province ours, theirs;

    (void)state;
    province_demo(&ours);
    province_bare(&theirs, false);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    write_parcel(&ours, 0, in_folder("ours"));
    write_parcel(&theirs, 0, in_folder("theirs"));
    (void)relay_import(in_folder("relay"), in_folder("ours"), &say);
    heard[0] = 0;
    assert_int_equal(relay_warn(in_folder("relay"), &say), TB_OK);
    assert_non_null(strstr(heard, "does not name this relay"));
    assert_int_equal(relay_import(in_folder("relay"), in_folder("theirs"), &say), TB_E_CONFLICT);
    assert_non_null(strstr(heard, "theirs: this is another province's roster"));
    province_done(&ours);
    province_done(&theirs);
}

static void a_backup_of_a_running_relay_comes_back_as_a_new_era(void **state)
{
    static const char pass[] = "mot hai ba bon nam";
    struct tb_view right = { (const uint8_t *)pass, sizeof pass - 1 },
                   wrong = { (const uint8_t *)pass, 5 };
    struct world w;
    TB_CLEANUP(tb_buf_done) struct tb_buf bytes = { 0 };

    (void)state;
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    char file[160];
    (void)snprintf(file, sizeof file, "%s/tls.key", w.dir);
    assert_int_equal(file_create(file, tb_view_of("key", 3)), TB_OK);
    (void)snprintf(file, sizeof file, "%s/tls.crt", w.dir);
    assert_int_equal(file_create(file, tb_view_of("crt", 3)), TB_OK);
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    struct wpage p = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    size_t had = an->n_env;
    assert_int_equal(relay_backup(w.dir, in_folder("b"), right, &say), TB_OK);
    assert_int_equal(relay_backup(w.dir, in_folder("b"), right, &say), TB_E_CONFLICT);
    assert_int_equal(world_ack(an, had), TB_OK); /* after the backup */
    world_pass(&w, 3000);

    /* nothing of it can be read without the passphrase */
    assert_int_equal(file_read(in_folder("b"), 64 << 20, &bytes), TB_OK);
    assert_null(memmem(bytes.p, bytes.n, "truc-dem", 8));
    assert_null(memmem(bytes.p, bytes.n, "SQLite", 6));
    assert_int_equal(relay_restore(in_folder("other"), in_folder("b"), wrong, &say), TB_E_BADSIG);
    bytes.p[bytes.n - 20] ^= 1;
    assert_int_equal(file_replace(in_folder("broken"), tb_buf_view(&bytes)), TB_OK);
    assert_int_not_equal(relay_restore(in_folder("third"), in_folder("broken"), right, &say),
                         TB_OK);

    relay_close(w.relay);
    for (size_t i = 0; i < w.n; i++)
        w.client[i]->peer = NULL;
    assert_int_equal(relay_restore(w.dir, in_folder("b"), right, &say),
                     TB_E_CONFLICT); /* never over one */
    assert_int_equal(relay_restore(in_folder("back"), in_folder("b"), right, &say), TB_OK);
    char command[300];
    (void)snprintf(command, sizeof command, "rm -r %s && cp -r %s/back %s", w.dir, folder, w.dir);
    assert_int_equal(system(command), 0);
    world_start(&w);

    uint64_t cursor = an->env[an->n_env - 1]->seq;
    struct client *again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_true(again->era > 1);
    assert_int_equal(world_auth(again, an->d, 1, cursor, NULL), TB_OK);
    assert_int_equal(again->n_env, had); /* what the backup still held comes again */
    sender = world_login(&w, "so-y-te");
    assert_int_equal(world_submit(sender, &p), TB_OK); /* re-offered: the same page, once */
    assert_int_equal(again->n_env, had);
    assert_int_equal(world_accept(again, &p), TB_OK); /* an act of the old era still counts */
    world_close(&w);
}

static void check_finds_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(relay_check(in_folder("nowhere"), &say), TB_E_NOTFOUND);
    assert_int_equal(
        relay_init(in_folder("relay"), "relay.example:7443", in_folder("r.parcel"), &say), TB_OK);
    assert_int_equal(chmod(in_folder("relay/relay.key"), 0644), 0);
    assert_int_equal(relay_check(in_folder("relay"), &say), TB_E_DENIED);
    assert_non_null(strstr(heard, "relay.key"));
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(init_makes_a_relay_once),
        IN_FOLDER(import_takes_what_verifies_and_says_what_does_not),
        IN_FOLDER(a_forged_entry_is_named_and_the_rest_is_kept),
        IN_FOLDER(a_running_relay_takes_files_through_its_spool),
        IN_FOLDER(requests_are_written_for_the_registrar),
        IN_FOLDER(what_is_written_never_overwrites),
        IN_FOLDER(a_port_out_of_range_is_refused_before_anything_is_made),
        IN_FOLDER(the_request_is_written_again_from_the_same_keys),
        IN_FOLDER(a_roster_of_another_province_is_named_so),
        IN_FOLDER(a_backup_of_a_running_relay_comes_back_as_a_new_era),
        IN_FOLDER(check_finds_what_is_wrong),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
