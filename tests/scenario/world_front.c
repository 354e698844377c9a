/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_front.c - see world_front.h. */
#define _GNU_SOURCE
#include "world_front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/op.h"
#include "proto/wire.pb-c.h"
#include "tb_cmocka.h"

/* The arguments behind the program's name; execv wants them without const. */
static void fill(char *argv[PROC_ARGS_MAX], char *program, const char *const args[])
{
    size_t n = 0;

    while (args[n])
        n++;
    assert_true(n + 2 <= PROC_ARGS_MAX);
    argv[0] = program;
    memcpy(argv + 1, args, (n + 1) * sizeof *argv);
}

struct run front_run(struct front *f, const char *const args[])
{
    char *argv[PROC_ARGS_MAX];

    fill(argv, f->program, args);
    return proc_run(argv, NULL, 20);
}

void front_write_config(struct front *f, const char *more)
{
    FILE *file = fopen(f->config, "we");

    assert_non_null(file);
    assert_true(fprintf(file,
                        "[relay]\nstate-dir = %s\n[listen]\naddress = 127.0.0.1\nport = %d\n"
                        "[metrics]\nport = 0\n%s",
                        f->state, f->port, more) > 0);
    assert_int_equal(fclose(file), 0);
}

void front_start(struct front *f)
{
    char ready[64];
    char *argv[PROC_ARGS_MAX];
    const char *const args[] = { "--config", f->config, "--ready-fd", "3", NULL };

    fill(argv, f->program, args);
    f->relay = proc_start(argv, f->log, ready, sizeof ready, 20000);
    assert_int_equal(sscanf(ready, "ready %d %d", &f->port, &f->metrics), 2);
}

void front_restart_with(struct front *f, const char *more)
{
    proc_stop(&f->relay);
    front_write_config(f, more);
    front_start(f);
}

void front_open(struct front *f)
{
    char out[96];
    const char *bin = getenv("TRUCBAN_BIN");

    *f = (struct front){ .dir = "/tmp/trucban-front-XXXXXX" };
    assert_non_null(bin);
    assert_int_equal(setenv("LANGUAGE", "en", 1), 0);
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->program, sizeof f->program, "%s/trucban-relay", bin);
    (void)snprintf(f->config, sizeof f->config, "%s/relay.conf", f->dir);
    (void)snprintf(f->log, sizeof f->log, "%s/relay.log", f->dir);
    (void)snprintf(f->state, sizeof f->state, "%s/state", f->dir);
    (void)snprintf(out, sizeof out, "%s/relay.parcel", f->dir);
    const char *const init[] = { "init",           "--state", f->state, "--address",
                                 "127.0.0.1:7443", "--out",   out,      NULL };
    struct run made = front_run(f, init);
    if (made.code != 0)
        print_error("%s%s", made.out, made.err);
    assert_int_equal(made.code, 0);
    run_done(&made);
    front_write_config(f, "");
    front_start(f);
}

void front_close(struct front *f)
{
    char *argv[PROC_ARGS_MAX];
    char rm[] = "/bin/rm";
    const char *const args[] = { "-rf", f->dir, NULL };

    if (proc_alive(&f->relay))
        proc_stop(&f->relay);
    fill(argv, rm, args);
    struct run gone = proc_run(argv, NULL, 10);
    run_done(&gone);
}

struct raw front_websocket(struct front *f)
{
    struct raw r = raw_connect(f->port);
    struct raw_tls tls = { .alpn = "http/1.1" };

    assert_true(raw_tls(&r, &tls));
    assert_string_equal(tls.chosen, "http/1.1");
    assert_int_equal(raw_request(&r, FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "websocket")), 101);
    return r;
}

static void send_hello(struct raw *r)
{
    Tb__Hello hello;
    Tb__Frame frame;
    Tb__Batch batch;
    Tb__Frame *frames[] = { &frame };
    uint8_t body[32], packed[64];

    tb__hello__init(&hello);
    hello.version_min = hello.version_max = 1;
    tb__frame__init(&frame);
    frame.op = TB_OP_HELLO;
    frame.id = 7;
    frame.body.data = body;
    frame.body.len = tb__hello__pack(&hello, body);
    tb__batch__init(&batch);
    batch.n_frame = 1;
    batch.frame = frames;
    size_t n = tb__batch__pack(&batch, packed);
    assert_true(n <= sizeof packed);
    assert_true(raw_send_frame(r, &(struct raw_frame){ 0x82, n, packed, n }));
}

void front_assert_served(struct raw *r)
{
    static uint8_t answer[65536];
    uint8_t first = 0;

    send_hello(r);
    int n = raw_receive_frame(r, &first, answer, sizeof answer, 5000);
    assert_true(n > 0);
    assert_int_equal(first, 0x82);
    Tb__Batch *batch = tb__batch__unpack(NULL, (size_t)n, answer);
    assert_non_null(batch);
    assert_int_equal(batch->n_frame, 1);
    assert_int_equal(batch->frame[0]->id, 7);
    assert_int_equal(batch->frame[0]->result, 0);
    tb__batch__free_unpacked(batch, NULL);
}

long long front_metric(struct front *f, const char *name)
{
    static char text[65536];
    struct raw r = raw_connect(f->metrics);
    size_t n = 0;
    char line[96];
    int got = 0;

    assert_true(raw_send(&r, "GET /metrics HTTP/1.0\r\n\r\n", 25));
    while (n < sizeof text - 1 && (got = raw_receive(&r, text + n, sizeof text - 1 - n, 5000)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    raw_close(&r);
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(text, line);
    assert_non_null(at);
    return strtoll(at + strlen(line), NULL, 10);
}
