/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox_calls.h - for sandbox.c: the calls of the kernel that an agent never needs. */
#pragma once

#include <stdbool.h>

/* Denies them to all threads from now on; false and errno: nothing is denied. */
bool sandbox_calls(void);
