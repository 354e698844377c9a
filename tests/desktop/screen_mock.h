/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_mock.h - services of a desktop that write down what they were asked (python3-dbusmock), on the
 * screen's bus. */
#pragma once

#include "screen.h"

struct mock {
    struct proc proc;
    char log[SCREEN_PATH + 20];
    const char *name, *path, *interface;
};

/* Is dbusmock installed?  Otherwise the test is to be skipped. */
bool mock_there(void);
/* A notification server with these capabilities, e.g. "body actions". */
void mock_notifications(struct screen *s, struct mock *m, const char *capabilities);
/* The system's logind; DBUS_SYSTEM_BUS_ADDRESS has to be the screen's bus. */
void mock_logind(struct screen *s, struct mock *m);
void mock_end(struct mock *m);

/* Has it send a signal, and takes the tuple of arguments. */
void mock_emit(const struct mock *m, const char *signal, GVariant *args);

/* How often does a file hold this text?  0 also without a file. */
int file_count(const char *path, const char *text);
/* Waits until it is there `n` times; gives the milliseconds that it took. */
long long file_wait(const char *path, const char *text, int n, int within_ms);
