/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.h - the relay's configuration file: strict, so that a typing error is not a silent default.
 *
 * An INI file and, after it in alphabetical order, the files of the folder FILE.d whose names end in
 * .conf, which may set keys again.  Unknown
 * sections and keys, a key twice in one file and values out of range are errors that name file and line. */
#pragma once

#include "proto/bytes.h"
#include "server/log.h"

enum {
    CONFIG_PATH_MAX = 1024,
    CONFIG_ADDRESS_MAX = 64,
    CONFIG_OFF = -1, /* metrics_port, heartbeat_port: none */
};

struct config {
    char state_dir[CONFIG_PATH_MAX];
    char address[CONFIG_ADDRESS_MAX]; /* numeric */
    int port;                         /* 0: the kernel picks one */
    char metrics_address[CONFIG_ADDRESS_MAX];
    int metrics_port;
    int max_peers;               /* connections in all */
    int max_anonymous;           /* of them not logged in yet */
    int max_anonymous_source;    /* of them from one address (IPv6: one /64) */
    int handshakes_per_source_s; /* new connections a second from one address */
    char heartbeat_address[CONFIG_ADDRESS_MAX];
    int heartbeat_port; /* with the address: both or neither */
    int heartbeat_every_s;
    enum log_level log_level;
};

struct config_error {
    char text[512]; /* file:line: what is wrong, and the remedy */
};

void config_default(struct config *c);

/* TB_E_IO: the file cannot be read; TB_E_RANGE: its content; both explain themselves in *ret_error. */
tb_result config_load(const char *path, struct config *ret, struct config_error *ret_error);
