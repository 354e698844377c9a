/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silent.h - the pages that nobody answers, said loudly, with whom to ring up for each. */
#pragma once

#include "client/cli/cli.h"

/* Of these pages (documents of Pages), on stdout; nothing where there is none. */
void say_silent(struct cli *c, GPtrArray *pages);
