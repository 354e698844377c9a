/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h - whole files in and out. */
#pragma once

#include "proto/bytes.h"

/* Appends the file to *ret.  TB_E_NOTFOUND; TB_E_LIMIT: larger than `max`; TB_E_IO. */
tb_result file_read(const char *path, size_t max, struct tb_buf *ret);
/* Writes beside, syncs, renames: the file is the old or the new one, never half.  Mode 0600. */
tb_result file_replace(const char *path, struct tb_view data);
/* Makes a new file.  TB_E_CONFLICT: there is one. */
tb_result file_create(const char *path, struct tb_view data);
