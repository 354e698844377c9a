/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.c - see run.h. */
#include "keys/run.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/file.h"
#include "keys/terminal.h"
#include "keys/when.h"
#include "proto/text.h"

void command_help(const struct command *c)
{
    (void)printf(_("Usage: trucban-keys %s %s\n"), c->name, _(c->synopsis));
    (void)printf("\n%s", _(c->help));
}

/* Copies the shared options that this command takes. */
static void shared_options(struct run *run, unsigned takes, struct option ret[static 11])
{
    const struct {
        unsigned when;
        struct option option;
    } all[] = {
        { RUN_ROSTER | RUN_ROSTER_MAYBE, { "roster", OPTION_TEXT, &run->roster_path } },
        { RUN_KEY, { "key", OPTION_LIST, &run->keys } },
        { RUN_KEY | RUN_NEW_KEY, { "passphrase-file", OPTION_LIST, &run->passphrase_files } },
        { RUN_NEW_KEY, { "cost", OPTION_TEXT, &run->cost_name } },
        { RUN_OUT, { "out", OPTION_TEXT, &run->out_path } },
        { RUN_APPEND, { "append", OPTION_FLAG, &run->append } },
        { RUN_YES, { "yes", OPTION_FLAG, &run->yes } },
        { ~0u, { "clock", OPTION_TEXT, &run->clock_text } },
        { ~0u, { "json", OPTION_FLAG, &run->json } },
        { ~0u, { "help", OPTION_FLAG, &run->help } },
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if ((all[i].when & takes) != 0)
            ret[n++] = all[i].option;
    }
    ret[n] = (struct option){ .name = NULL };
}

/* What the shared options say, checked. */
static tb_result settle(struct run *run, unsigned takes)
{
    run->now_ms = when_now_ms();
    if (run->clock_text != NULL && when_time(run->clock_text, &run->now_ms) != TB_OK)
        return say_fail(TB_E_RANGE,
                        _("--clock '%s' is no time: write it as 2026-01-31T08:00:00+07:00"),
                        run->clock_text);
    run->cost = KEY_COST_MODERATE;
    if (run->cost_name != NULL && key_cost_of(run->cost_name, &run->cost) != TB_OK)
        return say_fail(TB_E_RANGE, "--cost '%s': %s", run->cost_name, args_choices("cost"));
    if ((takes & RUN_ROSTER) != 0 && run->roster_path == NULL)
        return say_fail(TB_E_TRUNCATED, _("--roster FILE is missing: the roster as it stands now"));
    run->emit.json = run->json;
    return TB_OK;
}

tb_result run_begin(struct run *run, const struct command_line *line, unsigned takes,
                    const struct option *own, struct words *ret_args, int *ret_status)
{
    struct option shared[11];
    const struct option *const tables[] = { shared, own, NULL };
    tb_result r;

    shared_options(run, takes, shared);
    r = args_parse(line->argc, line->argv,
                   own != NULL ? tables : (const struct option *const[]){ shared, NULL }, ret_args);
    if (r == TB_OK && run->help) {
        command_help(line->self);
        *ret_status = EXIT_DONE;
        return TB_E_NOTFOUND;
    }
    if (r == TB_OK)
        r = settle(run, takes);
    if (r != TB_OK) {
        say_note(_("See 'trucban-keys %s --help'."), line->self->name);
        *ret_status = EXIT_USAGE;
    }
    return r;
}

static tb_result line_of_stdin(struct tb_buf *ret)
{
    char c = '\0';
    ssize_t n;

    while ((n = read(STDIN_FILENO, &c, 1)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return TB_E_IO;
        if (c == '\n')
            break;
        if (ret->n >= KEY_PASSPHRASE_MAX)
            return TB_E_LIMIT;
        tb_put_u8(ret, (uint8_t)c);
    }
    return tb_buf_check(ret);
}

/* A file that others can read protects nothing.  A pipe is whoever made it's own. */
static tb_result check_private(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
        return TB_OK; /* what is not there is said when it is read */
    return say_fail(TB_E_DENIED,
                    _("passphrase file '%s' has mode %04o, others can read it: run 'chmod 600 %s', "
                      "and take another passphrase if somebody may have looked"),
                    path, (unsigned)(st.st_mode & 07777), path);
}

static tb_result passphrase_of_file(const char *path, struct tb_buf *ret)
{
    bool is_stdin = strcmp(path, "-") == 0;

    if (!is_stdin && check_private(path) != TB_OK)
        return TB_E_DENIED;
    tb_result r = is_stdin ? line_of_stdin(ret) : file_read(path, KEY_PASSPHRASE_MAX + 2, ret);
    if (r == TB_E_LIMIT)
        return say_fail(r, _("passphrase file '%s' is longer than %d bytes"), path,
                        KEY_PASSPHRASE_MAX);
    if (r != TB_OK)
        return say_fail(r, _("cannot read passphrase file '%s': %s"), path,
                        r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                           : said_of(tb_strresult(r)).text);
    const uint8_t *end = ret->n > 0 ? memchr(ret->p, '\n', ret->n) : NULL;
    if (end != NULL)
        ret->n = (size_t)(end - ret->p);
    if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
        ret->n--;
    return TB_OK;
}

enum { PROMPT = PATH_MAX + 100 };

static tb_result ask(const char *prompt, const char *what, struct tb_buf *ret)
{
    tb_result r = terminal_ask(prompt, TERMINAL_HIDDEN, KEY_PASSPHRASE_MAX, ret);

    if (r == TB_E_NOTFOUND)
        return say_fail(
            r, _("no terminal to ask for the passphrase of %s: use --passphrase-file FILE"), what);
    return r == TB_OK
               ? r
               : say_fail(r, _("no passphrase for %s: %s"), what, said_of(tb_strresult(r)).text);
}

static tb_result ask_fresh(const char *what, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf again = { 0 };
    char prompt[PROMPT];

    (void)snprintf(prompt, sizeof prompt, _("New passphrase of %s: "), what);
    tb_result r = ask(prompt, what, ret);
    (void)snprintf(prompt, sizeof prompt, _("The same again for %s: "), what);
    if (r == TB_OK)
        r = ask(prompt, what, &again);
    if (r == TB_OK &&
        (again.n != ret->n || (ret->n > 0 && sodium_memcmp(again.p, ret->p, ret->n) != 0)))
        r = say_fail(TB_E_CONFLICT,
                     _("the two passphrases of %s differ: nothing was made, start again"), what);
    return r;
}

static size_t different_bytes(const struct tb_buf *b)
{
    bool seen[256] = { false };
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        n += !seen[b->p[i]];
        seen[b->p[i]] = true;
    }
    return n;
}

