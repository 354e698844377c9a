/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_core_e2e.c - what libsignal is given: an envelope's bytes, decrypted as if from a known peer.
 *
 * First byte: bit 0 a first message or one inside a session; bit 1 the session's archived states are
 * there; bits 2-3 the bytes are changes of a true message (pairs of place and value) instead of a
 * message.  Nothing that An did not write may open, and what is refused has written nothing.
 * Randomness repeats, so that an input means the same in every run. */
/* with: support_core_e2e.c support_proto_random.c */
/* link: PkgConfig::CMOCKA */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support_core_e2e.h"
#include "tests/unit/support_proto_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct person an, binh;
static struct letter first, later;

/* An and Binh in a session; one more first message, one more inside of it, not read yet. */
static void begin(void)
{
    sample_fix_randomness();
    sample_restart_randomness();
    person_new(&an, 0xA1);
    person_new(&binh, 0xB1);
    for (int i = 0; i < 3; i++) {
        start(&an, &binh, true);
        talk(&an, &binh, "một");
        talk(&binh, &an, "hai");
    }
    later = write_letter(&an, &binh, "ba");
    start(&an, &binh, false);
    first = write_letter(&an, &binh, "bốn");
}

static bool is(const struct tb_buf *plain, const char *text)
{
    return plain->n == strlen(text) && memcmp(plain->p, text, plain->n) == 0;
}

/* The true message with some bytes changed. */
static void change(const struct letter *of, struct tb_view how, struct tb_buf *ret)
{
    tb_put(ret, of->bytes.p, of->bytes.n);
    for (size_t i = 0; i + 2 < how.n; i += 3)
        ret->p[(how.p[i] | (size_t)how.p[i + 1] << 8) % ret->n] ^= how.p[i + 2];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf changed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf plain = { 0 };
    if (!an.e)
        begin();
    if (size < 1)
        return 0;
    enum e2e_type type = data[0] & 1 ? E2E_PREKEY_MESSAGE : E2E_MESSAGE;
    struct tb_view in = tb_view_of(data + 1, size - 1);
    memory_begin(&binh.memory);
    if (!(data[0] & 2))
        (void)e2e_forget(binh.e, &an.self.cred);
    if (data[0] & 12) {
        change(data[0] & 1 ? &first : &later, in, &changed);
        in = tb_buf_view(&changed);
    }
    unsigned writes = binh.memory.writes;
    clock_ms += 60001; /* no limit on failures here */
    tb_result r = e2e_decrypt(binh.e, &an.self, type, in, clock_ms, &plain);
    if (r == TB_OK && !is(&plain, "ba") && !is(&plain, "bốn"))
        abort(); /* the registration id alone may be changed, and says nothing */
    if (r != TB_OK && r != TB_E_BADSIG && binh.memory.writes != writes)
        abort();
    memory_rollback(&binh.memory);
    return 0;
}
