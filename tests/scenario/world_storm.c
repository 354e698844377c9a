/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_storm.c - see world_storm.h.  No assertion below storm_begin: a child must not go on with the tests. */
#define _GNU_SOURCE
#include "world_storm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_proc.h"

enum { HELD = 400, PATIENCE_S = 2, PAUSE_MS = 20, JUNK = 16384 };

struct attacker {
    int port;
    long *tries;
    SSL_CTX *tls;
    unsigned chance;
    struct held {
        int fd;
        SSL *tls;
    } held[HELD]; /* a ring: the oldest is closed for a new one */
    size_t next;
};

static unsigned dice(struct attacker *a)
{
    a->chance = a->chance * 1664525u + 1013904223u;
    return a->chance >> 8;
}

/* From some address of this machine; -1: not let in. */
static int come_in(struct attacker *a)
{
    struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    from.sin_addr.s_addr = htonl(0x7f000002u + dice(a) % 0xfffff0u);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)a->port);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)bind(fd, (struct sockaddr *)&from, sizeof from);
    (void)__atomic_add_fetch(a->tries, 1, __ATOMIC_RELAXED);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static SSL *shake_hands(struct attacker *a, int fd)
{
    SSL *tls = SSL_new(a->tls);

    if (tls && SSL_set_fd(tls, fd) == 1 && SSL_connect(tls) == 1)
        return tls;
    SSL_free(tls);
    return NULL;
}

static void let_go(struct held *h)
{
    SSL_free(h->tls);
    if (h->fd > 0)
        (void)close(h->fd);
    *h = (struct held){ 0 };
}

/* Takes both. */
static void hold(struct attacker *a, int fd, SSL *tls)
{
    struct held *h = &a->held[a->next++ % HELD];

    let_go(h);
    *h = (struct held){ fd, tls };
}

/* A connection over TLS that said `text`; NULL fd: none. */
static struct held say(struct attacker *a, const char *text)
{
    struct held h = { .fd = come_in(a) };

    if (h.fd >= 0)
        h.tls = shake_hands(a, h.fd);
    if (!h.tls || SSL_write(h.tls, text, (int)strlen(text)) <= 0) {
        let_go(&h);
        h.fd = -1;
    }
    return h;
}

static const char request[] =
    "GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: trucban-1\r\n\r\n";

static struct held websocket(struct attacker *a)
{
    char answer[1024];
    struct held h = say(a, request);

    if (h.tls && SSL_read(h.tls, answer, sizeof answer) <= 0) {
        let_go(&h);
        h.fd = -1;
    }
    return h;
}

/* --- the kinds: one round each */

static void silence(struct attacker *a)
{
    int fd = come_in(a);

    if (fd >= 0)
        hold(a, fd, NULL);
}

static void half_tls(struct attacker *a)
{
    int fd = come_in(a);
    SSL *tls = fd >= 0 ? SSL_new(a->tls) : NULL;

    if (!tls)
        return;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)SSL_set_fd(tls, fd);
    (void)SSL_connect(tls); /* sends its first message and finds no answer yet */
    hold(a, fd, tls);
}

static void handshakes(struct attacker *a)
{
    struct held h = { .fd = come_in(a) };

    if (h.fd >= 0)
        h.tls = shake_hands(a, h.fd);
    let_go(&h);
}

static void slow(struct attacker *a)
{
    static const char drop[] = "X-A: b\r\n", frame[] = { (char)0x82, (char)0xfe, 7 };
    struct held h = dice(a) % 2 ? websocket(a) : say(a, "GET / HTTP/1.1\r\n");

    if (h.tls)
        hold(a, h.fd, h.tls);
    for (size_t i = 0; i < HELD; i++)
        if (a->held[i].tls &&
            SSL_write(a->held[i].tls, i % 2 ? drop + i % 8 : frame + i % 3, 1) <= 0)
            let_go(&a->held[i]);
    pause_ms(PAUSE_MS);
}

static void headers(struct attacker *a)
{
    static const char more[] =
        "X-Nothing: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    struct held h = say(a, "GET / HTTP/1.1\r\nHost: relay\r\n");

    for (int i = 0; h.tls && i < 4000; i++)
        if (SSL_write(h.tls, more, sizeof more - 1) <= 0)
            break;
    let_go(&h);
}