/* Whoever copies the key file has all the time in the world to guess. */
static tb_result check_strength(const struct run *run, const struct tb_buf *passphrase)
{
    bool weak = passphrase->n < KEY_PASSPHRASE_GOOD || different_bytes(passphrase) < KEY_BYTES_GOOD;

    if (!weak)
        return TB_OK;
    if (run->weak_is_fine) {
        say_note(
            _("WARNING: this passphrase is weak (%zu bytes, %zu different): whoever copies the key "
              "file can guess it.  For a demonstration only."),
            passphrase->n, different_bytes(passphrase));
        return TB_OK;
    }
    return say_fail(
        TB_E_RANGE,
        _("the passphrase is weak (%zu bytes, %zu different): whoever copies the key file "
          "can guess it.  Take at least %d bytes, %d of them different; six random words "
          "are good"),
        passphrase->n, different_bytes(passphrase), KEY_PASSPHRASE_GOOD, KEY_BYTES_GOOD);
}

/* What can be typed again next year on another keyboard: text that has one form only. */
static tb_result check_fresh(const struct run *run, const struct tb_buf *passphrase)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };

    if (passphrase->n < KEY_PASSPHRASE_MIN || passphrase->n > KEY_PASSPHRASE_MAX)
        return say_fail(TB_E_RANGE,
                        _("the passphrase has %zu bytes: take %d to %d, six random words are good"),
                        passphrase->n, KEY_PASSPHRASE_MIN, KEY_PASSPHRASE_MAX);
    tb_put(&text, passphrase->p, passphrase->n);
    tb_put_u8(&text, 0);
    if (tb_buf_check(&text) != TB_OK)
        return say_fail(TB_E_NOMEM, "%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    if (strlen((const char *)text.p) != passphrase->n ||
        tb_text_check((const char *)text.p, KEY_PASSPHRASE_MAX, TB_TEXT_LINE) != TB_OK)
        return say_fail(TB_E_RANGE,
                        _("the passphrase is not one line of composed UTF-8: another keyboard "
                          "might never type it again, choose other letters"));
    return check_strength(run, passphrase);
}

tb_result run_passphrase(const struct run *run, size_t i, const char *what, bool fresh,
                         struct tb_buf *ret)
{
    const struct words *files = &run->passphrase_files;
    char prompt[PROMPT];
    tb_result r;

    (void)snprintf(prompt, sizeof prompt, _("Passphrase of %s: "), what);
    if (files->n > 0)
        r = passphrase_of_file(files->at[i < files->n ? i : files->n - 1], ret);
    else
        r = fresh ? ask_fresh(what, ret) : ask(prompt, what, ret);
    if (r == TB_OK && fresh)
        r = check_fresh(run, ret);
    return r;
}

tb_result run_confirm(const struct run *run, const char *question)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf answer = { 0 };
    char prompt[512];
    tb_result r;

    if (run->yes)
        return TB_OK;
    (void)fflush(stdout);
    (void)snprintf(prompt, sizeof prompt, _("%s Type 'yes': "), question);
    r = terminal_ask(prompt, TERMINAL_SHOWN, 64, &answer);
    if (r == TB_E_NOTFOUND)
        return say_fail(r, _("no terminal to ask at: look at it with 'inspect', then use --yes"));
    if (r == TB_OK && answer.n == 3 && memcmp(answer.p, "yes", 3) == 0)
        return TB_OK;
    return say_fail(TB_E_DENIED, _("not confirmed: nothing was signed"));
}
