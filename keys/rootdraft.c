/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootdraft.c - see rootdraft.h.  The roster checks what comes of it; here only
 * what people can mistype is said in their words. */
#include "keys/rootdraft.h"

#include <string.h>

#include "keys/parse.h"
#include "keys/say.h"
#include "keys/signer.h"
#include "keys/when.h"
#include "proto/page.h"
#include "proto/text.h"

/* ---- root */

static tb_result choose_quorum(const struct root_wish *wish, size_t n, uint32_t *ret)
{
    uint32_t quorum = (uint32_t)(n / 2 + 1);

    if (wish->quorum != NULL && parse_count(wish->quorum, (uint32_t)n, &quorum) != TB_OK)
        return say_fail(TB_E_RANGE,
                        _("--quorum '%s' is not possible with %zu custodians: 1 to %zu"),
                        wish->quorum, n, n);
    if (quorum < 2 && !wish->demo)
        return say_fail(TB_E_RANGE,
                        _("quorum 1 lets one person alone rule the province: have at least two "
                          "custodians, or add --demo for a demonstration"));
    *ret = quorum;
    return TB_OK;
}

static tb_result check_people(const struct key_public *pub, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(pub[i].person, pub[k].person) == 0)
                return say_fail(TB_E_CONFLICT,
                                _("'%s' would be a custodian twice: a quorum counts persons, "
                                  "take another person's key"),
                                pub[i].person);
            if (memcmp(pub[i].pk, pub[k].pk, TB_KEY_BYTES) == 0)
                return say_fail(TB_E_CONFLICT,
                                _("'%s' and '%s' have one key: each makes a key alone"),
                                pub[k].person, pub[i].person);
        }
    }
    return TB_OK;
}

tb_result root_fill(struct root_body *b, const struct root_wish *wish, const struct key_public *pub,
                    size_t n)
{
    uint32_t quorum = 0;
    tb_result r;

    if (n < 1 || n > TB_CUSTODIANS_MAX)
        return say_fail(TB_E_RANGE,
                        _("%zu custodians: give the public halves (KEY.pub) of 1 to %d; 3 are "
                          "recommended"),
                        n, TB_CUSTODIANS_MAX);
    if (tb_text_check(wish->province, TB_PERSON_MAX, TB_TEXT_LINE) != TB_OK ||
        wish->province[0] == '\0')
        return say_fail(TB_E_RANGE,
                        _("'%s' is no name of a province: one line of at most %d bytes"),
                        wish->province, TB_PERSON_MAX);
    if ((r = check_people(pub, n)) != TB_OK || (r = choose_quorum(wish, n, &quorum)) != TB_OK)
        return r;
    memcpy(b->province, wish->province, strlen(wish->province) + 1);
    memcpy(b->pub, pub, n * sizeof *pub);
    tb__root__init(&b->root);
    b->root.province = b->province;
    b->root.quorum = quorum;
    b->root.demo = wish->demo;
    b->root.suite = TB_SUITE;
    b->root.custodian = b->custodians;
    b->root.n_custodian = n;
    for (size_t i = 0; i < n; i++) {
        tb__custodian__init(&b->custodian[i]);
        b->custodian[i].key = tb_field(b->pub[i].pk, TB_KEY_BYTES);
        b->custodian[i].person = b->pub[i].person;
        b->custodians[i] = &b->custodian[i];
    }
    return TB_OK;
}

tb_result root_fill_files(struct root_body *b, const struct root_wish *wish,
                          const struct words *paths)
{
    struct key_public pub[TB_CUSTODIANS_MAX];
    size_t n = paths->n < TB_CUSTODIANS_MAX ? paths->n : TB_CUSTODIANS_MAX;
    tb_result r;

    for (size_t i = 0; i < n; i++) {
        if ((r = signer_public(paths->at[i], KEY_CUSTODIAN, &pub[i])) != TB_OK)
            return r;
    }
    return root_fill(b, wish, pub, paths->n);
}

/* ---- authority */

static void set_quorum(struct authority_body *b, uint32_t role, uint32_t quorum)
{
    size_t i = 0;

    while (i < b->authority.n_role_quorum && b->quorum[i].role != role)
        i++;
    if (i == sizeof b->quorum / sizeof *b->quorum)
        return; /* more than there are roles */
    if (i == b->authority.n_role_quorum) {
        tb__role_quorum__init(&b->quorum[i]);
        b->quorums[i] = &b->quorum[i];
        b->authority.n_role_quorum++;
    }
    b->quorum[i].role = role;
    b->quorum[i].quorum = quorum;
}

