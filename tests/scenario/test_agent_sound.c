/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_sound.c - the alarm can be heard: played into a null sink of a private
 * PulseAudio and recorded from its monitor, also from inside the agent's sandbox. */
/* link: tb_agent PkgConfig::GIO m */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "client/agent/sandbox.h"
#include "client/agent/sound.h"
#include "tb_cmocka.h"
#include "world_proc.h"

enum { READY_MS = 15000, PATH = 200, ENOUGH_SAMPLES = 44100, RING_AGAIN_MS = 500 };

static struct {
    char dir[PATH], server[2 * PATH];
    struct proc pulse;
} room = { .pulse = { -1 } };

#define UNTIL(condition)                                        \
    for (long long end_ = now_ms() + READY_MS; !(condition);) { \
        if (now_ms() > end_)                                    \
            fail_msg("not in time: %s", #condition);            \
        (void)g_main_context_iteration(NULL, FALSE);            \
        pause_ms(2);                                            \
    }

static bool pactl(const char *command)
{
    g_autofree char *line = g_strdup_printf("pactl %s > /dev/null 2>&1", command);
    return system(line) == 0;
}

static int open_room(void **state)
{
    (void)state;
    (void)snprintf(room.dir, sizeof room.dir, "/tmp/trucban-room-XXXXXX");
    assert_non_null(mkdtemp(room.dir));
    (void)snprintf(room.server, sizeof room.server, "unix:%s/native", room.dir);
    (void)setenv("PULSE_SERVER", room.server, 1);
    (void)setenv("PULSE_RUNTIME_PATH", room.dir, 1);
    (void)setenv("HOME", room.dir, 1);
    (void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    return 0;
}

static int close_room(void **state)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", room.dir);

    (void)state;
    if (room.pulse.pid > 0)
        proc_kill(&room.pulse);
    return system(command);
}

static bool start_pulse(void)
{
    g_autofree char *protocol =
        g_strdup_printf("module-native-protocol-unix socket=%s/native auth-anonymous=1", room.dir);
    char *argv[] = { (char[]){ "/usr/bin/pulseaudio" },
                     (char[]){ "-n" },
                     (char[]){ "--exit-idle-time=-1" },
                     (char[]){ "--daemonize=no" },
                     (char[]){ "-L" },
                     (char[]){ "module-null-sink sink_name=room" },
                     (char[]){ "-L" },
                     protocol,
                     NULL };

    if (access(argv[0], X_OK) != 0 || access("/usr/bin/parec", X_OK) != 0 ||
        system("ls /usr/lib/*/libcanberra-*/libcanberra-pulse.so > /dev/null 2>&1") != 0)
        return false;
    room.pulse = proc_start(argv, NULL, NULL, 0, 0);
    for (long long end = now_ms() + READY_MS; !pactl("info"); pause_ms(50))
        assert_true(now_ms() < end);
    return true;
}

static void without_a_sound_server_the_bell_is_none_and_nothing_blocks(void **state)
{
    (void)state;
    long long before = now_ms();
    struct sound *s = sound_new(NULL);

    sound_play(s, SOUND_ALARM);
    UNTIL(sound_bell(s) == BELL_NONE);
    sound_free(s);
    assert_true(now_ms() - before < 8000);
}

/* The loudest second, as root mean square of full scale. */
static double loudness(const int16_t *sample, size_t n)
{
    double best = 0;

    for (size_t from = 0; from + ENOUGH_SAMPLES / 2 <= n; from += ENOUGH_SAMPLES / 4) {
        double sum = 0;
        for (size_t i = from; i < from + ENOUGH_SAMPLES / 2; i++)
            sum += (double)sample[i] * sample[i] / (32768.0 * 32768.0);
        best = fmax(best, sqrt(sum / (ENOUGH_SAMPLES / 2)));
    }
    return best;
}

static long recorded(const char *file)
{
    struct stat st;
    return stat(file, &st) == 0 ? (long)st.st_size : 0;
}

/* `s` NULL: somebody else plays. */
static double record(struct sound *s, enum sound_kind kind)
{
    g_autofree char *file = g_strdup_printf("%s/heard.raw", room.dir), *data = NULL;
    char *argv[] = { (char[]){ "/usr/bin/parec" }, (char[]){ "-d" },
                     (char[]){ "room.monitor" },   (char[]){ "--rate=44100" },
                     (char[]){ "--channels=1" },   (char[]){ "--format=s16le" },
                     (char[]){ "--raw" },          NULL };
    gsize n = 0;

    (void)unlink(file);
    struct proc parec = proc_start(argv, file, NULL, 0, 0);
    UNTIL(recorded(file) > 0);
    if (s)
        sound_play(s, kind);
    UNTIL(recorded(file) > 4L * ENOUGH_SAMPLES);
    proc_kill(&parec);
    assert_true(g_file_get_contents(file, &data, &n, NULL));
    return loudness((const int16_t *)(const void *)data, n / sizeof(int16_t));
}

/* Another run of this program: what an agent is once it serves, without the rest. */
static int ring_in_the_sandbox(const char *home)
{
    g_autofree char *server = g_build_filename(home, "agent.sock", NULL);
    const struct sandbox_options o = { .home = home, .socket = server };
    struct sandbox_state cell = sandbox_enter(&o);
    struct sound *s = sound_new(NULL);

    if (!cell.seccomp)
        return 1;
    for (;;) {
        sound_play(s, SOUND_ALARM);
        for (long long end = now_ms() + RING_AGAIN_MS; now_ms() < end; pause_ms(2))
            (void)g_main_context_iteration(NULL, FALSE);
    }
}

static void the_alarm_is_as_loud_from_inside_the_agents_sandbox(void **state)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    char *argv[] = { self, (char[]){ "--ring" }, room.dir, NULL };

    (void)state;
    if (room.pulse.pid <= 0)
        skip();
    assert_true(pactl("set-sink-volume room 100%"));
    struct proc bell = proc_start(argv, NULL, NULL, 0, 0);
    assert_true(record(NULL, SOUND_ALARM) > 0.1);
    proc_kill(&bell);
}

static void the_alarm_is_loud_and_a_muted_sink_is_noticed(void **state)
{
    (void)state;
    if (!start_pulse())
        skip();
    struct sound *s = sound_new(NULL);
    UNTIL(sound_bell(s) == BELL_OK);
    assert_true(record(s, SOUND_ALARM) > 0.1);
    sound_stop(s);
    assert_true(record(s, SOUND_DRILL) > 0.1);
    assert_true(pactl("set-sink-mute room 1"));
    UNTIL(sound_bell(s) == BELL_MUTED);
    assert_true(pactl("set-sink-mute room 0"));
    UNTIL(sound_bell(s) == BELL_OK);
    assert_true(pactl("set-sink-volume room 5%"));
    UNTIL(sound_bell(s) == BELL_MUTED);
    sound_free(s);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--ring") == 0)
        return ring_in_the_sandbox(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_sound_server_the_bell_is_none_and_nothing_blocks),
        cmocka_unit_test(the_alarm_is_loud_and_a_muted_sink_is_noticed),
        cmocka_unit_test(the_alarm_is_as_loud_from_inside_the_agents_sandbox),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
