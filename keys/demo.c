/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demo.c - a province of one person in one go, for demonstrations: custodian key,
 * root, authority, registrar key and entry, province secret. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/commands.h"
#include "keys/draft.h"
#include "keys/file.h"
#include "keys/registrar.h"
#include "keys/rootdraft.h"
#include "keys/when.h"

/* Files of one demonstration. */
struct place {
    char custodian[PATH_MAX], registrar[PATH_MAX], roster[PATH_MAX];
};

static tb_result place_of(const char *dir, struct place *ret)
{
    if ((size_t)snprintf(ret->custodian, PATH_MAX, "%s/custodian.key", dir) >= PATH_MAX ||
        (size_t)snprintf(ret->registrar, PATH_MAX, "%s/registrar.key", dir) >= PATH_MAX ||
        (size_t)snprintf(ret->roster, PATH_MAX, "%s/roster.tbp", dir) >= PATH_MAX)
        return say_fail(TB_E_LIMIT, _("the name '%s' is too long"), dir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return say_fail(TB_E_IO, _("cannot make folder '%s': %s"), dir, strerror(errno));
    if (file_exists(ret->roster))
        return say_fail(TB_E_CONFLICT, _("'%s' exists and is not overwritten: take another --dir"),
                        ret->roster);
    return TB_OK;
}

static int add(const struct run *run, struct roster_file *f, const struct draft_of *of,
               const struct signer *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };

    if (draft_make(run, f, of, &entry) != TB_OK || draft_sign(f, s, &entry) != TB_OK)
        return EXIT_REFUSED;
    return draft_deliver(run, f, &(struct delivery){ .entry = &entry, .n = 1 });
}

static int make_root(const struct run *run, const struct demo *d, const struct signer *custodian,
                     const char *path)
{
    struct root_body body;
    struct root_wish wish = { .province = d->province, .quorum = "1", .demo = true };
    struct run to_file = *run;
    struct draft_of of = { TB_ENTRY_ROOT, tb_view_of("root", 4), &body.root.base };

    to_file.append = false;
    to_file.out_path = path;
    if (root_fill(&body, &wish, &custodian->pub, 1) != TB_OK)
        return EXIT_REFUSED;
    return add(&to_file, NULL, &of, custodian);
}

static int make_authority(const struct run *run, struct roster_file *f,
                          const struct signer *custodian)
{
    struct authority_body body;
    struct authority_wish wish = { .policy_quorum = NULL };
    struct draft_of of = { TB_ENTRY_AUTHORITY, tb_view_of("authority", 9), &body.authority.base };

    if (authority_fill(&body, f->roster, &wish) != TB_OK)
        return EXIT_REFUSED;
    return add(run, f, &of, custodian);
}

static int make_registrar(const struct run *run, struct roster_file *f,
                          const struct signer *custodian, const struct signer *registrar)
{
    struct registrar_body body;
    struct registrar_wish wish = { .roles = "all", .until_ms = run->now_ms + 365 * WHEN_DAY_MS };
    struct draft_of of = { TB_ENTRY_REGISTRAR, tb_view_of(registrar->pub.pk, TB_KEY_BYTES),
                           &body.registrar.base };

    if (registrar_fill(&body, &registrar->pub, &wish, run->now_ms) != TB_OK)
        return EXIT_REFUSED;
    return add(run, f, &of, custodian);
}

static int fill_roster(const struct run *run, const struct place *p, const struct signer *custodian,
                       const struct signer *registrar)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    int status;

    if (roster_file_load(p->roster, &f) != TB_OK)
        return EXIT_REFUSED;
    if ((status = make_authority(run, &f, custodian)) != EXIT_DONE)
        return status;
    if ((status = make_registrar(run, &f, custodian, registrar)) != EXIT_DONE)
        return status;
    return secret_new(run, &f, registrar);
}

int init_demo(const struct run *run, const struct demo *d)
{
    TB_CLEANUP(signer_wipe)
    struct signer custodian = { .path = NULL }, registrar = { .path = NULL };
    struct run appending = *run;
    struct place p;
    int status;

    appending.append = true;
    appending.out_path = NULL;
    if (place_of(d->dir, &p) != TB_OK)
        return EXIT_REFUSED;
    if (signer_create(run, KEY_CUSTODIAN, d->person, p.custodian, &custodian) != TB_OK ||
        signer_create(run, KEY_REGISTRAR, d->person, p.registrar, &registrar) != TB_OK)
        return EXIT_REFUSED;
    if ((status = make_root(run, d, &custodian, p.roster)) != EXIT_DONE)
        return status;
    if ((status = fill_roster(&appending, &p, &custodian, &registrar)) != EXIT_DONE)
        return status;
    say_note(_("Done: the keys and '%s' are in '%s'.  Next, with a relay of yours:"), p.roster,
             d->dir);
    say_note("  trucban-relay init --state %s --address %s --out relay.tbp", _("DIR"),
             _("HOST:PORT"));
    say_note("  trucban-keys relay --roster %s --key %s --append relay.tbp", p.roster, p.custodian);
    say_note("  trucban-relay import --state %s %s", _("DIR"), p.roster);
    say_note(_("Then invite people: 'trucban-keys invite --help'."));
    return EXIT_DONE;
}
