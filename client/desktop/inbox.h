/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox.h - the duty inbox: what waits for an answer, what is open, the last day. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_INBOX tbd_inbox_get_type()
G_DECLARE_FINAL_TYPE(TbdInbox, tbd_inbox, TBD, INBOX, AdwBin)
