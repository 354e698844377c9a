/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c - the loop of the relay.
 *
 * A turn: libwebsockets hands messages to the relay (ws.c), the timer hands it due steps, and before the
 * loop sleeps uv_prepare ends the turn: commit, then answers.  Nothing else commits.  A turn goes on for another
 * round of the loop, which does not sleep, as long as the last one brought something and for at most GATHER_US.
 *
 * Stopping, so that no answer is lost that was committed: stop listening and reading; send what is queued;
 * close the relay while its peers still stand, so that they count as live after the restart; say goodbye;
 * let the loop run empty. */
#include "server/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "server/heartbeat.h"
#include "server/httpd.h"
#include "server/listen.h"
#include "server/metrics.h"
#include "server/notify.h"
#include "server/sandbox.h"
#include "server/say.h"
#include "server/statedir.h"
#include "server/tls.h"
#include "server/ws.h"

enum {
    FDS_OWN = 64, /* database, logs, metrics, and room to breathe */
    SECOND_MS = 1000,
    CYCLE_MS = 5000,       /* between proofs that the engine still commits */
    CYCLE_LATE_MS = 30000, /* without one of them: not healthy */
    FLUSH_MS = 2000,       /* when stopping: to send what was committed */
    GOODBYE_MS = 1500,     /* and to say goodbye */
    STOP_STEP_MS = 20,
    GATHER_US = 2000, /* at most so long is a commit put off for requests that are there already */
    SIGNALS = 4,
};

enum phase {
    PHASE_SERVING,
    PHASE_FLUSHING,
    PHASE_GOODBYE,
    PHASE_DONE, /* handles are closing */
};

struct server {
    const struct config *config;
    const struct serve_options *options;
    struct engine_clock clock;
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_idle_t awake; /* while it runs the loop does not sleep */
    uv_timer_t due, second, cycle, stop;
    uv_signal_t signals[SIGNALS];
    struct relay *relay;
    struct ws *ws;
    struct listener *listener;
    struct httpd *httpd;
    struct heartbeat *heartbeat;
    int note_fd;
    enum phase phase;
    int64_t phase_until_ms;
    int64_t cycle_ms; /* when the last cycle had committed */
    bool cycle_open;
    uint64_t gather_until_us; /* 0: this turn has not been put off */
    uint64_t gathered;        /* bytes read when it was put off last */
};

static int64_t now_of(const struct server *s)
{
    return clock_engine_ms(&s->clock, clock_boot_ms());
}

/* --- the turn */

static void on_due(uv_timer_t *timer);

/* Sleeps until the next step is due.  Never early: on_due looks at the clock itself. */
static void arm(struct server *s, int64_t now_ms)
{
    int64_t due_ms = relay_due_ms(s->relay);

    if (due_ms == INT64_MAX) {
        (void)uv_timer_stop(&s->due);
        return;
    }
    int64_t wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    uv_update_time(&s->loop); /* it counts from when the turn began */
    (void)uv_timer_start(&s->due, on_due, (uint64_t)wait_ms, 0);
}

static void on_due(uv_timer_t *timer)
{
    struct server *s = timer->data;
    int64_t now_ms = now_of(s);

    if (s->relay && relay_due_ms(s->relay) <= now_ms)
        relay_tick(s->relay, now_ms);
}

/* The service manager and the second place hear of us only after a whole cycle: a tick, and the turn that committed it.
 * relay_turn_end does not come back from a commit that failed. */
static void close_cycle(struct server *s, int64_t now_ms)
{
    s->cycle_open = false;
    s->cycle_ms = now_ms;
    notify_send("WATCHDOG=1");
    if (s->heartbeat)
        heartbeat_cycle(s->heartbeat, now_ms);
}

static void on_awake(uv_idle_t *idle)
{
    (void)idle;
}

/* Requests that wait already share this turn's commit: under load a sync costs more than to read them first.
 * Whether some wait is only known after a round of the loop: what epoll says before it may be stale, since libuv
 * tells it of its changes when it goes to sleep, and would then sleep on an open turn. */
