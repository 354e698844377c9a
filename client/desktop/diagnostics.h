/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diagnostics.h - facts for a report of a fault, into the clipboard; nothing of what pages say. */
#pragma once

void tbd_diagnostics_copy(void);
