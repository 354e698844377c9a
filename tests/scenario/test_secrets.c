/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_secrets.c - where keys, passphrases and texts are not found: core dumps, command lines, surroundings, logs.
 *
 * One relay and two people; the passphrase of everybody is a marker that stands nowhere else. */
/* link: PkgConfig::OPENSSL */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world.h"
#include "world_memory.h"

static const char passphrase[] = "mật khẩu thử";
static const char told[] = "chim-báo-bão"; /* stands in the text of each report */

enum { SEED = 32, MAGIC = 20, TEXT = 1 << 16 };

static struct world w;

static int open_province(void **state)
{
    char id[PAGE_ID];

    (void)state;
    struct rlimit core;

    /* Core dumps would be possible here, as far as it is up to us. */
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    core.rlim_cur = core.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_CORE, &core), 0);
    /* As M_PERTURB does without sanitizers, which keep freed memory for a while. */
    assert_int_equal(setenv("ASAN_OPTIONS",
                            "disable_coredump=0:max_free_fill_size=1048576:free_fill_byte=165", 1),
                     0);
    world_open(&w);
    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 20000);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 20000);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static pid_t agent_of(const char *name)
{
    return world_person(&w, name)->agent.pid;
}

/* --- words */

static void assert_absent(pid_t pid, const char *file, const char *secret)
{
    static char text[TEXT];
    size_t n = memory_proc_file(pid, file, text, sizeof text);

    if (memmem(text, n, secret, strlen(secret)))
        fail_msg("/proc/%d/%s holds what it should not", (int)pid, file);
}

static void no_command_line_and_no_environment_holds_a_passphrase(void **state)
{
    const pid_t all[] = { w.relay.pid, agent_of("so-y-te"), agent_of("an") };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_absent(all[i], "cmdline", passphrase);
        assert_absent(all[i], "environ", passphrase);
        assert_absent(all[i], "cmdline", told);
    }
}

static void no_log_holds_a_passphrase_or_a_text(void **state)
{
    DIR *d = opendir(w.dir);
    int logs = 0;

    (void)state;
    assert_non_null(d);
    for (struct dirent *e = NULL; (e = readdir(d));) {
        char path[600];

        if (strlen(e->d_name) < 5 || strcmp(e->d_name + strlen(e->d_name) - 4, ".log") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", w.dir, e->d_name);
        assert_false(world_file_holds(path, passphrase));
        assert_false(world_file_holds(path, told));
        logs++;
    }
    (void)closedir(d);
    assert_true(logs >= 3);
}

/* --- memory */

static void an_unlocked_agent_keeps_no_passphrase(void **state)
{
    int found = memory_holds(agent_of("an"), passphrase, strlen(passphrase));

    (void)state;
    if (found < 0)
        skip(); /* that it cannot be looked at is as good */
    assert_int_equal(found, 0);
}

static void read_seed(unsigned char ret[static SEED])
{
    char path[300];
    unsigned char file[MAGIC + SEED];

    (void)snprintf(path, sizeof path, "%s/relay/relay.key", w.dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, file, sizeof file), sizeof file);
    (void)close(fd);
    memcpy(ret, file + MAGIC, SEED);
}

/* The number that is the TLS key, as it stands in a file and as OpenSSL keeps it; and a line of the file itself. */
struct tls_secret {
    unsigned char big[32], little[32];
    char line[65];
};

static void read_tls_key(struct tls_secret *ret)
{
    char path[300], line[80];
    BIGNUM *number = NULL;

    (void)snprintf(path, sizeof path, "%s/relay/tls.key", w.dir);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
    assert_int_equal(BN_bn2binpad(number, ret->big, sizeof ret->big), sizeof ret->big);
    assert_int_equal(BN_bn2lebinpad(number, ret->little, sizeof ret->little), sizeof ret->little);
    BN_clear_free(number);
    EVP_PKEY_free(key);
    rewind(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(fgets(line, sizeof line, f));
    (void)fclose(f);
    (void)snprintf(ret->line, sizeof ret->line, "%.64s", line);
}

static void assert_not_in_relay(const void *bytes, size_t n, const char *what)
{
    int found = memory_holds(w.relay.pid, bytes, n);

    if (found < 0)
        skip();
    if (found > 0)
        fail_msg("a core dump of the relay would hold %s, %d times", what, found);
}

static void a_core_dump_of_the_relay_would_hold_none_of_its_keys(void **state)
{
    unsigned char seed[SEED];
    struct tls_secret tls;

    (void)state;
    read_seed(seed);
    read_tls_key(&tls);
    /* That the search finds what is there: */
    assert_true(memory_holds(w.relay.pid, w.config, strlen(w.config)) != 0);
    assert_not_in_relay(seed, sizeof seed, "the signing key");
    assert_not_in_relay(tls.big, sizeof tls.big, "the TLS key");
    assert_not_in_relay(tls.little, sizeof tls.little, "the TLS key");
    assert_not_in_relay(tls.line, strlen(tls.line), "the file of the TLS key");
}

static void what_the_relay_carries_it_cannot_read_in_memory_either(void **state)
{
    (void)state;
    assert_not_in_relay(told, strlen(told), "the text of a report");
}

/* --- core dumps */

static void assert_no_core(struct proc *p)
{
    char text[TEXT];
    int status = 0;

    (void)memory_proc_file(p->pid, "limits", text, sizeof text);
    const char *line = strstr(text, "Max core file size");
    assert_non_null(line);
    assert_int_equal(strtol(line + strlen("Max core file size"), NULL, 10), 0);
    assert_int_equal(kill(p->pid, SIGABRT), 0);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    p->pid = -1;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(WCOREDUMP(status));
}

static void nothing_that_holds_keys_leaves_a_core_dump(void **state)
{
    (void)state;
    assert_no_core(&w.relay);
    assert_no_core(&world_person(&w, "an")->agent);
}

static void assert_confined(pid_t pid, const char *line)
{
    char text[TEXT];

    (void)memory_proc_file(pid, "status", text, sizeof text);
    if (!strstr(text, line))
        fail_msg("process %d: no '%s' in\n%s", (int)pid, line, text);
}

static void relay_and_agents_gain_no_rights_and_the_relay_is_confined(void **state)
{
    (void)state;
    assert_confined(w.relay.pid, "\nNoNewPrivs:\t1\n");
    assert_confined(w.relay.pid, "\nSeccomp:\t2\n");
    assert_confined(w.relay.pid, "\nThreads:\t1\n"); /* Landlock holds for the thread that asked */
    assert_confined(agent_of("an"), "\nNoNewPrivs:\t1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_command_line_and_no_environment_holds_a_passphrase),
        cmocka_unit_test(no_log_holds_a_passphrase_or_a_text),
        cmocka_unit_test(an_unlocked_agent_keeps_no_passphrase),
        cmocka_unit_test(a_core_dump_of_the_relay_would_hold_none_of_its_keys),
        cmocka_unit_test(what_the_relay_carries_it_cannot_read_in_memory_either),
        cmocka_unit_test(relay_and_agents_gain_no_rights_and_the_relay_is_confined),
        cmocka_unit_test(nothing_that_holds_keys_leaves_a_core_dump),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
