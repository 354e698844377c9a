/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_storm.h - strangers who attack the door of a relay, in processes of their own, until they are called off.
 *
 * Each connection comes from another address of 127.0.0.0/8, as from a network of taken-over machines: what the
 * relay grants to one address does not stop them.  They run at the lowest priority, as theirs would be other
 * processors.  Nothing here fails a test: an attacker whose connection is refused tries the next one. */
#pragma once

#include <sys/types.h>

enum storm_kind {
    STORM_SILENCE,    /* thousands of connections that say nothing */
    STORM_HALF_TLS,   /* a ClientHello, then nothing */
    STORM_HANDSHAKES, /* whole handshakes, one after another */
    STORM_SLOW,       /* a request, and a frame, byte by byte */
    STORM_HEADERS,    /* a header without an end */
    STORM_FRAMES,     /* giant, tiny, unmasked, reserved and senseless frames */
    STORM_PINGS,      /* nothing but pings, as many as go through, and no reading */
    STORM_KEYS,       /* a new TLS key for each byte */
    STORM_KINDS,
};

enum { STORM_MOST = 4 };

struct storm {
    pid_t pid[STORM_MOST];
    int n;
    long *tries; /* connections made so far, of all processes */
};

struct storm storm_begin(enum storm_kind kind, int port, int processes);
/* Waits until so many connections were made. */
void storm_wait(const struct storm *s, long tries);
void storm_end(struct storm *s);

/* What the relay's process costs. */
double storm_cpu_seconds(pid_t pid);
long storm_memory_kib(pid_t pid); /* the most that it ever had resident */
/* Lines of a log; of those only with this word, unless it is NULL. */
int storm_lines(const char *path, const char *word);
