/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_memory.c - memory that runs out at any allocation of the relay's, or of SQLite's below it (A75). */
/* link: tb_disk PkgConfig::SQLITE */
/* wrap: malloc calloc realloc reallocarray sodium_malloc relay_message relay_turn_end relay_tick */
#include "no_memory.h"
#include "support_server_world.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "server/log.h"
#include "tests/crash/disk.h"

static bool inside;

/* What the relay's face calls is the relay's; what it sends comes back to the test. */
typedef void message_fn(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms);
typedef void time_fn(struct relay *r, int64_t now_ms);
message_fn __real_relay_message, __wrap_relay_message;
time_fn __real_relay_turn_end, __wrap_relay_turn_end, __real_relay_tick, __wrap_relay_tick;

void __wrap_relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms)
{
    inside = true;
    __real_relay_message(r, p, batch, now_ms);
    inside = false;
}

void __wrap_relay_turn_end(struct relay *r, int64_t now_ms)
{
    inside = true;
    __real_relay_turn_end(r, now_ms);
    inside = false;
}

void __wrap_relay_tick(struct relay *r, int64_t now_ms)
{
    inside = true;
    __real_relay_tick(r, now_ms);
    inside = false;
}

static struct relay_wire usual_wire;

static void outside_send(void *conn, struct tb_view batch)
{
    bool was = inside;

    inside = false;
    usual_wire.send(conn, batch);
    inside = was;
}

/* ---- a night, and what was answered in it */

enum { KEPT = 8, MUTE = 75 };
static struct kept {
    struct tb_id page[KEPT];
    struct tb_id act[KEPT];
    struct tb_hash actor;
    size_t n_pages, n_acts;
    bool over; /* no allocation was left to fail */
} * kept;

static struct world w;

static int setup(void **state)
{
    (void)state;
    disk_seed(3);
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    usual_wire = w.relay->wire;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    disk_clear();
    return 0;
}

static struct client *log_in(const char *account)
{
    struct client *c = world_connect(&w);

    return world_hello(c) == TB_OK &&
                   world_auth(c, province_find(&w.p, account), 0, 0, NULL) == TB_OK
               ? c
               : NULL;
}

static void a_night(void)
{
    struct client *sender = log_in("so-y-te"), *an = log_in("an");

    for (int i = 0; i < 2; i++) {
        if (!sender || !sender->peer)
            sender = log_in("so-y-te");
        if (!an || !an->peer)
            an = log_in("an");
        if (!sender || !an)
            continue;
        struct wpage p = world_page(sender, "truc-dem", 1);
        if (world_submit(sender, &p) != TB_OK)
            continue;
        kept->page[kept->n_pages++] = p.id;
        size_t n = world_count(an, TB_ENV_RELEASE);
        if (!an->peer || n == 0)
            continue;
        Tb__Act *m = world_act(an, &p, TB_ACT_ACCEPT, n - 1);
        m->eta_min = 10;
        if (world_put_act(an, m) == TB_OK) {
            kept->actor = an->d->cred;
            kept->act[kept->n_acts++] = tb_id_from(m->act_id.data);
        }
    }
    world_pass(&w, 130000);
}

static void say_bad(void *user, const char *what)
{
    (void)user;
    fail_msg("%s", what);
}

static void everything_answered_is_there(void)
{
    assert_int_equal(store_check(w.relay->store, say_bad, NULL), TB_OK);
    for (size_t i = 0; i < kept->n_pages; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
        struct store_state st;
        struct store_page page;
        assert_int_equal(store_page_find(w.relay->store, &kept->page[i], &page), TB_OK);
        assert_int_equal(store_page_receipt(w.relay->store, page.no, &receipt), TB_OK);
        assert_int_equal(store_state_get(w.relay->store, page.no, &st), TB_OK);
        assert_true(st.release_no >= 1);
    }
    for (size_t i = 0; i < kept->n_acts; i++) {
        struct store_act a;
        assert_int_equal(store_act_find(w.relay->store, &kept->actor, &kept->act[i], &a), TB_OK);
    }
}

/* Who has not stopped, works. */
static void it_serves_again(void)
{
    struct client *sender = log_in("so-y-te");

    if (!sender)
        _exit(MUTE);
    struct wpage p = world_page(sender, "truc-dem", 1);
    if (world_submit(sender, &p) != TB_OK)
        _exit(MUTE);
}

/* A relay in a process of its own; then another one starts on what it left. */
static void run_out_at(bool of_sqlite, long nth, long fail)
{
    int status = 0;

    memset(kept, 0, sizeof *kept);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        w.relay->wire.send = outside_send;
        no_memory_for(of_sqlite, nth, fail);
        a_night();
        kept->over = !no_memory_struck();
        no_memory_at(of_sqlite, -1);
        it_serves_again();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 74))
        fail_msg("allocation %ld: status %x", nth, (unsigned)status);
    disk_cut_now(w.dir);
    relay_close(w.relay);
    disk_power_on();
    world_forget_clients(&w);
    world_start(&w);
    everything_answered_is_there();
}

static void at_any_allocation(bool sqlite, long fail, long first_step)
{
    struct disk_image *sound = disk_save();

    kept->over = false;
    for (long nth = 1; !kept->over; nth += getenv("TRUCBAN_LONG") ? 1 : first_step + nth / 4) {
        run_out_at(sqlite, nth, fail);
        relay_close(w.relay);
        disk_load(sound);
        world_start(&w);
    }
    disk_forget(sound);
}

/* A75 */
static void memory_that_runs_out_at_any_allocation_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation(false, 1, 3);
}

/* A75 */
static void memory_that_sqlite_lacks_at_any_allocation_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation(true, 1, 7);
}

/* A75: so long that there is none to undo with. */
static void memory_that_is_short_for_a_while_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation(false, 30, 5);
    at_any_allocation(true, 30, 11);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(memory_that_runs_out_at_any_allocation_loses_nothing),
        WITH_WORLD(memory_that_sqlite_lacks_at_any_allocation_loses_nothing),
        WITH_WORLD(memory_that_is_short_for_a_while_loses_nothing),
    };

    if (no_memory_begin() != SQLITE_OK)
        return 1;
    no_memory_inside = &inside;
    disk_begin(1);
    kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = kept == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    (void)munmap(kept, sizeof *kept);
    disk_end();
    return status;
}
