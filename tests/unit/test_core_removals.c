/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_removals.c - a relay that keeps a removal from those who confirm the roster is found out. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_freshness.h"

static void end_of_errand(void *user, tb_result r, const char *text, struct tb_view data)
{
    (void)text, (void)data;
    *(tb_result *)user = r;
}

/* chi suspends binh at the relay. */
static void suspend_binh(struct town *t)
{
    tb_result r = TB_E_TIMEOUT;

    assert_int_equal(
        tbc_suspend(town_node(t, "chi")->core, "binh", TB_REMOVAL_LOST, end_of_errand, &r), TB_OK);
    town_pass(t, 3000);
    assert_int_equal(r, TB_OK);
}

static enum tb_standing standing_of_binh(struct node *n)
{
    const struct tb_cred *cred;
    size_t i = 0;

    while ((cred = tb_roster_next_cred(n->core->roster, &i)) != NULL)
        if (strcmp(cred->account, "binh") == 0)
            return cred->standing;
    fail_msg("binh is not in the roster");
    return TB_STANDING_GOOD;
}

/* an confirms the roster, and did so `ago`; only chi and an are awake. */
static struct node *town_with_witness(struct town *t, int64_t ago)
{
    town_open(t);
    struct node *an = town_node(t, "an");
    town_kill(town_node(t, "so-y-te"));
    town_hang_up(town_node(t, "so-y-te"));
    town_kill(town_node(t, "binh"));
    town_hang_up(town_node(t, "binh"));
    town_appoint(t, an);
    town_pass(t, 6 * MINUTE);
    assert_true(town_signed(t, an) > 0);
    town_suspend(t, ago);
    assert_int_equal(signer_of(an), TBC_SIGNER_READY);
    return an;
}

static void a_withheld_removal_counts_on_sight_and_ends_confirmation_after_an_hour(void **state)
{
    struct lie lie = { 0 };
    struct tbc_status s;
    struct town t;

    (void)state;
    struct node *an = town_with_witness(&t, 18 * HOUR + 30 * MINUTE);
    int64_t last = town_signed(&t, an);
    town_lie(an, &lie);
    town_freeze(an, &lie);
    suspend_binh(&t);
    assert_int_equal(tb_roster_size(an->core->roster), lie.frozen);
    assert_int_equal(standing_of_binh(an), TB_STANDING_SUSPENDED);
    town_pass(&t, 50 * MINUTE);
    assert_int_equal(town_rings(an, NULL, TBC_RING_ROSTER), 0);
    town_pass(&t, 2 * HOUR); /* the daily one was due meanwhile */
    assert_int_equal(town_rings(an, NULL, TBC_RING_ROSTER), 1);
    tbc_status(an->core, &s);
    assert_true(s.roster_alarm);
    assert_int_equal(s.signer, TBC_SIGNER_REMOVAL);
    assert_int_equal(town_signed(&t, an), last);
    /* It gives in: the alarm ends, and the head with the removal is confirmed. */
    lie.frozen = 0;
    town_pass(&t, 12 * MINUTE);
    tbc_status(an->core, &s);
    assert_false(s.roster_alarm);
    assert_true(town_signed(&t, an) > last);
    assert_int_equal(town_said_size(&t, an), tb_roster_size(t.relay->roster));
    town_close(&t);
}

static void a_restart_forgets_no_removal(void **state)
{
    struct lie lie = { 0 };
    struct town t;

    (void)state;
    struct node *an = town_with_witness(&t, 18 * HOUR + 30 * MINUTE);
    int64_t last = town_signed(&t, an);
    town_lie(an, &lie);
    town_freeze(an, &lie);
    suspend_binh(&t);
    town_kill(an);
    town_hang_up(an);
    town_revive(an);
    town_pass(&t, 1 * MINUTE);
    assert_int_equal(standing_of_binh(an), TB_STANDING_SUSPENDED);
    town_pass(&t, 2 * HOUR);
    assert_int_equal(signer_of(an), TBC_SIGNER_REMOVAL);
    assert_int_equal(town_signed(&t, an), last);
    town_close(&t);
}

