/* SPDX-License-Identifier: GPL-3.0-or-later */
/* admin.h - the commands of trucban-relay that work on a state directory and return. */
#pragma once

#include <stddef.h>

struct admin_options {
    const char *state_dir, *address, *in, *out, *passphrase_file;
    int port, within_s; /* 0: not given */
    char *const *files; /* what stood after the options */
    size_t n_files;
};

/* Each returns the exit status and has said what was wrong. */
int admin_init(const struct admin_options *o);
int admin_entry(const struct admin_options *o);
int admin_import(const struct admin_options *o);
int admin_requests(const struct admin_options *o);
int admin_check(const struct admin_options *o);
int admin_backup(const struct admin_options *o);
int admin_restore(const struct admin_options *o);
int admin_status(const struct admin_options *o);
int admin_listen_heartbeat(const struct admin_options *o); /* listen_heartbeat.c */
