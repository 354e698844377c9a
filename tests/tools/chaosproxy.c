/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chaosproxy.c - passes TCP connections on as badly as it is told.
 *
 *     chaosproxy CONTROL FROM-PORT TO-PORT
 *
 * Listens on 127.0.0.1, FROM-PORT, for TO-PORT of the same address; says "ready" on descriptor 3.  Takes commands, a
 * line each, from whoever connects to the socket CONTROL, and answers each with a line.  *Up* is towards TO-PORT.
 *
 *     delay MS JITTER    each piece waits so long, and up to JITTER more; the order stays
 *     rate BYTES         as many a second, each way of each connection; 0: no limit
 *     stall up|down|both [last]   nothing passes that way (of the newest connection only); the sockets stay open
 *     dead               nothing passes, now and for who comes; what ends does not show: a cable that was pulled
 *     cut BYTES          each connection ends after 1 to BYTES more bytes, in the middle of whatever passes; 0: none
 *     rst                every connection is reset
 *     heal               as in the beginning; whose other side has ended meanwhile is reset
 *     stats              "open N up BYTES down BYTES taken N": connections, bytes that passed, connections so far */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CONNS = 256, PIECE = 4096, QUEUED = 8192, KERNEL = 8192, UP = 0, DOWN = 1 };

struct piece {
    struct piece *next;
    int64_t due_ms;
    size_t n, at;
    uint8_t data[PIECE];
};

/* One way of a connection: from fd[way] to fd[!way]. */
struct way {
    struct piece *first, *last;
    size_t queued;
    bool ended, shut, stalled;
    double tokens; /* bytes that the rate allows now */
};

struct conn {
    int fd[2]; /* [UP] the device's, [DOWN] the relay's; -1: there is none */
    bool used, dead;
    struct way way[2];
    int64_t cut_at; /* bytes from now; INT64_MAX: never */
    unsigned number;
};

static struct {
    int64_t delay_ms, jitter_ms, rate, cut, filled_ms;
    bool dead, stall[2];
    uint64_t passed[2];
    unsigned taken;
    int to_port;
} the;

static struct conn conns[CONNS];

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- connections */

