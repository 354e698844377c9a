/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_core_relay.c - an agent's core, and a relay that answers and pushes whatever it likes.
 *
 * Once, an honest night is played and kept: what the relay answered to An and what it pushed.  Each input
 * begins with the same profile of An and is a list of steps of the relay (enum step): it answers with what
 * it once said, with that changed, with an error, with rubbish; it pushes what it once pushed, in any
 * order, with fields changed; it lets time pass and hangs up.  Randomness repeats.  Whatever it does, no
 * page exists, is owned or is read that people of the province did not make so. */
/* link: tb_server PkgConfig::CMOCKA */
/* with: support_proto_random.c */
/* wrap: clock_gettime */
#include "tests/unit/core_lies.h"
#include "tests/unit/support_proto_random.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ANSWERS = 64, PUSHES = 64, STEPS = 48 };
enum step {
    HONEST,
    CHANGED,
    ERROR,
    RUBBISH,
    PUSH,
    PUSH_CHANGED,
    MESSAGE,
    TIME,
    HANG_UP,
    ACT,
    OTHER
};

static struct town town;
static struct node *an;
static struct tb_id page;
static char template[160];
static int64_t began;

static struct tb_arena tape_arena;
static Tb__Frame *answer[ANSWERS];
static Tb__Envelope *push[PUSHES];
static size_t n_answers, n_pushes;

/* What An asked and was not answered yet. */
static struct {
    uint32_t op;
    uint64_t id;
} asked[256];
static size_t n_asked;
static unsigned told[256]; /* honest answers to each operation */

static bool accepted, shown_accept;

/* ---- the honest night */

static bool keep(struct node *n, struct tb_buf *batch)
{
    Tb__Envelopes *m;
    Tb__Batch *b;

    (void)n;
    province_must(tb_unpack(&tape_arena, &tb__batch__descriptor, tb_buf_view(batch), &b), "tape",
                  "");
    for (size_t i = 0; i < b->n_frame; i++) {
        Tb__Frame *f = b->frame[i];
        if (f->id && n_answers < ANSWERS)
            answer[n_answers++] = f;
        if (f->id || f->op != TB_OP_ENVELOPES)
            continue;
        province_must(
            tb_unpack(&tape_arena, &tb__envelopes__descriptor, tb_field_view(&f->body), &m), "tape",
            "");
        for (size_t k = 0; k < m->n_envelope && n_pushes < PUSHES; k++)
            push[n_pushes++] = m->envelope[k];
    }
    return true;
}

static void copy_profile(const char *from, const char *to)
{
    char path[200];
    static uint8_t bytes[8 << 20];

    (void)snprintf(path, sizeof path, "%s/core.db", from);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = in < 0 ? -1 : read(in, bytes, sizeof bytes);
    (void)snprintf(path, sizeof path, "%s/core.db", to);
    int out = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (n <= 0 || n == sizeof bytes || out < 0 || write(out, bytes, (size_t)n) != n)
        abort();
    (void)close(in);
    (void)close(out);
}

static void drop_profile(const char *dir)
{
    static const char *const files[] = { "core.db", "core.db-wal", "core.db-shm" };
    char path[200];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
}

static void tidy(void)
{
    town_remove(town.dir);
    (void)town_done(NULL);
}

/* An is away while his profile is copied, then the night is played and recorded. */
static void begin(void)
{
    sample_fix_randomness();
    sample_restart_randomness();
    town_open(&town);
    (void)atexit(tidy);
    an = town_node(&town, "an");
    struct node *so = town_node(&town, "so-y-te"), *binh = town_node(&town, "binh");
    town_hang_up(an);
    town_kill(an);
    (void)snprintf(template, sizeof template, "%.60s/template", town.dir);
    if (mkdir(template, 0700) != 0)
        abort();
    copy_profile(an->dir, template);
    began = town_now;
    tb_arena_init(&tape_arena, 64 << 20);
    an->filter = keep;
    page = town_report(so, "Đêm thật", 1);
    town_run(&town);
    town_revive(an);
    town_pass(&town, 61000);
    if (town_answer(binh, &page, TB_ACT_ACCEPT, NULL) != TB_OK)
        abort();
    town_pass(&town, 2000);
    if (town_answer(binh, &page, TB_ACT_RESOLVE, "xong") != TB_OK)
        abort();
    town_pass(&town, 20000);
    an->filter = NULL;
    town_stop(&town);
}