static void an_honest_relay_raises_no_alarm(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    struct node *an = town_with_witness(&t, 2 * HOUR);
    suspend_binh(&t);
    assert_int_equal(tb_roster_size(an->core->roster), tb_roster_size(t.relay->roster));
    town_pass(&t, 2 * HOUR);
    tbc_status(an->core, &s);
    assert_false(s.roster_alarm);
    assert_int_equal(s.signer, TBC_SIGNER_READY);
    assert_int_equal(town_said_size(&t, an), tb_roster_size(t.relay->roster));
    town_close(&t);
}

/* The relay took it, said so, and shows the publisher a log without it. */
static void the_publisher_notices_too(void **state)
{
    struct lie lie = { 0 };
    struct town t;

    (void)state;
    (void)town_with_witness(&t, 2 * HOUR);
    struct node *chi = town_node(&t, "chi");
    town_lie(chi, &lie);
    town_freeze(chi, &lie);
    suspend_binh(&t);
    town_pass(&t, 1 * HOUR + 11 * MINUTE);
    assert_int_equal(town_rings(chi, NULL, TBC_RING_ROSTER), 1);
    town_close(&t);
}

/* It keeps the removal from the witness, and the note that tells of it. */
static void a_relay_that_drops_the_note_too_is_found_out_by_the_publisher(void **state)
{
    struct lie lie = { .drops_notes = true };
    struct town t;

    (void)state;
    struct node *an = town_with_witness(&t, 18 * HOUR);
    struct node *chi = town_node(&t, "chi");
    town_lie(an, &lie);
    town_freeze(an, &lie);
    suspend_binh(&t);
    assert_int_equal(standing_of_binh(an), TB_STANDING_GOOD);
    town_pass(&t, 90 * MINUTE);
    assert_int_equal(town_rings(chi, NULL, TBC_RING_ROSTER), 0);
    town_pass(&t, 60 * MINUTE); /* the daily one */
    assert_true(town_said_size(&t, an) == lie.frozen);
    assert_int_equal(town_rings(chi, NULL, TBC_RING_ROSTER), 1);
    town_close(&t);
}

static bool is_note(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_NOTE;
}

static void a_note_hides_what_it_says_and_its_length(void **state)
{
    struct tape tape;
    struct town t;

    (void)state;
    struct node *an = town_with_witness(&t, 2 * HOUR);
    tape_on(an, &tape);
    suspend_binh(&t);
    Tb__Envelope *e = taped(&tape, TB_ENV_NOTE);
    assert_true(is_note(e));
    assert_null(memmem(e->capsule->data.data, e->capsule->data.len, "binh", 4));
    assert_true(e->capsule->data.len > TB_NOTE_STEP && e->capsule->data.len < 2 * TB_NOTE_STEP);
    assert_int_equal(e->statement.len, 0);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_note_under_another_name_or_changed_says_nothing(void **state)
{
    struct lie lie = { 0 };
    struct tape tape;
    struct town t;

    (void)state;
    struct node *an = town_with_witness(&t, 2 * HOUR);
    tape_on(an, &tape);
    tape.drops = is_note;
    suspend_binh(&t);
    Tb__Envelope e = *taped(&tape, TB_ENV_NOTE);
    town_lie(an, &lie);
    e.from_cred = tb_field(town_node(&t, "an")->core->me->cred.b, TB_HASH_BYTES);
    inject(an, &e);
    e = *taped(&tape, TB_ENV_NOTE);
    e.capsule->data.data[e.capsule->data.len - 1] ^= 1;
    inject(an, &e);
    e.capsule->data.data[e.capsule->data.len - 1] ^= 1;
    inject(an, &e);
    inject(an, &e); /* twice is once */
    assert_int_equal(standing_of_binh(an), TB_STANDING_SUSPENDED);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_withheld_removal_counts_on_sight_and_ends_confirmation_after_an_hour),
        cmocka_unit_test(a_restart_forgets_no_removal),
        cmocka_unit_test(an_honest_relay_raises_no_alarm),
        cmocka_unit_test(the_publisher_notices_too),
        cmocka_unit_test(a_relay_that_drops_the_note_too_is_found_out_by_the_publisher),
        cmocka_unit_test(a_note_hides_what_it_says_and_its_length),
        cmocka_unit_test(a_note_under_another_name_or_changed_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