/* Little room in the kernel, or a slow line would take a long message at once and keep it. */
static void tune(int fd)
{
    int on = 1, room = KERNEL;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

static void drop(struct conn *c, bool reset)
{
    const struct linger hard = { .l_onoff = 1, .l_linger = 0 };

    for (int w = 0; w < 2; w++) {
        while (c->way[w].first) {
            struct piece *p = c->way[w].first;
            c->way[w].first = p->next;
            free(p);
        }
        if (c->fd[w] < 0)
            continue;
        if (reset)
            (void)setsockopt(c->fd[w], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        (void)close(c->fd[w]);
    }
    *c = (struct conn){ .fd = { -1, -1 } };
}

static int64_t next_cut(void)
{
    return the.cut ? 1 + random() % the.cut : INT64_MAX;
}

static int socket_to(int port)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        tune(fd);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0) {
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static void admit(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct conn *c = conns;

    if (fd < 0)
        return;
    while (c < conns + CONNS && c->used)
        c++;
    if (c == conns + CONNS) {
        (void)close(fd);
        return;
    }
    tune(fd);
    *c = (struct conn){ .fd = { fd, -1 }, .used = true, .dead = the.dead, .number = ++the.taken };
    c->way[UP].stalled = the.stall[UP];
    c->way[DOWN].stalled = the.stall[DOWN];
    c->cut_at = next_cut();
    if (!c->dead) {
        c->fd[DOWN] = socket_to(the.to_port);
        if (c->fd[DOWN] < 0)
            drop(c, true);
    }
}

/* ---- passing on */

static bool may_read(const struct conn *c, int w)
{
    const struct way *y = &c->way[w];

    return c->used && !c->dead && !y->stalled && !y->ended && y->queued < QUEUED;
}

static void take(struct conn *c, int w)
{
    struct way *y = &c->way[w];
    struct piece *p = calloc(1, sizeof *p);

    if (!p)
        abort();
    ssize_t n = read(c->fd[w], p->data, sizeof p->data);
    if (n <= 0) {
        free(p);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0)
            drop(c, true); /* reset by one side: the other shall see the same */
        else
            y->ended = true;
        return;
    }
    p->n = (size_t)n;
    p->due_ms = now_ms() + the.delay_ms + (the.jitter_ms ? random() % (the.jitter_ms + 1) : 0);
    if (y->last && y->first && y->last->due_ms > p->due_ms)
        p->due_ms = y->last->due_ms;
    if (y->first)
        y->last->next = p;
    else
        y->first = p;
    y->last = p;
    y->queued += p->n;
}

/* How much of this piece may go now. */
static size_t allowed(const struct conn *c, const struct way *y)
{
    size_t n = y->first->n - y->first->at;

    if (the.rate && y->tokens < (double)n)
        n = y->tokens < 1 ? 0 : (size_t)y->tokens;
    if (c->cut_at < (int64_t)n)
        n = (size_t)c->cut_at;
    return n;
}

static bool may_write(const struct conn *c, int w)
{
    const struct way *y = &c->way[w];

    return c->used && !c->dead && !y->stalled && y->first && y->first->due_ms <= now_ms() &&
           allowed(c, y) > 0;
}

static void give(struct conn *c, int w)
{
    struct way *y = &c->way[w];
    struct piece *p = y->first;

    ssize_t n = send(c->fd[!w], p->data + p->at, allowed(c, y), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            drop(c, true);
        return;
    }
    p->at += (size_t)n;
    y->queued -= (size_t)n;
    y->tokens -= (double)n;
    the.passed[w] += (uint64_t)n;
    if (c->cut_at != INT64_MAX && (c->cut_at -= n) <= 0) {
        drop(c, false);
        return;
    }
    if (p->at == p->n) {
        y->first = p->next;
        free(p);
    }
}

static void pass_on(struct conn *c)
{
    for (int w = 0; w < 2; w++)
        while (may_write(c, w)) {
            size_t before = c->way[w].queued;
            give(c, w);
            if (!c->used || c->way[w].queued == before)
                break;
        }
    for (int w = 0; w < 2 && c->used && !c->dead; w++) {
        struct way *y = &c->way[w];
        if (y->ended && !y->first && !y->shut && !y->stalled) {
            (void)shutdown(c->fd[!w], SHUT_WR);
            y->shut = true;
        }
    }
    if (c->used && c->way[UP].shut && c->way[DOWN].shut)
        drop(c, false);
}

static void refill(void)
{
    int64_t now = now_ms();

    for (struct conn *c = conns; the.rate && c < conns + CONNS; c++)
        for (int w = 0; w < 2; w++) {
            double most = (double)the.rate / 10 < 1 ? 1 : (double)the.rate / 10;
            c->way[w].tokens += (double)(the.rate * (now - the.filled_ms)) / 1000;
            if (c->way[w].tokens > most)
                c->way[w].tokens = most;
        }
    the.filled_ms = now;
}

/* ---- commands */

static struct conn *newest(void)
{
    struct conn *last = NULL;

    for (struct conn *c = conns; c < conns + CONNS; c++)
        if (c->used && (!last || c->number > last->number))
            last = c;
    return last;
}

static void stall(const char *which, bool last)
{
    const bool on[2] = { strcmp(which, "down") != 0, strcmp(which, "up") != 0 };

    for (int w = 0; w < 2; w++) {
        the.stall[w] |= on[w] && !last;
        for (struct conn *c = conns; c < conns + CONNS; c++)
            if (c->used && on[w] && (!last || c == newest()))
                c->way[w].stalled = true;
    }
}

static bool has_ended(const struct conn *c)
{
    struct pollfd p[2] = { { c->fd[0], POLLRDHUP, 0 }, { c->fd[1], POLLRDHUP, 0 } };

    return c->fd[DOWN] < 0 || poll(p, 2, 0) > 0;
}

static void heal(void)
{
    int to = the.to_port;
    uint64_t up = the.passed[UP], down = the.passed[DOWN];
    unsigned taken = the.taken;

    memset(&the, 0, sizeof the);
    the.to_port = to;
    the.passed[UP] = up;
    the.passed[DOWN] = down;
    the.taken = taken;
    the.filled_ms = now_ms();
    for (struct conn *c = conns; c < conns + CONNS; c++) {
        bool was = c->dead || c->way[UP].stalled || c->way[DOWN].stalled;
        if (!c->used)
            continue;
        c->dead = c->way[UP].stalled = c->way[DOWN].stalled = false;
        c->cut_at = INT64_MAX;
        if (was && has_ended(c))
            drop(c, true);
    }
}

static void for_all(void (*fn)(struct conn *c))
{
    for (struct conn *c = conns; c < conns + CONNS; c++)
        if (c->used)
            fn(c);
}

static void die(struct conn *c)
{
    c->dead = true;
}

static void reset(struct conn *c)
{
    drop(c, true);
}

static void aim(struct conn *c)
{
    c->cut_at = next_cut();
}

static void answer(const char *line, char *ret, size_t size)
{
    long long a = 0, b = 0;
    char which[8] = "", more[8] = "";
    unsigned open = 0;

    (void)snprintf(ret, size, "ok\n");
    if (sscanf(line, "delay %lld %lld", &a, &b) == 2) {
        the.delay_ms = a;
        the.jitter_ms = b;
    } else if (sscanf(line, "rate %lld", &a) == 1) {
        the.rate = a;
    } else if (sscanf(line, "stall %7s %7s", which, more) >= 1) {
        stall(which, strcmp(more, "last") == 0);
    } else if (sscanf(line, "cut %lld", &a) == 1) {
        the.cut = a;
        for_all(aim);
    } else if (strncmp(line, "dead", 4) == 0) {
        the.dead = true;
        for_all(die);
    } else if (strncmp(line, "rst", 3) == 0) {
        for_all(reset);
    } else if (strncmp(line, "heal", 4) == 0) {
        heal();
    } else if (strncmp(line, "stats", 5) == 0) {
        for (const struct conn *c = conns; c < conns + CONNS; c++)
            open += c->used;
        (void)snprintf(ret, size, "open %u up %llu down %llu taken %u\n", open,
                       (unsigned long long)the.passed[UP], (unsigned long long)the.passed[DOWN],
                       the.taken);
    } else {
        (void)snprintf(ret, size, "what?\n");
    }
}

/* One command for each connection to the control socket. */
static void command(int listener)
{
    char line[128], said[128];
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

    if (n > 0) {
        line[n] = '\0';
        answer(line, said, sizeof said);
        (void)!write(fd, said, strlen(said));
    }
    if (fd >= 0)
        (void)close(fd);
}

/* ---- the loop */

static int listen_on(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

    if (fd >= 0)
        tune(fd); /* what it accepts has the same from the handshake on */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0 ? fd
                                                                                              : -1;
}

static int control_at(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof at.sun_path)
        return -1;
    memcpy(at.sun_path, path, strlen(path) + 1);
    return bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0 ? fd : -1;
}