static bool gather(struct server *s)
{
    uint64_t now_us = uv_hrtime() / 1000;
    struct ws_stats read;

    if (!relay_turn_is_open(s->relay))
        return false;
    ws_stats(s->ws, &read);
    bool more = s->gather_until_us == 0 || read.bytes_in != s->gathered;
    if (s->gather_until_us == 0)
        s->gather_until_us = now_us + GATHER_US;
    s->gathered = read.bytes_in;
    return more && now_us < s->gather_until_us;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct server *s = prepare->data;

    if (s->relay && gather(s)) {
        (void)uv_idle_start(&s->awake, on_awake);
        return;
    }
    (void)uv_idle_stop(&s->awake);
    s->gather_until_us = 0;
    if (!s->relay)
        return;
    int64_t now_ms = now_of(s);
    relay_turn_end(s->relay, now_ms);
    ws_turn_end(s->ws);
    if (s->cycle_open)
        close_cycle(s, now_ms);
    arm(s, now_ms);
}

static void on_cycle(uv_timer_t *timer)
{
    struct server *s = timer->data;

    if (!s->relay)
        return;
    relay_tick(s->relay, now_of(s)); /* begins a transaction, due or not */
    s->cycle_open = true;
}

static void on_second(uv_timer_t *timer)
{
    struct server *s = timer->data;
    int64_t moved_ms = 0;

    ws_sweep(s->ws);
    if (clock_jumped(&s->clock, clock_wall_ms(), clock_boot_ms(), &moved_ms))
        log_line(LOG_WARN, "clock-jump", "moved_ms=%" PRId64 " effect=none-until-restart",
                 moved_ms);
}

/* --- what others ask */

static int on_http(void *user, const char *path, struct tb_buf *ret)
{
    const struct server *s = user;
    struct relay_stats relay = { 0 };
    struct ws_stats ws = { 0 };

    if (strcmp(path, "/healthz") == 0) {
        bool late = now_of(s) - s->cycle_ms > CYCLE_LATE_MS;
        const char *text = s->phase != PHASE_SERVING ? "stopping\n" : late ? "no commit\n" : "ok\n";

        tb_put(ret, text, strlen(text));
        return s->phase == PHASE_SERVING && !late ? 200 : 503;
    }
    if (strcmp(path, "/metrics") != 0)
        return 404;
    if (s->relay)
        relay_stats(s->relay, &relay);
    ws_stats(s->ws, &ws);
    metrics_text(&relay, &ws, ret);
    return 200;
}

static void log_state(const struct server *s)
{
    struct relay_stats r = { 0 };
    struct ws_stats w = { 0 };

    if (s->relay)
        relay_stats(s->relay, &r);
    ws_stats(s->ws, &w);
    log_line(LOG_NOTE, "state",
             "connections=%" PRIu64 " anonymous=%" PRIu64 " live=%" PRIu64 " pages_open=%" PRIu64
             " envelopes=%" PRIu64 " commits=%" PRIu64 " roster=%" PRIu64 " disk_full=%" PRIu64,
             w.connections, w.anonymous, r.devices_live, r.pages_open, r.envelopes_queued,
             r.commits, r.roster_size, r.disk_full);
}

/* Log level and TLS files; the rest of the file needs a restart.  All or nothing. */
static void reload(struct server *s)
{
    struct config fresh;
    struct config_error why = { "" };

    if (s->options->config_path && config_load(s->options->config_path, &fresh, &why) != TB_OK) {
        log_line(LOG_ERROR, "reload", "result=refused why=\"%s\"", why.text);
        return;
    }
    tb_result r = ws_reload_tls(s->ws);
    if (r == TB_OK && s->options->config_path)
        log_set_level(fresh.log_level);
    log_line(r == TB_OK ? LOG_NOTE : LOG_ERROR, "reload", "result=%s", tb_result_name(r));
}

/* --- stopping */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_own_handles(struct server *s)
{
    close_handle((uv_handle_t *)&s->prepare);
    close_handle((uv_handle_t *)&s->awake);
    close_handle((uv_handle_t *)&s->due);
    close_handle((uv_handle_t *)&s->second);
    close_handle((uv_handle_t *)&s->cycle);
    close_handle((uv_handle_t *)&s->stop);
    for (size_t i = 0; i < SIGNALS; i++)
        close_handle((uv_handle_t *)&s->signals[i]);
}

