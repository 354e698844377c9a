/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h - questions to the person at the terminal, asked on /dev/tty so that
 * a pipe on stdin or stdout does not answer for them. */
#pragma once

#include "proto/bytes.h"

enum terminal_echo { TERMINAL_HIDDEN, TERMINAL_SHOWN };

/* Appends one line without its end to *ret.  TB_E_NOTFOUND: there is no terminal.
 * TB_E_LIMIT: longer than `max`. */
tb_result terminal_ask(const char *prompt, enum terminal_echo echo, size_t max, struct tb_buf *ret);
