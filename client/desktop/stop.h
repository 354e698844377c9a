/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stop.h - to receive no more pages on this device, and to receive them again. */
#pragma once

/* Asks first, and says which tier would be left with nobody. */
void tbd_stop_ask(void);
/* At once. */
void tbd_stop_end(void);
