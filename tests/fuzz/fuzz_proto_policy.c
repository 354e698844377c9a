/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_policy.c - hostile bytes as the body of a policy that a coordinator really signed:
 * what is taken can be walked by whoever pages. */
#include "tests/unit/province.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct province province;
static const uint8_t *body;
static size_t body_n;

static void put_body(Tb__RosterEntry *e)
{
    e->body = tb_field(body, body_n);
}

static void walk(const struct tb_policy *p)
{
    if (p->n_tiers < 1 || p->n_tiers > TB_TIERS_MAX)
        abort();
    for (size_t t = 0; t < p->n_tiers; t++) {
        const struct tb_policy_tier *tier = &p->tier[t];
        if (tier->n_targets < 1 || tier->n_targets > TB_TARGETS_MAX || tier->wait_s == 0 ||
            tier->repeat_s < TB_REPEAT_S_MIN)
            abort();
        for (size_t i = 0; i < tier->n_targets; i++)
            if (tier->account[i][0] == '\0' || memchr(tier->account[i], 0, TB_NAME_MAX + 1) == NULL)
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Tb__Policy none;

    if (!province.roster)
        province_demo(&province);
    if (tb_roster_size(province.roster) > 100) { /* else a long run replays for ever */
        province_done(&province);
        province_demo(&province);
    }
    body = data;
    body_n = size;
    tb__policy__init(&none);
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &none.base);
    e.edit = put_body;
    province_by(&e, &province_find(&province, "chi")->sign);
    if (size > TB_ENTRY_MAX / 2)
        return 0;
    if (province_append(&province, &e) == TB_OK)
        walk(tb_roster_policy_by_id(province.roster, "truc-dem"));
    else if (province.why.text[0] == '\0')
        abort(); /* refused without a reason */
    return 0;
}