/* ---- the input */

/* Some bytes at places that the input names are others; a place beyond the end cuts there. */
static void change(struct in *in, struct tb_buf *b)
{
    for (uint8_t i = take(in) & 7; i-- > 0;) {
        size_t at = take(in) | (size_t)take(in) << 8;
        uint8_t how = take(in);
        if (b->n == 0)
            return;
        if (how == 0)
            b->n = at % b->n;
        else
            b->p[at % b->n] ^= how;
    }
}

/* ---- what the relay says */

static void say(const struct tb_buf *batch)
{
    if (an->link && an->core)
        an->ev->message(an->link, tb_buf_view(batch));
}

static void say_frame(Tb__Frame *f)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    Tb__Batch b;

    tb__batch__init(&b);
    b.n_frame = 1;
    b.frame = &f;
    province_must(tb_pack(&b.base, &out), "pack", "");
    say(&out);
}

/* What An has asked meanwhile; he dials when he wants to. */
static void listen(void)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_hash exporter = { { 7 } };
    struct tb_buf b;
    Tb__Batch *m;

    tb_arena_init(&a, 8 << 20);
    if (an->dialled) {
        an->dialled = false;
        n_asked = 0;
        an->ev->up(an->link, &exporter);
    }
    while (town_take(&an->to_relay, &b)) {
        if (tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(&b), &m) != TB_OK)
            abort(); /* An himself must speak well */
        for (size_t i = 0; i < m->n_frame && n_asked < sizeof asked / sizeof asked[0]; i++) {
            asked[n_asked].op = m->frame[i]->op;
            asked[n_asked++].id = m->frame[i]->id;
        }
        tb_buf_done(&b);
    }
}

/* The k-th answer of that night to such a question, or the last one. */
static const Tb__Frame *answer_of(uint32_t op, unsigned k)
{
    const Tb__Frame *found = NULL;

    for (size_t i = 0; i < n_answers; i++) {
        if (answer[i]->op != op)
            continue;
        found = answer[i];
        if (k-- == 0)
            break;
    }
    return found;
}

static void reply(struct in *in, enum step how)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    uint8_t pick = take(in);
    Tb__Frame f;

    if (n_asked == 0)
        return;
    size_t which = how == HONEST ? 0 : pick / 8 % n_asked;
    uint32_t op = asked[which].op;
    const Tb__Frame *old = answer_of(op, how == HONEST ? told[op % 256]++ : pick % 8);
    tb__frame__init(&f);
    f.op = op;
    f.id = asked[which].id;
    if (how == ERROR) {
        f.result = -(int32_t)(pick % 24);
        f.detail = (char *)(uintptr_t) "\xc6\xa1\x1b[2J 'x'";
    } else if (how == RUBBISH) {
        struct tb_view raw = take_bytes(in);
        tb_put(&body, raw.p, raw.n);
    } else if (old) {
        f.result = old->result;
        tb_put(&body, old->body.data, old->body.len);
    }
    if (how == CHANGED)
        change(in, &body);
    f.body = tb_field(body.p, body.n);
    asked[which] = asked[0];
    memmove(asked, asked + 1, --n_asked * sizeof asked[0]);
    say_frame(&f);
}

/* One field of the envelope is another one's, or other bytes. */
static void change_envelope(struct in *in, Tb__Envelope *e, struct tb_buf *b,
                            const Tb__Envelope *other)
{
    uint8_t field = take(in);
    ProtobufCBinaryData *bytes[] = { &e->from_cred, &e->page_id, &e->statement, &e->body,
                                     &e->share };
    const ProtobufCBinaryData *theirs[] = { &other->from_cred, &other->page_id, &other->statement,
                                            &other->body, &other->share };
    size_t i = field % 5;

    if (field & 0x80) {
        e->kind = take(in) % 9;
    } else if (field & 0x40) {
        *bytes[i] = *theirs[i];
    } else if (field & 0x20) {
        e->capsule = other->capsule;
    } else {
        tb_put(b, bytes[i]->data, bytes[i]->len);
        change(in, b);
        *bytes[i] = tb_field(b->p, b->n);
    }
    if (field & 0x10)
        e->at_ms = (take(in) - INT64_C(128)) * (INT64_C(1) << (take(in) % 55));
}