static void set_gate(struct authority_body *b, uint32_t step, uint32_t level)
{
    size_t i = 0;

    while (i < b->authority.n_gate && b->gate[i].step != step)
        i++;
    if (i == sizeof b->gate / sizeof *b->gate)
        return; /* more than there are steps */
    if (i == b->authority.n_gate) {
        tb__gate__init(&b->gate[i]);
        b->gates[i] = &b->gate[i];
        b->authority.n_gate++;
    }
    b->gate[i].step = step;
    b->gate[i].level = level;
}

/* Every role gets its number written down, so that nobody has to know a default. */
static void start_from(struct authority_body *b, const struct tb_roster *r)
{
    const struct tb_authority *now = tb_roster_authority(r);
    struct roles roles = { .n = 0 };

    tb__authority__init(&b->authority);
    b->authority.role_quorum = b->quorums;
    b->authority.gate = b->gates;
    b->authority.policy_quorum = now->policy_quorum;
    b->authority.revocation_quorum = now->revocation_quorum;
    b->authority.freshness_limit_ms = now->freshness_limit_ms;
    b->authority.attestation_ms = now->attestation_ms != 0 ? now->attestation_ms : 92 * WHEN_DAY_MS;
    if (parse_roles("all", &roles) == TB_OK) {
        for (size_t i = 0; i < roles.n; i++)
            set_quorum(b, roles.at[i], tb_roster_is_demo(r) ? 1 : 2);
    }
    for (size_t i = 0; i < now->n_grants; i++)
        set_quorum(b, now->grant[i].role, now->grant[i].quorum);
    for (size_t i = 0; i < now->n_gates; i++)
        set_gate(b, now->gate[i].step, now->gate[i].level);
}

static tb_result wish_grants(struct authority_body *b, const struct words *grants)
{
    for (size_t i = 0; i < grants->n; i++) {
        char name[TB_NAME_MAX + 1];
        uint32_t quorum;
        enum tb_role role;
        if (parse_pair(grants->at[i], name, &quorum) != TB_OK || quorum == 0)
            return say_fail(TB_E_RANGE, _("--grant '%s': write ROLE=REGISTRARS, as in responder=2"),
                            grants->at[i]);
        if (parse_role(name, &role) != TB_OK)
            return TB_E_RANGE;
        set_quorum(b, (uint32_t)role, quorum);
    }
    return TB_OK;
}

static tb_result wish_gates(struct authority_body *b, const struct words *gates)
{
    for (size_t i = 0; i < gates->n; i++) {
        char name[TB_NAME_MAX + 1];
        uint32_t level;
        enum tb_step step;
        if (parse_pair(gates->at[i], name, &level) != TB_OK || level > 3)
            return say_fail(TB_E_RANGE,
                            _("--gate '%s': write STEP=LEVEL, as in accept=1; levels are 0 to 3"),
                            gates->at[i]);
        if (parse_step(name, &step) != TB_OK)
            return say_fail(TB_E_RANGE, _("--gate '%s': there is no step '%s'"), gates->at[i],
                            name);
        set_gate(b, (uint32_t)step, level);
    }
    return TB_OK;
}

static tb_result wish_span(const char *option, const char *text, int64_t *ret_ms)
{
    if (text != NULL && when_span(text, ret_ms) != TB_OK)
        return say_fail(TB_E_RANGE, _("--%s '%s': write a span, as in 72h or 90d"), option, text);
    return TB_OK;
}

static tb_result wish_count(const char *option, const char *text, uint32_t *ret)
{
    if (text != NULL && parse_count(text, TB_SIGNATURES_MAX, ret) != TB_OK)
        return say_fail(TB_E_RANGE, _("--%s '%s': a number from 1 to %d"), option, text,
                        TB_SIGNATURES_MAX);
    return TB_OK;
}

tb_result authority_fill(struct authority_body *b, const struct tb_roster *r,
                         const struct authority_wish *wish)
{
    Tb__Authority *a = &b->authority;
    tb_result res;

    start_from(b, r);
    res = wish_grants(b, &wish->grants);
    if (res == TB_OK)
        res = wish_gates(b, &wish->gates);
    if (res == TB_OK)
        res = wish_span("freshness", wish->freshness, &a->freshness_limit_ms);
    if (res == TB_OK)
        res = wish_span("attestation", wish->attestation, &a->attestation_ms);
    if (res == TB_OK)
        res = wish_count("policy-quorum", wish->policy_quorum, &a->policy_quorum);
    if (res == TB_OK)
        res = wish_count("revocation-quorum", wish->revocation_quorum, &a->revocation_quorum);
    return res;
}
