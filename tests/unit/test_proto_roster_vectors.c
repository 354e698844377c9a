/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_vectors.c - recomputes tests/vectors/roster-v1.txt: a whole log with one entry
 * of every kind, its hashes and heads, the roster id, a freshness statement, fingerprints.
 *
 * A change of one byte here is a change of the protocol.  `test_proto_roster_vectors --print`
 * writes the file anew. */
#include "tb_cmocka.h"

#include "proto/trust.h"
#include "province.h"

enum { VALUE_MAX = 2048, VECTORS_MAX = 80 };

struct vector {
    char name[48];
    uint8_t value[VALUE_MAX];
    size_t n;
};
static struct vector made[VECTORS_MAX];
static size_t n_made;

static void add(const char *name, unsigned number, struct tb_view value)
{
    struct vector *v = &made[n_made++];

    if (n_made > VECTORS_MAX || value.n > VALUE_MAX)
        abort();
    (void)snprintf(v->name, sizeof v->name, "%s/%u", name, number);
    memcpy(v->value, value.p, value.n);
    v->n = value.n;
}

/* ---- the log: a real province, then what it does not have */

static void put_authority(struct province *p)
{
    Tb__RoleQuorum q, *roles[] = { &q };
    Tb__Gate g, *gates[] = { &g };
    Tb__Authority m;

    tb__authority__init(&m);
    tb__role_quorum__init(&q);
    tb__gate__init(&g);
    q.role = TB_ROLE_COORDINATOR;
    q.quorum = 2;
    g.step = TB_STEP_POLICY;
    g.level = 2;
    m.role_quorum = roles;
    m.gate = gates;
    m.n_role_quorum = m.n_gate = 1;
    m.policy_quorum = m.revocation_quorum = 2;
    m.freshness_limit_ms = TB_FRESH_DEFAULT_MS;
    m.attestation_ms = 92 * PROVINCE_DAY;
    struct province_entry e = province_entry(TB_ENTRY_AUTHORITY, "authority", &m.base);
    province_by_root(p, &e);
    province_put(p, &e);
}

static void put_people(struct province *p)
{
    Tb__Attestation m;
    ProtobufCBinaryData creds[2] = { tb_field(province_find(p, "an")->cred.b, 32),
                                     tb_field(province_find(p, "chi")->cred.b, 32) };
    tb__attestation__init(&m);
    m.cred = creds;
    m.n_cred = 2;
    m.until_ms = PROVINCE_T0 + 92 * PROVINCE_DAY;
    struct province_entry a = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&a, &p->registrar[1]);
    province_put(p, &a);

    Tb__Removal lost = province_removal("an");
    struct province_entry s = province_entry(TB_ENTRY_SUSPENSION, "an", &lost.base);
    province_by(&s, &province_find(p, "an")->sign);
    province_put(p, &s);

    struct tb_hash binh = province_find(p, "binh")->cred;
    Tb__Removal left = province_removal("binh");
    left.reason = TB_REMOVAL_LEFT;
    left.cred = tb_field(binh.b, 32);
    left.suspect_since_ms = PROVINCE_T0;
    struct province_entry r = province_entry_of(TB_ENTRY_REVOCATION, binh.b, 32, &left.base);
    province_by_registrars(p, &r);
    province_put(p, &r);
}

static void put_new_root(struct province *p)
{
    struct province_root b;

    province_root_body(p, 3, 2, &b);
    struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &b.m.base);
    province_by_root(p, &e);
    province_put(p, &e);
}

static void make_log(struct province *p)
{
    province_real(p);
    put_authority(p);
    province_set_witness(p, 0);
    put_people(p);
    put_new_root(p);
}

/* ---- the vectors */

static void add_log(const struct province *p)
{
    for (uint64_t i = 0; i < tb_roster_size(p->roster); i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a;
        Tb__RosterEntry *e;
        struct tb_hash hash, head;
        tb_arena_init(&a, 1 << 20);
        province_must(tb_entry_peek(&a, tb_roster_entry(p->roster, i), &e, &hash), "peek", "");
        province_must(tb_roster_head_at(p->roster, i + 1, &head), "head", "");
        add("entry", (unsigned)i, tb_roster_entry(p->roster, i));
        add("entry-hash", (unsigned)i, tb_view_of(hash.b, sizeof hash.b));
        add("head", (unsigned)i + 1, tb_view_of(head.b, sizeof head.b));
    }
}

