/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.h - a typed passphrase on its way to the agent: in a sealed memory file, never in a message. */
#pragma once

#include <gio/gunixfdlist.h>

/* The text as the only descriptor of a list; the handle to pass is 0.  NULL: out of memory
 * or descriptors. */
GUnixFDList *tbd_secret_new(const char *typed);
