/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_proc.h - real processes for a scenario: run to the end, or keep running.
 *
 * Children die with the test (PR_SET_PDEATHSIG).  Nothing sleeps for luck:
 * servers say on fd 3 that they are ready, everything else is polled with a
 * deadline that fails the test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROC_ARGS_MAX = 40 };

struct proc {
    pid_t pid; /* -1: not running */
};

/* What a finished program left behind; free with run_done. */
struct run {
    int code; /* exit status; 128 + signal if killed */
    char *out, *err;
};
void run_done(struct run *r);

/* Runs argv (NULL-terminated) with `input` on its standard input (NULL: empty) and waits.
 * Fails the test if it takes longer than `wait_s`. */
struct run proc_run(char *const argv[], const char *input, int wait_s);

/* Starts a server whose fd 3 is a pipe, gives the first line it writes there; with `log` its stdout
 * and stderr go to that file.  `ready` NULL: does not wait. */
struct proc proc_start(char *const argv[], const char *log, char *ready, size_t size, int wait_ms);

/* The same without waiting: what the server writes on its fd 3 can be read from *ret_ready, to be closed. */
struct proc proc_launch(char *const argv[], const char *log, int *ret_ready);
/* The first line that it writes there. */
void proc_wait_ready(int fd, char *ready, size_t size, int wait_ms, const char *name);

/* SIGTERM, wait, assert a clean exit: a sanitizer report fails the test. */
void proc_stop(struct proc *p);
/* SIGKILL, as a crash would. */
void proc_kill(struct proc *p);
bool proc_alive(const struct proc *p);
/* SIGSTOP and SIGCONT: frozen, not dead. */
void proc_freeze(const struct proc *p);
void proc_thaw(const struct proc *p);

/* Milliseconds that never jump, for deadlines. */
long long now_ms(void);
/* A short pause inside a polling loop. */
void pause_ms(int ms);
