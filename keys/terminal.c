/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.c - see terminal.h.  A signal while the echo is off puts the terminal
 * back before it takes its effect. */
#include "keys/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
enum { SIGNALS = sizeof signals / sizeof *signals };

static int hidden_fd = -1;
static struct termios before;

static void on_signal(int number)
{
    struct sigaction plain = { .sa_handler = SIG_DFL };

    (void)tcsetattr(hidden_fd, TCSAFLUSH, &before);
    (void)sigaction(number, &plain, NULL);
    (void)raise(number);
}

static tb_result read_line(int fd, size_t max, struct tb_buf *ret)
{
    for (size_t n = 0;; n++) {
        char c = '\0';
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return TB_E_IO;
        if (got == 0 || c == '\n')
            return tb_buf_check(ret);
        if (n >= max)
            return TB_E_LIMIT;
        tb_put_u8(ret, (uint8_t)c);
    }
}

static tb_result show(int fd, const char *prompt)
{
    return write(fd, prompt, strlen(prompt)) >= 0 ? TB_OK : TB_E_NOTFOUND;
}

/* The echo goes before the prompt comes: what is typed at the prompt is never shown. */
static tb_result read_hidden(int fd, const char *prompt, size_t max, struct tb_buf *ret)
{
    struct sigaction old[SIGNALS], ours = { .sa_handler = on_signal };
    struct termios quiet;
    tb_result r;

    if (tcgetattr(fd, &before) != 0)
        return TB_E_NOTFOUND;
    hidden_fd = fd;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &ours, &old[i]);
    r = tcsetattr(fd, TCSAFLUSH, &quiet) == 0 ? show(fd, prompt) : TB_E_IO;
    if (r == TB_OK)
        r = read_line(fd, max, ret);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &old[i], NULL);
    (void)!write(fd, "\n", 1);
    return r;
}

tb_result terminal_ask(const char *prompt, enum terminal_echo echo, size_t max, struct tb_buf *ret)
{
    TB_CLEANUP(tb_closep) int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return TB_E_NOTFOUND;
    if (echo == TERMINAL_HIDDEN)
        return read_hidden(fd, prompt, max, ret);
    tb_result r = show(fd, prompt);
    return r == TB_OK ? read_line(fd, max, ret) : r;
}
