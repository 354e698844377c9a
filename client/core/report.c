/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - reports, pages and the test page, as a frontend asks for them (core.h). */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"
#include "client/core/seal.h"

static tb_result no(struct tbc_why *why, tb_result r, const char *text)
{
    if (why)
        copy_text(why->text, sizeof why->text, text);
    return r;
}

static tb_result may_report(struct tbc *c, struct tbc_why *why)
{
    tb_result r = need_member(c);

    if (r != TB_OK)
        return no(why, r,
                  r == TB_E_LOCKED ? "The profile is locked: unlock it first."
                                   : "This device is not enrolled: use an invite first.");
    struct tb_trust t = trust_of(c, &c->me->cred, TB_STEP_REPORT);
    if (t.verdict == TB_OK)
        return TB_OK;
    char text[300];
    (void)snprintf(text, sizeof text, "This device may not page: %s. Call the registrar.",
                   tb_strresult(t.verdict));
    return no(why, t.verdict, text);
}

/* ---- policy */

static bool serves(const struct tb_policy *p, uint32_t page_class)
{
    return p->classes == 0 || ((unsigned)p->classes >> page_class & 1u) != 0;
}

static tb_result find_policy(struct tbc *c, const struct tbc_report *q,
                             const struct tb_policy **ret, struct tbc_why *why)
{
    const struct tb_policy *p = NULL, *next;
    size_t i = 0, n = 0;

    if (q->policy) {
        p = tb_roster_policy_by_id(c->roster, q->policy);
        if (!p)
            return no(why, TB_E_NOTFOUND, "There is no policy of that name.");
        if (!serves(p, q->page_class))
            return no(why, TB_E_RANGE, "That policy does not serve this class.");
        *ret = p;
        return TB_OK;
    }
    while ((next = tb_roster_next_policy(c->roster, &i)) != NULL) {
        if (!serves(next, q->page_class))
            continue;
        p = next;
        n++;
    }
    if (n == 0)
        return no(why, TB_E_NOTFOUND, "No policy serves this class: a coordinator must set one.");
    if (n > 1)
        return no(why, TB_E_NOTFOUND, "More than one policy serves this class: name one.");
    *ret = p;
    return TB_OK;
}

/* ---- content */

struct content {
    Tb__Content c;
    Tb__Report report;
    Tb__PageText page;
    Tb__AffectedSystem system;
    Tb__InlineFile file[TB_INLINE_FILES], *files[TB_INLINE_FILES];
};

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)(s ? s : ""); /* packing only reads */
}

static void fill_files(const struct tbc_report *q, struct content *m)
{
    for (size_t i = 0; i < q->n_files; i++) {
        tb__inline_file__init(&m->file[i]);
        m->file[i].name = text_of(q->file[i].name);
        m->file[i].data = tb_field(q->file[i].data.p, q->file[i].data.n);
        m->files[i] = &m->file[i];
    }
    m->report.n_file = q->n_files;
    m->report.file = m->files;
}

static void fill_report(const struct tbc_report *q, struct content *m)
{
    tb__report__init(&m->report);
    m->c.report = &m->report;
    m->report.kind = text_of(q->kind);
    m->report.title = text_of(q->title);
    m->report.text = text_of(q->text);
    m->report.detected_ms = q->detected_ms;
    m->report.no_state_secret = q->no_state_secret;
    fill_files(q, m);
    if (!q->system_name && !q->system_address && !q->system_level)
        return;
    tb__affected_system__init(&m->system);
    m->system.name = text_of(q->system_name);
    m->system.address = text_of(q->system_address);
    m->system.level = q->system_level;
    m->report.system = &m->system;
}

static tb_result pack_content(const struct tbc_report *q, struct tb_buf *ret, struct tbc_why *why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct content m = { 0 };
    Tb__Content *checked;

    tb_arena_init(&a, CORE_ARENA);
    tb__content__init(&m.c);
    if (q->n_files > TB_INLINE_FILES)
        return no(why, TB_E_LIMIT, "At most four files can be attached.");
    if (q->kind) {
        if (!q->no_state_secret)
            return no(why, TB_E_RANGE, "Confirm first that the report holds no state secrets.");
        fill_report(q, &m);
    } else {
        if (q->n_files)
            return no(why, TB_E_RANGE, "Only a report can carry files.");
        tb__page_text__init(&m.page);
        m.c.page = &m.page;
        m.page.title = text_of(q->title);
        m.page.text = text_of(q->text);
    }
    tb_result r = tb_pack(&m.c.base, ret);
    if (r == TB_OK)
        r = tb_content_unpack(&a, tb_buf_view(ret), &checked);
    if (r == TB_E_RANGE)
        return no(why, r,
                  "A field cannot be used: check kind, title, text and the names of files.");
    return r == TB_E_LIMIT ? no(why, r, "The text or a file is too long.") : r;
}

static tb_result check_fields(const struct tbc_report *q, struct tbc_why *why)
{
    if (!q->title || !*q->title)
        return no(why, TB_E_RANGE, "A title is needed.");
    if (q->page_class < 1 || q->page_class > 3)
        return no(why, TB_E_RANGE, "The class must be 1, 2 or 3.");
    if (q->tlp > TB_TLP_CLEAR)
        return no(why, TB_E_RANGE, "There is no such TLP label.");
    return TB_OK;
}

static tb_result send_letter(struct tbc *c, const struct letter *letter, bool from_draft,
                             struct tb_id *ret_page, struct tbc_why *why)
{
    struct tb_id page;
    tb_result r = core_begin(c);

    if (r == TB_OK)
        r = seal_letter(c, letter, &page);
    if (r == TB_OK && from_draft)
        r = draft_drop(c); /* neither lost nor sent twice, whenever the machine dies */
    r = core_end(c, r);
    if (r == TB_OK)
        *ret_page = page;
    if (is_our_failure(r))
        return no(why, r, tbc_store_why(c, r).text);
    return r == TB_OK ? r : no(why, r, tb_strresult(r));
}

tb_result tbc_report(struct tbc *c, const struct tbc_report *q, struct tb_id *ret_page,
                     struct tbc_why *why)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    const struct tb_policy *policy = NULL;
    tb_result r = may_report(c, why);

    if (r == TB_OK)
        r = check_fields(q, why);
    if (r == TB_OK)
        r = find_policy(c, q, &policy, why);
    if (r == TB_OK)
        r = pack_content(q, &plain, why);
    if (r != TB_OK)
        return r;
    const struct letter letter = { .type = q->kind ? TB_MSG_REPORT : TB_MSG_PAGE,
                                   .policy = policy,
                                   .page_class = q->page_class,
                                   .tlp = q->tlp,
                                   .drill = q->drill,
                                   .plain = tb_buf_view(&plain),
                                   .title = q->title,
                                   .kind = q->kind };
    return send_letter(c, &letter, q->from_draft, ret_page, why);
}

tb_result tbc_test_page(struct tbc *c, struct tb_id *ret_page, struct tbc_why *why)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    const struct tbc_report q = { .title = "Thử chuông", .page_class = 3, .drill = true };
    tb_result r = may_report(c, why);

    if (r == TB_OK)
        r = pack_content(&q, &plain, why);
    if (r != TB_OK)
        return r;
    const struct letter letter = { .type = TB_MSG_PAGE,
                                   .page_class = 3,
                                   .drill = true,
                                   .plain = tb_buf_view(&plain),
                                   .title = q.title };
    return send_letter(c, &letter, false, ret_page, why);
}