static void turn(struct pollfd *p)
{
    nfds_t n = 2;

    for (const struct conn *c = conns; c < conns + CONNS; c++)
        for (int w = 0; w < 2; w++)
            p[n++] = (struct pollfd){ may_read(c, w) ? c->fd[w] : -1, POLLIN, 0 };
    /* Writing is tried every few milliseconds: delays and rates need the clock anyway. */
    (void)poll(p, n, 2);
    refill();
    if (p[0].revents)
        admit(p[0].fd);
    if (p[1].revents)
        command(p[1].fd);
    n = 2;
    for (struct conn *c = conns; c < conns + CONNS; c++)
        for (int w = 0; w < 2; w++, n++)
            if (p[n].revents && c->fd[w] == p[n].fd && may_read(c, w))
                take(c, w);
    for_all(pass_on);
}

int main(int argc, char **argv)
{
    static struct pollfd p[2 + 2 * CONNS];

    if (argc != 4) {
        (void)fprintf(stderr, "usage: chaosproxy CONTROL FROM-PORT TO-PORT\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < CONNS; i++)
        conns[i].fd[UP] = conns[i].fd[DOWN] = -1;
    the.to_port = (int)strtol(argv[3], NULL, 10);
    the.filled_ms = now_ms();
    p[0] = (struct pollfd){ listen_on((int)strtol(argv[2], NULL, 10)), POLLIN, 0 };
    p[1] = (struct pollfd){ control_at(argv[1]), POLLIN, 0 };
    if (p[0].fd < 0 || p[1].fd < 0) {
        perror("chaosproxy");
        return 1;
    }
    (void)!write(3, "ready\n", 6);
    (void)close(3);
    for (;;)
        turn(p);
}
