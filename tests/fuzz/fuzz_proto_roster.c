/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_roster.c - hostile entries, removals and freshness statements against a province.
 *
 * First byte: how the rest comes.  0: as a packed Signed.  1: as the payload of an entry that a
 * custodian, a registrar, a coordinator and a device of the account have signed, so that form and
 * rules are reached and not only the signatures.  What is taken must leave a log that replays. */
#include "tests/unit/province.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct province province;

static void once(void)
{
    if (!province.roster) {
        province_demo(&province);
        province_set_witness(&province, 0);
    }
}

/* Another roster with the same log, so that what one input adds does not meet the next. */
static struct tb_roster *copy(const struct tb_roster *of)
{
    struct tb_roster *r;

    province_must(tb_roster_new(&r), "new", "");
    for (uint64_t i = 0; i < tb_roster_size(of); i++)
        province_must(tb_roster_append(r, tb_roster_entry(of, i), TB_SEEN_VOUCHED, NULL), "copy",
                      "");
    return r;
}

/* Signs whatever bytes as if they were an entry. */
static void sign_all(struct tb_view payload, struct tb_buf *ret)
{
    const struct tb_sign_pair *by[] = { &province.custodian[0], &province.registrar[0],
                                        &province_find(&province, "chi")->sign,
                                        &province_find(&province, "an")->sign };
    Tb__Signature sig[4], *list[4];
    uint8_t bytes[4][TB_SIG_BYTES];
    Tb__Signed s;

    tb__signed__init(&s);
    s.payload = tb_field(payload.p, payload.n);
    s.signature = list;
    s.n_signature = 4;
    for (size_t i = 0; i < 4; i++) {
        province_must(tb_sign(TB_TYPE_ROSTER, &province.id, payload, by[i], bytes[i]), "sign", "");
        tb__signature__init(&sig[i]);
        sig[i].alg = 1;
        sig[i].signer = tb_field(by[i]->pk, TB_KEY_BYTES);
        sig[i].sig = tb_field(bytes[i], TB_SIG_BYTES);
        list[i] = &sig[i];
    }
    province_must(tb_pack(&s.base, ret), "pack", "");
}

static void taken(struct tb_roster *r, struct tb_view entry)
{
    struct tb_roster *again;

    if (tb_roster_append(r, entry, TB_SEEN_VOUCHED, NULL) != TB_OK)
        abort(); /* tried, and then not taken */
    again = copy(r);
    struct tb_hash here = tb_roster_head(r), there = tb_roster_head(again);
    if (!tb_hash_equal(&here, &there))
        abort();
    tb_roster_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct tb_why why;

    if (size == 0)
        return 0;
    once();
    if (data[0] == 1)
        sign_all(tb_view_of(data + 1, size - 1), &b);
    else
        tb_put(&b, data + 1, size - 1);
    if (tb_roster_freshness(province.roster, tb_buf_view(&b)) == TB_OK)
        return 0;
    bool takes = tb_roster_try(province.roster, tb_buf_view(&b), province.now_ms, &why) == TB_OK;
    if (memchr(why.text, 0, sizeof why.text) == NULL)
        abort();
    (void)tb_roster_remove_on_sight(province.roster, tb_buf_view(&b), NULL);
    if (!takes)
        return 0;
    struct tb_roster *r = copy(province.roster);
    taken(r, tb_buf_view(&b));
    tb_roster_free(r);
    return 0;
}
