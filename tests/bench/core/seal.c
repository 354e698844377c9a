/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal.c - what one report to a whole province costs the clerk's machine: CPU from tbc_report to its COMMIT. */
/* link: tb_server */
/* wrap: clock_gettime */
/*
 * A real core with its encrypted store; 300 devices of 38 people, with each of them a session.  Reports go out
 * one after the other; their CPU time is counted, not what the relay and the others do with them.  Prints min,
 * median and max; judges nothing. */
#define _GNU_SOURCE /* core_world.h */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PROVINCE_DEVICES 320
#include "core_world.h"
#include "support_core_e2e.h"

enum { PEOPLE = 38, EACH = TB_DEVICES_PER_ACCOUNT, TIER = 8, REPORTS = 21 };

/* 37 people have eight devices, the last one four. */
static size_t devices_of(size_t person)
{
    return person + 1 < PEOPLE ? EACH : EACH / 2;
}

static double cpu_ms(void)
{
    struct rusage u;

    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

/* A device that the province knows; the clerk starts a session with it. */
static void add_device(struct town *t, struct node *clerk, const char *account, size_t no)
{
    struct person owner;
    struct e2e_bundle bundle;
    char device[TB_NAME_MAX + 1];

    (void)snprintf(device, sizeof device, "may-%zu", no);
    person_new(&owner, (uint8_t)no);
    struct province_device *d = province_device(&t->p, account, "pa05", device, TB_ROLE_RESPONDER);
    memcpy(d->ident_pk, owner.identity.public_key, sizeof d->ident_pk);
    province_must(province_admit(&t->p, d), account, t->p.why.text);
    bundle_of(&owner, true, &bundle);

    struct e2e_peer peer = { .cred = d->cred };
    memcpy(peer.ident_pk, d->ident_pk, sizeof peer.ident_pk);
    assert_ok(core_begin(clerk->core));
    assert_ok(e2e_start(clerk->core->e2e, &peer, &bundle));
    assert_ok(core_commit(clerk->core));
    person_done(&owner);
}

/* Who stands in which tier, as province_policy_body() reads it. */
static size_t people(struct town *t, struct node *clerk, char *tiers, size_t room)
{
    size_t n = 0, used = 0;

    for (size_t i = 0; i < PEOPLE; i++) {
        char account[TB_NAME_MAX + 1];
        (void)snprintf(account, sizeof account, "nguoi-%zu", i + 1);
        for (size_t k = 0; k < devices_of(i); k++, n++)
            add_device(t, clerk, account, k + 1);
        used += (size_t)snprintf(tiers + used, room - used, "%s%s",
                                 i == 0          ? ""
                                 : i % TIER == 0 ? ";"
                                                 : ",",
                                 account);
    }
    return n;
}

static double report_once(struct town *t, struct node *clerk)
{
    const struct tbc_report r = { .kind = "ATT-06",
                                  .title = "Máy chủ bị mã hoá",
                                  .text = "Máy chủ tệp bị mã hoá từ 02:40, đang lan.",
                                  .page_class = 1,
                                  .policy = "toan-tinh",
                                  .no_state_secret = true };
    struct tbc_why why = { "" };
    struct tb_id page;
    double before = cpu_ms();

    if (tbc_report(clerk->core, &r, &page, &why) != TB_OK) {
        (void)fprintf(stderr, "the report was refused: %s\n", why.text);
        exit(1);
    }
    double took = cpu_ms() - before;
    town_pass(t, 2000);
    return took;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

int main(void)
{
    static struct town t;
    double took[REPORTS];
    char tiers[2048];

    town_open(&t);
    struct node *clerk = town_node(&t, "so-y-te");
    size_t n = people(&t, clerk, tiers, sizeof tiers);
    town_sync(&t);
    town_policy(&t, "toan-tinh", tiers);
    town_pass(&t, 10000);
    for (size_t i = 0; i < REPORTS; i++)
        took[i] = report_once(&t, clerk);
    qsort(took, REPORTS, sizeof *took, by_size);
    (void)printf(
        "one report to %zu devices, CPU of the sender: min %.1f, median %.1f, max %.1f ms\n", n,
        took[0], took[REPORTS / 2], took[REPORTS - 1]);
    town_close(&t);
    return town_done(NULL);
}
