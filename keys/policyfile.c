/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policyfile.c - see policyfile.h. */
#include "keys/policyfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "keys/i18n.h"
#include "keys/parse.h"
#include "proto/text.h"

struct reader {
    struct policy_body *b;
    struct policy_problem *problem;
    unsigned line;
};

__attribute__((format(printf, 2, 3))) static tb_result wrong(struct reader *r, const char *format,
                                                             ...)
{
    va_list args;

    va_start(args, format);
    r->problem->line = r->line;
    (void)vsnprintf(r->problem->text, sizeof r->problem->text, format, args);
    va_end(args);
    return TB_E_RANGE;
}

/* Takes the next word off *text and ends it; NULL at the end of the line. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " \t");
    size_t n = strcspn(word, " \t");

    if (n == 0)
        return NULL;
    *text = word + n;
    if (**text != '\0')
        *(*text)++ = '\0';
    return word;
}

static tb_result take_number(struct reader *r, char **text, const char *what, uint32_t *ret)
{
    const char *word = next_word(text);

    if (word == NULL || parse_count(word, TB_WAIT_S_MAX, ret) != TB_OK)
        return wrong(r, _("'%s' needs seconds from 1 to %d, not '%s'"), what, TB_WAIT_S_MAX,
                     word != NULL ? word : "");
    return TB_OK;
}

static tb_result add_target(struct reader *r, size_t t, const char *account)
{
    Tb__PolicyTier *tier = &r->b->tier[t];
    size_t i = tier->n_target;

    if (i == TB_TARGETS_MAX)
        return wrong(r, _("more than %d accounts in one tier"), TB_TARGETS_MAX);
    if (tb_name_check(account) != TB_OK)
        return wrong(r, _("'%.40s' is no account name: a-z, 0-9 and '-'"), account);
    memcpy(r->b->account[t][i], account, strlen(account) + 1);
    tb__target__init(&r->b->target[t][i]);
    r->b->target[t][i].kind = TB_TARGET_ACCOUNT;
    r->b->target[t][i].id = r->b->account[t][i];
    r->b->targets[t][i] = &r->b->target[t][i];
    tier->n_target++;
    return TB_OK;
}

static tb_result read_tier_words(struct reader *r, size_t t, char *text)
{
    Tb__PolicyTier *tier = &r->b->tier[t];
    tb_result res = TB_OK;
    char *word;

    while (res == TB_OK && (word = next_word(&text)) != NULL) {
        if (strcmp(word, "wait") == 0)
            res = take_number(r, &text, "wait", &tier->wait_s);
        else if (strcmp(word, "repeat") == 0)
            res = take_number(r, &text, "repeat", &tier->repeat_s);
        else
            res = add_target(r, t, word);
    }
    if (res == TB_OK && (tier->n_target == 0 || tier->wait_s == 0 || tier->repeat_s == 0))
        res = wrong(r, _("a tier names accounts, 'wait SECONDS' and 'repeat SECONDS'"));
    return res;
}

static tb_result read_tier(struct reader *r, const char *number, char *text)
{
    size_t t = r->b->m.n_tier;
    uint32_t n = 0;

    if (parse_count(number, TB_TIERS_MAX, &n) != TB_OK || n != t + 1)
        return wrong(r, _("tier '%s' stands where tier %zu should (at most %d)"), number, t + 1,
                     TB_TIERS_MAX);
    tb__policy_tier__init(&r->b->tier[t]);
    r->b->tier[t].t = n;
    r->b->tier[t].quorum = 1;
    r->b->tier[t].target = r->b->targets[t];
    r->b->tiers[t] = &r->b->tier[t];
    r->b->m.n_tier++;
    return read_tier_words(r, t, text);
}

static tb_result read_classes(struct reader *r, char *text)
{
    char *word;

    while ((word = next_word(&text)) != NULL) {
        uint32_t n = 0;
        if (r->b->m.n_page_class == 3 || parse_count(word, 3, &n) != TB_OK)
            return wrong(r, _("class '%s': each of 1, 2, 3 at most once"), word);
        r->b->classes[r->b->m.n_page_class++] = n;
    }
    return TB_OK;
}

static tb_result read_text(struct reader *r, const char *key, const char *text, char *ret,
                           size_t max)
{
    text += strspn(text, " \t");
    if (text[0] == '\0' || tb_text_check(text, max, TB_TEXT_LINE) != TB_OK)
        return wrong(r, _("'%s' needs a text of at most %zu bytes of composed UTF-8"), key, max);
    memcpy(ret, text, strlen(text) + 1);
    return TB_OK;
}

static tb_result read_line(struct reader *r, char *line)
{
    char *colon = strchr(line, ':');

    if (line[0] == '\0' || line[0] == '#')
        return TB_OK;
    if (colon == NULL)
        return wrong(
            r, _("'%.40s' has no ':'; write id, name, classes or tier N, a colon, and the value"),
            line);
    *colon = '\0';
    if (strcmp(line, "id") == 0)
        return read_text(r, "id", colon + 1, r->b->id, TB_NAME_MAX);
    if (strcmp(line, "name") == 0)
        return read_text(r, "name", colon + 1, r->b->name, TB_PERSON_MAX);
    if (strcmp(line, "classes") == 0)
        return read_classes(r, colon + 1);
    if (strncmp(line, "tier ", 5) == 0)
        return read_tier(r, line + 5, colon + 1);
    return wrong(r, _("'%.40s' is none of id, name, classes, tier N"), line);
}

static void start(struct policy_body *b)
{
    memset(b->id, 0, sizeof b->id);
    memset(b->name, 0, sizeof b->name);
    tb__policy__init(&b->m);
    b->m.id = b->id;
    b->m.name = b->name;
    b->m.tier = b->tiers;
    b->m.page_class = b->classes;
}

/* Copies one line, without the spaces at its end. */
static tb_result cut_line(struct reader *r, struct tb_view *left, char ret[static POLICY_LINE_MAX])
{
    const uint8_t *end = memchr(left->p, '\n', left->n);
    size_t n = end != NULL ? (size_t)(end - left->p) : left->n;
    size_t step = end != NULL ? n + 1 : n;

    r->line++;
    if (n >= POLICY_LINE_MAX || memchr(left->p, '\0', n) != NULL)
        return wrong(r, _("a line longer than %d bytes, or not text"), POLICY_LINE_MAX - 1);
    memcpy(ret, left->p, n);
    while (n > 0 && strchr(" \t\r", ret[n - 1]) != NULL)
        n--;
    ret[n] = '\0';
    left->p += step;
    left->n -= step;
    return TB_OK;
}

tb_result policy_parse(struct tb_view file, struct policy_body *b,
                       struct policy_problem *ret_problem)
{
    struct reader r = { .b = b, .problem = ret_problem };
    char line[POLICY_LINE_MAX];
    tb_result res = TB_OK;

    start(b);
    while (res == TB_OK && file.n > 0) {
        res = cut_line(&r, &file, line);
        if (res == TB_OK)
            res = read_line(&r, line);
    }
    if (res != TB_OK)
        return res;
    r.line = 0;
    if (tb_name_check(b->id) != TB_OK)
        return wrong(&r, _("'id: NAME' is missing or '%s' is no name: a-z, 0-9 and '-'"), b->id);
    if (b->name[0] == '\0')
        return wrong(&r, _("'name: TEXT' is missing"));
    return b->m.n_tier > 0
               ? TB_OK
               : wrong(&r, _("'tier 1: ACCOUNT... wait SECONDS repeat SECONDS' is missing"));
}
