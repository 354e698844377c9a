/* SPDX-License-Identifier: GPL-3.0-or-later */
/* args.c - see args.h. */
#include "keys/args.h"

#include <string.h>

#include "keys/say.h"
#include "proto/nearest.h"

/* Options that know only some words; N_() where the words are a sentence. */
static const struct {
    const char *option, *words;
} choices[] = {
    { "account", N_("the name by which it is called, as in binh or so-y-te") },
    { "agency", N_("the organisation that the account belongs to, as in so-y-te or cong-an") },
    { "role", N_("agency, responder, coordinator, liaison, guest, machine or registrar") },
    { "roles", N_("all, or some of agency, responder, coordinator, liaison, guest, machine and "
                  "registrar with commas between") },
    { "vetted", N_("in-person (level 2) or remote (level 1)") },
    { "reason", N_("lost, left, compromised or other") },
    { "cost", N_("minimal, interactive or moderate") },
};
enum { CHOICES = sizeof choices / sizeof *choices };

const char *args_choices(const char *option)
{
    for (size_t i = 0; i < CHOICES; i++) {
        if (strcmp(choices[i].option, option) == 0)
            return _(choices[i].words);
    }
    return NULL;
}

tb_result args_missing(const char *option)
{
    const char *words = args_choices(option);

    return words == NULL ? say_fail(TB_E_TRUNCATED, _("--%s is missing"), option)
                         : say_fail(TB_E_TRUNCATED, _("--%s is missing: %s"), option, words);
}

static const struct option *find(const struct option *const *tables, const char *name, size_t n)
{
    for (; *tables != NULL; tables++) {
        for (const struct option *o = *tables; o->name != NULL; o++) {
            if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
        }
    }
    return NULL;
}

static tb_result keep(struct words *list, const char *word)
{
    if (list->n == ARGS_MAX)
        return say_fail(TB_E_LIMIT, _("more than %d words or values, the first too many is '%s'"),
                        ARGS_MAX, word);
    list->at[list->n++] = word;
    return TB_OK;
}

static tb_result set_text(const struct option *o, const char *value)
{
    const char **text = o->dest;

    if (*text != NULL)
        return say_fail(TB_E_CONFLICT, _("--%s is given twice ('%s' and '%s'): give it once"),
                        o->name, *text, value);
    *text = value;
    return TB_OK;
}

enum { KNOWN_MAX = 32 };

/* The option that was probably meant, NULL if none is near. */
static const char *meant(const struct option *const *tables, const char *name, size_t n)
{
    const char *known[KNOWN_MAX + 1] = { NULL };
    char typed[KNOWN_MAX] = "";
    size_t count = 0;

    for (; *tables != NULL; tables++) {
        for (const struct option *o = *tables; o->name != NULL && count < KNOWN_MAX; o++)
            known[count++] = o->name;
    }
    memcpy(typed, name, n < sizeof typed ? n : sizeof typed - 1);
    return tb_nearest(typed, known);
}

static tb_result unknown(const struct option *const *tables, const char *word)
{
    const char *near = meant(tables, word + 2, strcspn(word + 2, "="));

    if (near == NULL)
        return say_fail(TB_E_NOTFOUND, _("unknown option '%s'"), word);
    return say_fail(TB_E_NOTFOUND, _("unknown option '%s': did you mean '--%s'?"), word, near);
}

static tb_result needs_value(const char *option)
{
    const char *words = args_choices(option);

    return words == NULL ? say_fail(TB_E_TRUNCATED, _("--%s needs a value"), option)
                         : say_fail(TB_E_TRUNCATED, _("--%s needs a value: %s"), option, words);
}

/* Takes the option at argv[*i] and, if it needs one, its value. */
static tb_result take(int argc, char **argv, int *i, const struct option *const *tables)
{
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    const struct option *o = find(tables, name, equals ? (size_t)(equals - name) : strlen(name));
    const char *value = equals ? equals + 1 : NULL;

    if (o == NULL)
        return unknown(tables, argv[*i]);
    if (o->kind == OPTION_FLAG) {
        bool *flag = o->dest;
        if (value != NULL)
            return say_fail(TB_E_TRAILING, _("--%s takes no value, it was given '%s'"), o->name,
                            value);
        *flag = true;
        return TB_OK;
    }
    if (value == NULL && *i + 1 < argc)
        value = argv[++*i];
    if (value == NULL)
        return needs_value(o->name);
    return o->kind == OPTION_LIST ? keep(o->dest, value) : set_text(o, value);
}

tb_result args_parse(int argc, char **argv, const struct option *const *tables,
                     struct words *ret_rest)
{
    struct words rest = { .n = 0 };
    bool options = true;
    tb_result r = TB_OK;

    for (int i = 0; i < argc && r == TB_OK; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strncmp(argv[i], "--", 2) == 0)
            r = take(argc, argv, &i, tables);
        else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
            r = say_fail(TB_E_NOTFOUND,
                         _("unknown option '%s'; options are written out, as in --roster"),
                         argv[i]);
        else
            r = keep(&rest, argv[i]);
    }
    if (r == TB_OK)
        *ret_rest = rest;
    return r;
}