static void make_vectors(void)
{
    static const char *const accounts[] = { "so-y-te", "chi" };
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct province p;

    if (n_made)
        return;
    make_log(&p);
    add("roster-id", 0, tb_view_of(p.id.b, sizeof p.id.b));
    add_log(&p);
    province_statement(&p, 0, p.now_ms, &b);
    add("freshness", 0, tb_buf_view(&b));
    for (unsigned i = 0; i < 2; i++) {
        char digits[72];
        province_must(tb_fingerprint(p.roster, accounts[i], digits), "fingerprint", "");
        add("fingerprint", i, tb_view_of(digits, strlen(digits)));
    }
    province_done(&p);
}

static void print_vectors(void)
{
    static char hex[2 * VALUE_MAX + 1];

    printf("# Golden vectors of the roster, version 1: name = value in hex.\n"
           "# test_proto_roster_vectors.c says how each is made.\n");
    for (size_t i = 0; i < n_made; i++) {
        tb_hex(made[i].value, made[i].n, hex);
        printf("%s = %s\n", made[i].name, hex);
    }
}

static void every_vector_is_what_the_file_says(void **state)
{
    static char line[2 * VALUE_MAX + 100], hex[2 * VALUE_MAX + 1];
    char path[512];
    size_t n = 0;
    (void)state;

    const char *src = getenv("TRUCBAN_SRC");
    (void)snprintf(path, sizeof path, "%s/tests/vectors/roster-v1.txt", src ? src : ".");
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#')
            continue;
        assert_true(n < n_made);
        tb_hex(made[n].value, made[n].n, hex);
        size_t name = strlen(made[n].name);
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, made[n].name, name) != 0 || strncmp(line + name, " = ", 3) != 0)
            fail_msg("%s stands where %s should", line, made[n].name);
        assert_string_equal(line + name + 3, hex);
        n++;
    }
    (void)fclose(f);
    assert_int_equal(n, n_made);
}

/* Replays the log of the vectors up to `stop`. */
static struct tb_roster *replayed(size_t stop)
{
    struct tb_roster *r;

    province_must(tb_roster_new(&r), "new", "");
    for (size_t i = 0; i < stop; i++)
        if (strncmp(made[i].name, "entry/", 6) == 0)
            province_must(
                tb_roster_append(r, tb_view_of(made[i].value, made[i].n), TB_SEEN_VOUCHED, NULL),
                made[i].name, "");
    return r;
}

/* One bit in each byte, so that every field and every signature is met. */
static void every_entry_is_refused_with_one_bit_changed(void **state)
{
    (void)state;

    for (size_t i = 0; i < n_made; i++) {
        if (strncmp(made[i].name, "entry/", 6) != 0)
            continue;
        struct tb_roster *r = replayed(i);
        for (size_t k = 0; k < made[i].n; k++) {
            uint8_t *byte = &made[i].value[k], bit = (uint8_t)(1u << (k % 8));
            struct tb_view v = tb_view_of(made[i].value, made[i].n);
            *byte ^= bit;
            if (tb_roster_try(r, v, TB_SEEN_VOUCHED, NULL) == TB_OK)
                fail_msg("%s is taken with byte %zu changed", made[i].name, k);
            *byte ^= bit;
        }
        assert_int_equal(tb_roster_try(r, tb_view_of(made[i].value, made[i].n), 0, NULL), TB_OK);
        tb_roster_free(r);
    }
}

static void the_statement_is_refused_with_one_bit_changed(void **state)
{
    (void)state;

    for (size_t i = 0; i < n_made; i++) {
        if (strncmp(made[i].name, "freshness/", 10) != 0)
            continue;
        struct tb_roster *r = replayed(i);
        for (size_t k = 0; k < made[i].n; k++) {
            made[i].value[k] ^= 4;
            assert_int_not_equal(tb_roster_freshness(r, tb_view_of(made[i].value, made[i].n)),
                                 TB_OK);
            made[i].value[k] ^= 4;
        }
        assert_int_equal(tb_roster_freshness(r, tb_view_of(made[i].value, made[i].n)), TB_OK);
        tb_roster_free(r);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_what_the_file_says),
        cmocka_unit_test(every_entry_is_refused_with_one_bit_changed),
        cmocka_unit_test(the_statement_is_refused_with_one_bit_changed),
    };

    make_vectors();
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        print_vectors();
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
