/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.h - tells the service manager how we are (sd_notify's protocol).
 *
 * A datagram to the socket that $NOTIFY_SOCKET names, written here in full rather than by libsystemd: the program
 * that parses bytes of strangers links as little as it can.  Without that variable all of this does nothing. */
#pragma once

#include <stdint.h>

/* Makes the socket while the process still may (sandbox.h); nothing is said before. */
void notify_open(void);

/* Lines of NAME=value: "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...". */
void notify_send(const char *state);

/* How often "WATCHDOG=1" is expected; 0: not at all. */
int64_t notify_watchdog_ms(void);
