/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offline.h - what the commands on a state directory share. */
#pragma once

#include "server/relay_priv.h"

enum { OFFLINE_PATH = 1200 };

void offline_say(const struct relay_say *say, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
tb_result offline_path(const char *dir, const char *name, char ret[static OFFLINE_PATH]);
/* Makes the folder (0700), or checks that it is one of ours. */
tb_result offline_make_dir(const char *dir, const struct relay_say *say);

/* Writes a new file; says why not.  TB_E_CONFLICT: there is one, which is never overwritten. */
tb_result offline_create(const char *out, struct tb_view data, const struct relay_say *say);
/* Opens the store of the folder; says why not. */
tb_result offline_store(const char *dir, const struct relay_say *say, struct store **ret);