static void close_all(struct server *s)
{
    if (s->relay)
        relay_close(s->relay);
    s->relay = NULL;
    if (s->listener)
        listen_close(s->listener);
    if (s->httpd)
        httpd_close(s->httpd);
    if (s->heartbeat)
        heartbeat_close(s->heartbeat);
    if (s->ws)
        ws_close(s->ws);
    close_own_handles(s);
    s->phase = PHASE_DONE;
}

static void on_stop_step(uv_timer_t *timer)
{
    struct server *s = timer->data;
    bool late = now_of(s) >= s->phase_until_ms;

    if (s->phase == PHASE_FLUSHING && (late || ws_flushed(s->ws))) {
        relay_close(s->relay);
        s->relay = NULL;
        ws_goodbye(s->ws);
        s->phase = PHASE_GOODBYE;
        s->phase_until_ms = now_of(s) + GOODBYE_MS;
    } else if (s->phase == PHASE_GOODBYE && (late || ws_empty(s->ws))) {
        close_all(s);
    }
}

static void stop(struct server *s, int signum)
{
    if (s->phase != PHASE_SERVING)
        return;
    log_line(LOG_NOTE, "stopping", "signal=%d", signum);
    notify_send("STOPPING=1");
    s->phase = PHASE_FLUSHING;
    s->phase_until_ms = now_of(s) + FLUSH_MS;
    listen_close(s->listener);
    s->listener = NULL;
    ws_stop_reading(s->ws);
    (void)uv_timer_start(&s->stop, on_stop_step, STOP_STEP_MS, STOP_STEP_MS);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct server *s = handle->data;

    if (signum == SIGHUP)
        reload(s);
    else if (signum == SIGUSR1)
        log_state(s);
    else
        stop(s, signum);
}

/* --- starting */

/* As many descriptors as the configuration can use; returns how many connections may have. */
static unsigned take_descriptors(const struct config *c)
{
    struct rlimit limit = { 0, 0 };
    rlim_t want = (rlim_t)c->max_peers + (rlim_t)c->max_anonymous + (rlim_t)2 * FDS_OWN;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FDS_OWN;
    if (want > limit.rlim_max)
        want = limit.rlim_max;
    /* Smaller too: libwebsockets allocates a table of this size. */
    limit.rlim_cur = want;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return FDS_OWN;
    if (limit.rlim_cur < (rlim_t)2 * FDS_OWN) {
        log_line(LOG_WARN, "descriptors", "limit=%ju remedy=raise-LimitNOFILE",
                 (uintmax_t)limit.rlim_cur);
        return (unsigned)limit.rlim_cur / 2;
    }
    return (unsigned)limit.rlim_cur - FDS_OWN;
}

static void warn_line(void *user, const char *line)
{
    (void)user;
    say_error("%s", line);
}

/* It runs all the same: the roster may be imported while it does. */
static void warn_of_roster(const struct server *s)
{
    const struct relay_say say = { .fn = warn_line, .user = NULL };

    if (!relay_say_admitted(s->relay, s->config->state_dir, &say))
        log_line(LOG_WARN, "nobody-can-connect",
                 "reason=roster-does-not-name-this-relay remedy=trucban-relay-import");
}

/* Returns the exit status: 78 where starting again will not help. */
static int open_relay(struct server *s)
{
    const struct config *c = s->config;
    const struct relay_options o = {
        .state_dir = c->state_dir,
        .max_peers = (uint32_t)c->max_peers,
    };

    switch ((int)relay_open(&o, &ws_wire, now_of(s), &s->relay)) {
    case TB_OK:
        warn_of_roster(s);
        return EXIT_DONE;
    case TB_E_NOTFOUND:
        say_error(_("%s holds no relay; make one with: trucban-relay init --state %s --address "
                    "HOST:PORT --out FILE"),
                  c->state_dir, c->state_dir);
        return EXIT_CONFIG;
    case TB_E_VERSION:
        say_error(_("%s was written by a newer trucban-relay; install that version"), c->state_dir);
        return EXIT_CONFIG;
    case TB_E_CONFLICT:
        say_error(_("%s is in use by another relay; stop that one first"), c->state_dir);
        return EXIT_FAILED;
    default:
        if (statedir_is_full(c->state_dir)) {
            say_error(_("%s has no room left: free at least %d MB there and start again"),
                      c->state_dir, STATEDIR_NEED_MB);
            return EXIT_FAILED;
        }
        say_error(_("%s cannot be opened; look at it with: trucban-relay check --state %s"),
                  c->state_dir, c->state_dir);
        return EXIT_FAILED;
    }
}

