/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_world.h - a relay process of its own, with a roster of as many devices as are wanted.
 *
 * State directory, keys, import and configuration are made by the program itself; only the roster is signed here. */
#pragma once

#include <sys/types.h>

#include "proto/roster.h"

struct device {
    char account[TB_NAME_MAX + 1];
    enum tb_role role;
    struct tb_sign_pair sign;
    struct tb_hash cred;
};

struct world {
    char dir[128], state[160], config[160], bin[512];
    pid_t relay; /* 0: not running */
    int port;
    struct tb_roster *roster;
    struct tb_hash id;
    struct tb_id relay_id;
    struct tb_sign_pair custodian, registrar;
    struct device *device;
    size_t n;
};

enum {
    WORLD_TAKERS = 8,   /* devices 0..7: take notes */
    WORLD_SENDERS = 50, /* the next ones send */
    WORLD_TIER = 15,    /* accounts in each of the four tiers of POLICY_PAGE, after those */
};

/* Makes everything and starts the relay; `devices` besides those that every world has. */
void world_open(struct world *w, size_t devices);
void world_close(struct world *w);
void world_start(struct world *w);
void world_stop(struct world *w);
void world_kill(struct world *w);

struct device *world_taker(struct world *w, size_t i);
struct device *world_sender(struct world *w, size_t i);
/* Account i of tier t (from 1) of the policy "bon-bac". */
struct device *world_tier(struct world *w, size_t t, size_t i);
struct device *world_other(struct world *w, size_t i);
size_t world_others(const struct world *w);

/* Resident memory of a process, bytes. */
size_t world_resident(pid_t pid);
/* CPU time of a process so far, seconds. */
double world_cpu_s(pid_t pid);