static void push_one(struct in *in, bool changed)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    uint8_t pick = take(in);

    if (n_pushes == 0 || !an->core || an->core->link.state < LINK_HELLO)
        return;
    Tb__Envelope e = *push[pick % n_pushes];
    if (changed)
        change_envelope(in, &e, &b, push[take(in) % n_pushes]);
    shown_accept |= e.kind == TB_ENV_ACT;
    inject_at(an, &e, pick & 0x80 ? take(in) : an->core->seq + 1);
}

static void other_push(struct in *in)
{
    static const uint32_t ops[] = { TB_OP_ROSTER_HEAD, TB_OP_NOTICE, TB_OP_ENVELOPES, TB_OP_PING };
    Tb__Frame f;

    tb__frame__init(&f);
    f.op = ops[take(in) % 4];
    struct tb_view raw = take_bytes(in);
    f.body = tb_field(raw.p, raw.n);
    say_frame(&f);
}

static void pass(int64_t ms)
{
    town_now += ms;
    if (an->wake_ms <= town_now - PROVINCE_T0) {
        an->wake_ms = INT64_MAX;
        tbc_tick(an->core);
    }
}

static void say_rubbish(struct in *in)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct tb_view raw = take_bytes(in);

    tb_put(&b, raw.p, raw.n);
    say(&b);
}

static void act(struct in *in)
{
    static const enum tb_act_kind kinds[] = { TB_ACT_ACCEPT, TB_ACT_DECLINE };
    uint8_t pick = take(in);

    if (!town_has(an, &page))
        return;
    accepted |= pick % 2 == 0;
    (void)town_answer(an, &page, kinds[pick % 2], pick % 2 ? "bận" : NULL);
}

static void step(struct in *in)
{
    enum step s = (enum step)(take(in) % (OTHER + 1));

    switch (s) {
    case HONEST:
    case CHANGED:
    case ERROR:
    case RUBBISH:
        reply(in, s);
        break;
    case PUSH:
    case PUSH_CHANGED:
        push_one(in, s == PUSH_CHANGED);
        break;
    case MESSAGE:
        say_rubbish(in);
        break;
    case TIME:
        pass(take(in) * INT64_C(500));
        break;
    case HANG_UP:
        if (an->core->link.state >= LINK_HELLO)
            an->ev->down(an->link, "gone");
        break;
    case ACT:
        act(in);
        break;
    case OTHER:
        other_push(in);
        break;
    }
}

/* ---- what must hold */

static void judge(void)
{
    struct tbc_page list[4];
    struct tbc_listing got = { 0 };

    if (tbc_pages(an->core, &(struct tbc_query){ 0 }, list, 4, &got) != TB_OK)
        return; /* it gave up its store, and says so */
    if (got.n > 1)
        abort(); /* a page that nobody sent */
    if (got.n == 0)
        return;
    if (!tb_id_equal(&list[0].id, &page) || strcmp(list[0].sender, "so-y-te") != 0)
        abort();
    if (list[0].title[0] && strcmp(list[0].title, "Đêm thật") != 0)
        abort();
    bool by_binh = strcmp(list[0].owner, "binh") == 0 && shown_accept;
    bool by_me = strcmp(list[0].owner, "an") == 0 && accepted;
    if (list[0].owner[0] && !by_binh && !by_me)
        abort(); /* an acceptance that nobody signed */
    if (list[0].state == TBC_PAGE_RESOLVED && !shown_accept)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct in in = { data, size };

    if (!an)
        begin();
    sample_restart_randomness();
    town_now = began;
    copy_profile(template, an->dir);
    an->n_rings = an->n_quiet = 0;
    an->dialled = false;
    an->link = NULL; /* until he dials */
    n_asked = 0;
    memset(told, 0, sizeof told);
    accepted = shown_accept = false;
    town_revive(an);
    bool honest = !(take(&in) & 1);
    for (int i = 0; honest && i < 12; i++) { /* logged in, and the log is fetched */
        static const uint8_t first = 0;
        struct in zero = { &first, 1 };
        listen();
        reply(&zero, HONEST);
        pass(100);
    }
    for (int i = 0; in.n > 0 && i < STEPS && an->n_rings + 8 < TOWN_RINGS; i++) {
        listen();
        step(&in);
    }
    judge();
    tbc_close(an->core);
    an->core = NULL;
    town_drain(&an->to_relay);
    drop_profile(an->dir);
    return 0;
}