static bool open_ws(struct server *s)
{
    const struct config *c = s->config;
    const struct ws_options o = {
        .state_dir = c->state_dir,
        .clock = &s->clock,
        .gate = { .per_source = (unsigned)c->max_anonymous_source,
                  .per_source_s = (unsigned)c->handshakes_per_source_s },
        .max_anonymous = (unsigned)c->max_anonymous,
        .max_fds = take_descriptors(c),
    };
    tb_result r = ws_open(&o, s->relay, &s->loop, &s->ws);

    if (r == TB_OK)
        return true;
    say_error(
        _("tls.key and tls.crt in %s: %s; restore them from a backup, since devices know the key"),
        c->state_dir, said_of(tb_strresult(r)).text);
    return false;
}

static void on_accept(void *user, int fd, const struct sockaddr *from)
{
    struct server *s = user;

    ws_accept(s->ws, fd, from);
}

static bool open_sockets(struct server *s)
{
    const struct config *c = s->config;
    const struct listen_options listen = {
        .address = c->address, .port = c->port, .on_accept = on_accept, .user = s
    };
    const struct httpd_options http = {
        .address = c->metrics_address, .port = c->metrics_port, .answer = on_http, .user = s
    };
    int error = ENOMEM;

    if (listen_open(&s->loop, &listen, &s->listener, &error) != TB_OK) {
        say_error(_("cannot listen on %s port %d: %s; see [listen] in the configuration"),
                  c->address, c->port, strerror(error));
        return false;
    }
    if (c->metrics_port == CONFIG_OFF)
        return true;
    if (httpd_open(&s->loop, &http, &s->httpd, &error) != TB_OK) {
        say_error(_("cannot listen on %s port %d: %s; see [metrics] in the configuration"),
                  c->metrics_address, c->metrics_port, strerror(error));
        return false;
    }
    return true;
}

static bool open_heartbeat(struct server *s)
{
    const struct config *c = s->config;
    struct heartbeat_options o = {
        .address = c->heartbeat_address,
        .port = c->heartbeat_port,
        .every_s = c->heartbeat_every_s,
    };
    int error = ENOMEM;

    if (c->heartbeat_port == CONFIG_OFF)
        return true;
    relay_name(s->relay, &o.relay_id, &o.era);
    if (heartbeat_open(&s->loop, &o, &s->heartbeat, &error) == TB_OK)
        return true;
    say_error(_("no heartbeat to %s port %d: %s; see [heartbeat] in the configuration"), o.address,
              o.port, strerror(error));
    return false;
}

