/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tb_cmocka.h - cmocka with the headers it forgot to include. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
