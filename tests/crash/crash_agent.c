/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crash_agent.c - the power of an agent's machine is cut between any two changes of its disk (A70, A71). */
/* link: tb_server */
/* wrap: clock_gettime */
/*
 *     crash_agent [--cuts N] [--seed S] [--world K]
 *
 * The real core of four devices (client/core) and a real relay, joined by queues;
 * people report, accept, decline, resolve, and time passes.  The power of one
 * machine is cut, again and again; it starts on what its disk could have kept.
 * What a person was told ("sent", "accepted") must be there at once, must reach
 * everybody, and must be readable; what was acknowledged to the relay must have
 * been kept; no message key is ever used for two texts, and no session has to be
 * made anew (agent_sent.h).
 *
 * Held to its word: with synchronous = NORMAL in client/core/store.c (and what
 * asserts it) seed 1 loses a report; where client/core/turn.c sends before it
 * commits, a ratchet goes back. */
#include "core_disk.h"

#include "tests/crash/agent_sent.h"
#include "tests/crash/crash.h"

enum { CUTS_PER_WORLD = 12, PAGES = 400, VICTIMS = 4 };

static struct town t;
static struct sent sent;
static struct node *victim;

/* What people were told. */
static struct told {
    struct tb_id page;
    struct node *from;
    bool accepted; /* somebody was told that he had accepted it */
} told[PAGES];
static size_t n_told;
static uint64_t answered, judged, again, back;
static char under[200]; /* the victim's files */

static bool leaves(struct node *n, struct tb_view batch)
{
    if (disk_is_cut() && n == victim)
        return false;
    sent_see(&sent, n->account, batch);
    return true;
}

/* ---- the power */

static void arm(void)
{
    victim = &t.node[disk_random(VICTIMS)];
    (void)snprintf(under, sizeof under, "%s/", victim->dir);
    disk_cut_after(under, 1 + disk_random(disk_random(4) ? 250 : 15));
}

/* What its person was told is there as soon as it is back. */
static void judge_now(void)
{
    struct tbc_page_full full;

    for (size_t i = 0; i < n_told; i++) {
        if (told[i].from != victim)
            continue;
        CRASH_MUST(tbc_page_get(victim->core, &told[i].page, &full) == TB_OK,
                   "a report that %s was told is sent is gone", victim->account);
        tbc_page_full_done(&full);
        judged++;
    }
}

static void come_back(void)
{
    town_kill(victim);
    disk_power_on();
    town_hang_up(victim);
    if (disk_random(4) == 0) { /* and out again, while it opens its store */
        disk_cut_after(under, 1 + disk_random(8));
        town_revive(victim);
        disk_cut_now(under);
        town_kill(victim);
        disk_power_on();
        town_hang_up(victim);
        again++;
    }
    town_revive(victim);
    judge_now();
    back++;
}

static void between(struct town *town)
{
    (void)town;
    if (disk_is_cut())
        come_back();
}

/* ---- what people do */

static void report(void)
{
    struct node *n = town_node(&t, disk_random(3) ? "so-y-te" : "chi");
    const struct tbc_report r = { .kind = "ATT-06",
                                  .title = "Mất điện",
                                  .text = "Máy chủ tắt.",
                                  .page_class = 1 + disk_random(3),
                                  .no_state_secret = true };
    struct tb_id page;

    if (n_told == PAGES || tbc_report(n->core, &r, &page, NULL) != TB_OK ||
        (disk_is_cut() && n == victim))
        return;
    told[n_told++] = (struct told){ .page = page, .from = n };
    answered++;
}

static void answer(void)
{
    struct node *n = town_node(&t, disk_random(2) ? "an" : "binh");
    uint32_t what = disk_random(8);

    if (n_told == 0)
        return;
    struct told *p = &told[n_told - 1 - disk_random(n_told < 3 ? (uint32_t)n_told : 3)];
    enum tb_act_kind kind = what == 0 ? TB_ACT_RESOLVE : what == 1 ? TB_ACT_DECLINE : TB_ACT_ACCEPT;
    if (town_answer(n, &p->page, kind, "hỏng máy") != TB_OK || (disk_is_cut() && n == victim))
        return;
    p->accepted |= kind == TB_ACT_ACCEPT;
    answered++;
}

static void until_the_cut(void)
{
    uint64_t before = back;

    for (int i = 0; i < 400 && back == before; i++) {
        uint32_t what = disk_random(10);
        if (what < 3)
            report();
        else if (what < 6)
            answer();
        between(&t);
        town_pass(&t, disk_random(what == 9 ? 40000 : 3000));
        for (size_t k = 0; k < t.n; k++)
            t.node[k].n_rings = 0;
    }
    if (back == before) { /* nothing happened there for so long */
        disk_cut_now(under);
        come_back();
    }
}

/* ---- the end of a world */

static void judge_device(struct node *n, const struct told *p)
{
    struct tbc_page_full full;

    if (n != p->from && strcmp(n->account, "so-y-te") == 0)
        return; /* nobody sent it there */
    CRASH_MUST(tbc_page_get(n->core, &p->page, &full) == TB_OK, "%s never got a page that was sent",
               n->account);
    CRASH_MUST(full.page.readable || n == town_node(&t, "binh") || n == town_node(&t, "chi"),
               "%s cannot read a page", n->account);
    if (n == p->from)
        for (size_t i = 0; i < full.n_devices; i++)
            CRASH_MUST(full.device[i].capsule_ok_ms > 0, "a device could not open its capsule");
    CRASH_MUST(!p->accepted || full.page.owner[0],
               "%s does not know who accepted, and somebody was told that he had", n->account);
    tbc_page_full_done(&full);
    judged++;
}

static void judge_end(void)
{
    struct tbc_status s;

    town_pass(&t, 60000);
    for (size_t k = 0; k < t.n; k++)
        for (size_t i = 0; i < n_told; i++)
            judge_device(&t.node[k], &told[i]);
    for (size_t k = 0; k < t.n; k++) {
        tbc_status(t.node[k].core, &s);
        CRASH_MUST(s.outbox == 0, "%u things never left %s", s.outbox, t.node[k].account);
    }
    CRASH_MUST(sent.resets == 0, "%llu sessions had to be made anew",
               (unsigned long long)sent.resets);
}

static void one_world(struct crash_run *r)
{
    sent.n = sent.resets = 0;
    n_told = 0;
    answered = judged = again = 0;
    victim = NULL;
    town_open_on_disk(&t, leaves);
    t.between = between;
    for (int i = 0; i < CUTS_PER_WORLD && r->done < r->cuts; i++) {
        arm();
        until_the_cut();
        crash_progress(r);
    }
    judge_end();
    r->answered += answered;
    r->judged += judged;
    r->recovered += again;
    town_close_on_disk(&t);
}

int main(int argc, char **argv)
{
    int status = crash_main(argc, argv, "power cuts of an agent", one_world);

    (void)town_done_on_disk(NULL);
    return status;
}