/* Handles without which nothing runs; libuv's initialisers of these cannot fail. */
static void open_handles(struct server *s)
{
    static const int numbers[SIGNALS] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

    (void)uv_prepare_init(&s->loop, &s->prepare);
    (void)uv_idle_init(&s->loop, &s->awake);
    (void)uv_timer_init(&s->loop, &s->due);
    (void)uv_timer_init(&s->loop, &s->second);
    (void)uv_timer_init(&s->loop, &s->cycle);
    (void)uv_timer_init(&s->loop, &s->stop);
    s->prepare.data = s->due.data = s->second.data = s->cycle.data = s->stop.data = s;
    for (size_t i = 0; i < SIGNALS; i++) {
        (void)uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        (void)uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

static void start_handles(struct server *s)
{
    int64_t watchdog_ms = notify_watchdog_ms();
    uint64_t cycle_ms = watchdog_ms > 0 ? (uint64_t)watchdog_ms / 3 : CYCLE_MS;

    s->cycle_ms = now_of(s);
    (void)uv_prepare_start(&s->prepare, on_prepare);
    (void)uv_timer_start(&s->second, on_second, SECOND_MS, SECOND_MS);
    (void)uv_timer_start(&s->cycle, on_cycle, 0, cycle_ms > 0 ? cycle_ms : 1);
}

/* From here on only what sandbox.h leaves over; what is still to be opened is opened now. */
static void confine(const struct server *s)
{
    const struct sandbox_options o = { .state_dir = s->config->state_dir,
                                       .config_path = s->options->config_path };

    notify_open();
    (void)_("libsodium does not start"); /* any text: reads the catalogue */
    tzset();                             /* and the zone, for libwebsockets' log */
    (void)sandbox_enter(&o);
}

static bool say_ready(struct server *s)
{
    struct statedir_note note = { .pid = (long)getpid(), .port = listen_port(s->listener) };
    char text[64];

    if (s->httpd) {
        note.metrics_port = httpd_port(s->httpd);
        (void)snprintf(note.metrics_address, sizeof note.metrics_address, "%s",
                       s->config->metrics_address);
    }
    tb_result r = statedir_note_write(s->config->state_dir, &note, &s->note_fd);
    if (r != TB_OK && statedir_is_full(s->config->state_dir)) {
        log_line(LOG_WARN, "note", "written=no reason=disk-full effect=status-says-stopped");
    } else if (r != TB_OK) {
        say_error(_("cannot write relay.run in %s: %s"), s->config->state_dir,
                  said_of(tb_strresult(r)).text);
        return false;
    }
    int n = s->httpd ? snprintf(text, sizeof text, "ready %d %d\n", note.port, note.metrics_port)
                     : snprintf(text, sizeof text, "ready %d\n", note.port);
    if (s->options->ready_fd >= 0 && write(s->options->ready_fd, text, (size_t)n) != n) {
        say_error(_("cannot write to descriptor %d: %s"), s->options->ready_fd, strerror(errno));
        return false;
    }
    if (s->options->ready_fd > STDERR_FILENO)
        (void)close(s->options->ready_fd);
    notify_send("READY=1");
    log_line(LOG_NOTE, "listen", "address=%s port=%d metrics_port=%d", s->config->address,
             note.port, note.metrics_port);
    return true;
}

int serve(const struct config *config, const struct serve_options *o)
{
    static struct server s; /* handles keep their address until the loop is empty */
    struct statedir_text why;

    log_set_level(config->log_level);
    (void)signal(SIGPIPE, SIG_IGN);
    if (!tls_guard_memory())
        log_line(LOG_WARN, "memory", "tls-key=unguarded remedy=raise-LimitMEMLOCK");
    if (statedir_check(config->state_dir, &why) != TB_OK) {
        say_error("%s", why.text);
        return EXIT_CONFIG;
    }
    s = (struct server){ .config = config, .options = o, .note_fd = -1 };
    clock_begin(&s.clock, clock_wall_ms(), clock_boot_ms());
    if (uv_loop_init(&s.loop) != 0) {
        say_error(_("no event loop: %s"), strerror(errno));
        return EXIT_FAILED;
    }
    open_handles(&s);
    int status = open_relay(&s);
    if (status == EXIT_DONE && !(open_ws(&s) && open_sockets(&s) && open_heartbeat(&s)))
        status = EXIT_FAILED;
    if (status == EXIT_DONE) {
        start_handles(&s);
        confine(&s);
        status = say_ready(&s) ? EXIT_DONE : EXIT_FAILED;
    }
    if (status != EXIT_DONE)
        close_all(&s);
    (void)uv_run(&s.loop, UV_RUN_DEFAULT);
    ws_free(s.ws);
    int left = uv_loop_close(&s.loop);
    if (left != 0)
        log_line(LOG_WARN, "loop", "closed=no error=%d", left);
    tb_closep(&s.note_fd);
    if (status == EXIT_DONE)
        log_line(LOG_NOTE, "stopped", "status=clean");
    return status;
}
