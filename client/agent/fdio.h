/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdio.h - whole files through descriptors that a frontend handed over.
 *
 * Only regular files (memfd included): reading a pipe could hold up the agent. */
#pragma once

#include "proto/bytes.h"

/* Appends the file from its start to *ret.  TB_E_LIMIT: longer than `max`.  TB_E_RANGE: no regular file. */
tb_result fd_read(int fd, size_t max, struct tb_buf *ret);
/* Replaces the file's content. */
tb_result fd_write(int fd, struct tb_view data);
/* A sealed memfd with this content; the caller closes. */
tb_result fd_of(struct tb_view data, int *ret_fd);

enum { FD_PASSPHRASE_MAX = 1024 };
/* The first line of the file; *ret is to be wiped. */
tb_result fd_read_passphrase(int fd, struct tb_buf *ret);
tb_result path_read_passphrase(const char *path, struct tb_buf *ret);
