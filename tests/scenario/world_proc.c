/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_proc.c - see world_proc.h. */
#define _GNU_SOURCE
#include "world_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"

long long now_ms(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pause_ms(int ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&t, NULL); /* an early return only polls sooner */
}

void run_done(struct run *r)
{
    free(r->out);
    free(r->err);
    *r = (struct run){ 0 };
}

/* An unnamed file holding `text`, open at its start. */
static int memory_file(const char *text)
{
    int fd = memfd_create("world", MFD_CLOEXEC);

    assert_true(fd >= 0);
    if (text) {
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    }
    return fd;
}

static char *slurp(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
    return text;
}

static void become(char *const argv[], const int fds[4])
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 4; i++)
        if (fds[i] >= 0)
            (void)dup2(fds[i], i); /* clears close-on-exec on the copy */
    (void)execv(argv[0], argv);
    _exit(127);
}

static pid_t spawn(char *const argv[], const int fds[4])
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        become(argv, fds);
    return pid;
}

/* Waits for the child until the deadline; 128 + signal if it was killed. */
static int wait_for(pid_t pid, int wait_s, const char *name)
{
    long long deadline = now_ms() + wait_s * 1000LL;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (now_ms() > deadline) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            fail_msg("%s did not end within %d s", name, wait_s);
        }
        pause_ms(5);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct run proc_run(char *const argv[], const char *input, int wait_s)
{
    TB_CLEANUP(tb_closep) int in = memory_file(input);
    TB_CLEANUP(tb_closep) int out = memory_file(NULL);
    TB_CLEANUP(tb_closep) int err = memory_file(NULL);
    const int fds[4] = { in, out, err, -1 };
    pid_t pid = spawn(argv, fds);
    int code = wait_for(pid, wait_s, argv[0]);

    return (struct run){ .code = code, .out = slurp(out), .err = slurp(err) };
}

/* To the end of the line: who writes it in pieces must not find the pipe closed. */
void proc_wait_ready(int fd, char *ready, size_t size, int wait_ms, const char *name)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    size_t n = 0;

    do {
        if (poll(&p, 1, wait_ms) != 1)
            fail_msg("%s did not say that it is ready within %d ms", name, wait_ms);
        ssize_t got = read(fd, ready + n, size - 1 - n);
        if (got == 0 && n > 0)
            break;
        if (got <= 0)
            fail_msg("%s ended before it was ready; see its log", name);
        n += (size_t)got;
        ready[n] = '\0';
    } while (n < size - 1 && !strchr(ready, '\n'));
    ready[strcspn(ready, "\n")] = '\0';
}

struct proc proc_launch(char *const argv[], const char *log, int *ret_ready)
{
    int pipe_fds[2];
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    TB_CLEANUP(tb_closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    TB_CLEANUP(tb_closep)
    int out = open(log ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int fds[4] = { null, out, out, pipe_fds[1] };
    struct proc p = { .pid = spawn(argv, fds) };

    (void)close(pipe_fds[1]);
    *ret_ready = pipe_fds[0];
    return p;
}

struct proc proc_start(char *const argv[], const char *log, char *ready, size_t size, int wait_ms)
{
    TB_CLEANUP(tb_closep) int rd = -1;
    struct proc p = proc_launch(argv, log, &rd);

    if (ready)
        proc_wait_ready(rd, ready, size, wait_ms, argv[0]);
    return p;
}

static int reap(struct proc *p, int sig)
{
    assert_true(p->pid > 0);
    assert_int_equal(kill(p->pid, sig), 0);
    int code = wait_for(p->pid, 20, "the process");
    p->pid = -1;
    return code;
}

void proc_stop(struct proc *p)
{
    assert_int_equal(reap(p, SIGTERM), 0);
}

void proc_kill(struct proc *p)
{
    assert_int_equal(reap(p, SIGKILL), 128 + SIGKILL);
}

bool proc_alive(const struct proc *p)
{
    return p->pid > 0 && kill(p->pid, 0) == 0;
}

void proc_freeze(const struct proc *p)
{
    assert_int_equal(kill(p->pid, SIGSTOP), 0);
}

void proc_thaw(const struct proc *p)
{
    assert_int_equal(kill(p->pid, SIGCONT), 0);
}