static void frames(struct attacker *a)
{
    static const struct {
        unsigned char bytes[16];
        int n, times;
    } kinds[] = {
        { { 0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6 }, 16, 1 }, /* 2^40 bytes */
        { { 0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 10, 1 },
        { { 0x02, 0x80, 0, 0, 0, 0 }, 6, 4000 },             /* empty, and more to come */
        { { 0x02, 0x81, 0, 0, 0, 0, 'a' }, 7, 4000 },        /* one byte, and more to come */
        { { 0x82, 0x01, 'a' }, 3, 200 },                     /* unmasked */
        { { 0x82, 0x84, 0, 0, 0, 0, 1, 2, 3, 4 }, 10, 400 }, /* no batch */
        { { 0x83, 0x80, 0, 0, 0, 0 }, 6, 10 },               /* reserved */
        { { 0xf2, 0x80, 0, 0, 0, 0 }, 6, 10 },               /* compressed, it says */
        { { 0x89, 0xfe, 0x7f, 0xff, 0, 0, 0, 0 }, 8, 1 },    /* a ping of 32 KB */
        { { 0x09, 0x80, 0, 0, 0, 0 }, 6, 400 },              /* a ping in pieces */
        { { 0x80, 0x80, 0, 0, 0, 0 }, 6, 10 },               /* goes on with nothing */
        { { 0x88, 0x81, 0, 0, 0, 0, 1 }, 7, 10 },            /* farewell, half a reason */
    };
    struct held h = websocket(a);
    size_t k = dice(a) % (sizeof kinds / sizeof kinds[0]);

    for (int i = 0; h.tls && i < kinds[k].times; i++)
        if (SSL_write(h.tls, kinds[k].bytes, kinds[k].n) <= 0)
            break;
    if (h.tls)
        hold(a, h.fd, h.tls);
}

static void pings(struct attacker *a)
{
    unsigned char many[JUNK];
    struct held h = websocket(a);

    for (size_t i = 0; i + 6 <= sizeof many; i += 6)
        memcpy(many + i, (const unsigned char[]){ 0x89, 0x80, 0, 0, 0, 0 }, 6);
    for (int i = 0; h.tls && i < 1000; i++)
        if (SSL_write(h.tls, many, JUNK - JUNK % 6) <= 0)
            break;
    let_go(&h);
}

static void keys(struct attacker *a)
{
    struct held h = say(a, "GET / HT");

    for (int i = 0; h.tls && i < 2000; i++)
        if (SSL_key_update(h.tls, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_write(h.tls, "a", 1) <= 0)
            break;
    let_go(&h);
}

typedef void round_fn(struct attacker *a);
static round_fn *const rounds[STORM_KINDS] = {
    [STORM_SILENCE] = silence, [STORM_HALF_TLS] = half_tls, [STORM_HANDSHAKES] = handshakes,
    [STORM_SLOW] = slow,       [STORM_HEADERS] = headers,   [STORM_FRAMES] = frames,
    [STORM_PINGS] = pings,     [STORM_KEYS] = keys,
};

/* --- beginning and end */

static _Noreturn void attack(enum storm_kind kind, int port, long *tries, unsigned chance)
{
    static struct attacker a;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setpriority(PRIO_PROCESS, 0, 19);
    a = (struct attacker){ .port = port, .tries = tries, .chance = chance };
    a.tls = SSL_CTX_new(TLS_client_method());
    for (;;)
        rounds[kind](&a);
}

struct storm storm_begin(enum storm_kind kind, int port, int processes)
{
    struct storm s = { .n = processes };

    assert_in_range(processes, 1, STORM_MOST);
    s.tries =
        mmap(NULL, sizeof *s.tries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s.tries != MAP_FAILED);
    for (int i = 0; i < processes; i++) {
        s.pid[i] = fork();
        assert_true(s.pid[i] >= 0);
        if (s.pid[i] == 0)
            attack(kind, port, s.tries, (unsigned)kind * 7919u + (unsigned)i);
    }
    return s;
}

void storm_wait(const struct storm *s, long tries)
{
    long long until = now_ms() + 30000;

    while (__atomic_load_n(s->tries, __ATOMIC_RELAXED) < tries) {
        if (now_ms() > until)
            fail_msg("the attackers made %ld connections in 30 s, not %ld", *s->tries, tries);
        pause_ms(5);
    }
}

void storm_end(struct storm *s)
{
    for (int i = 0; i < s->n; i++) {
        (void)kill(s->pid[i], SIGKILL);
        (void)waitpid(s->pid[i], NULL, 0);
    }
    (void)munmap(s->tries, sizeof *s->tries);
    s->n = 0;
}

/* --- what it costs */

double storm_cpu_seconds(pid_t pid)
{
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    const char *rest = strrchr(text, ')');
    assert_non_null(rest);
    assert_int_equal(
        sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel), 2);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

long storm_memory_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    (void)fclose(f);
    assert_true(kib > 0);
    return kib;
}

int storm_lines(const char *path, const char *word)
{
    FILE *f = fopen(path, "re");
    char line[2048];
    int lines = 0;

    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        lines += !word || strstr(line, word) != NULL;
    (void)fclose(f);
    return lines;
}
