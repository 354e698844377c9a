/* SPDX-License-Identifier: GPL-3.0-or-later */
/* views.h - what the two files of views share. */
#pragma once

#include "client/core/leaf.h"

void view_fill(struct tbc *c, const struct leaf *l, struct tbc_page *ret);
