/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c - 64 nouns x 32 adjectives: "mèo xanh".
 *
 * Chosen for a bad line and for any accent: no two nouns, and no two adjectives,
 * share a rime and a kind of first sound (where b = đ, l = n = m, s = x = ch =
 * tr = th, d = gi = r = v, and -n = -ng = -nh count as the same); tones never
 * decide alone.  Without marks no noun begins another, nor an adjective another,
 * so that even a run of bare letters reads in one way only. */
#include "proto/words.h"

#include <string.h>

#include "proto/enrol.h"
#include "proto/text.h"

enum { NOUNS = 64, ADJECTIVES = 32, BITS = 11 };

_Static_assert(NOUNS *ADJECTIVES == TB_WORDS && 1 << BITS == TB_WORDS, "11 bits each");

static const char *const nouns[NOUNS] = {
    "mèo",    "vịt",  "trâu",   "ngựa",   "thỏ",  "tôm", "rùa",  "voi",   "gấu",  "sóc",  "ong",
    "kiến",   "cua",  "ếch",    "nhím",   "hươu", "cừu", "công", "vẹt",   "quạ",  "cáo",  "nai",
    "bàn",    "ghế",  "giường", "tủ",     "đèn",  "bút", "sách", "thước", "nón",  "giày", "xe",
    "thuyền", "cầu",  "nhà",    "chuông", "bát",  "đĩa", "thìa", "nồi",   "chảo", "búa",  "khóa",
    "gương",  "chổi", "khăn",   "gối",    "lược", "kim", "hộp",  "xoài",  "nho",  "lúa",  "ngô",
    "sen",    "gừng", "rau",    "nấm",    "muối", "sữa", "núi",  "biển",  "rừng"
};
static const char *const adjectives[ADJECTIVES] = {
    "xanh", "đỏ",   "vàng", "tím",  "đen",  "nâu", "hồng", "cao", "thấp", "tròn", "vuông",
    "mới",  "nóng", "lạnh", "ngọt", "chua", "cay", "khô",  "vui", "đẹp",  "rộng", "sâu",
    "dày",  "hiền", "êm",   "nhẹ",  "đắng", "nhỏ", "quý",  "mịn", "tươi", "gọn"
};

const char *tb_word_noun(size_t i)
{
    return nouns[i / ADJECTIVES];
}

const char *tb_word_adjective(size_t i)
{
    return adjectives[i % ADJECTIVES];
}

static char *append(char *at, const char *s)
{
    size_t n = strlen(s);

    memcpy(at, s, n);
    return at + n;
}

void tb_words_print(const uint8_t bits[static TB_WORDS_BYTES], char ret[static 160])
{
    char *at = ret;

    for (size_t w = 0; w < TB_WORDS_OF_ENROL; w++) {
        size_t i = 0;
        for (size_t b = w * BITS; b < (w + 1) * BITS; b++)
            i = i << 1 | ((unsigned)bits[b / 8] >> (7 - b % 8) & 1);
        at = append(at, w ? " · " : "");
        at = append(at, tb_word_noun(i));
        at = append(at, " ");
        at = append(at, tb_word_adjective(i));
    }
    *at = 0;
}

/* ---- comparing */

/* The bare letter of a Vietnamese one, lower case; other code points stay as they are. */
static uint32_t bare(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        char letter;
    } map[] = {
        { 0xc0, 0xc3, 'a' },     { 0xc8, 0xca, 'e' },     { 0xcc, 0xcd, 'i' },
        { 0xd2, 0xd5, 'o' },     { 0xd9, 0xda, 'u' },     { 0xdd, 0xdd, 'y' },
        { 0xe0, 0xe3, 'a' },     { 0xe8, 0xea, 'e' },     { 0xec, 0xed, 'i' },
        { 0xf2, 0xf5, 'o' },     { 0xf9, 0xfa, 'u' },     { 0xfd, 0xfd, 'y' },
        { 0x102, 0x103, 'a' },   { 0x110, 0x111, 'd' },   { 0x128, 0x129, 'i' },
        { 0x168, 0x169, 'u' },   { 0x1a0, 0x1a1, 'o' },   { 0x1af, 0x1b0, 'u' },
        { 0x1ea0, 0x1eb7, 'a' }, { 0x1eb8, 0x1ec7, 'e' }, { 0x1ec8, 0x1ecb, 'i' },
        { 0x1ecc, 0x1ee3, 'o' }, { 0x1ee4, 0x1ef1, 'u' }, { 0x1ef2, 0x1ef9, 'y' },
    };

    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 'a';
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (c >= map[i].first && c <= map[i].last)
            return (uint32_t)map[i].letter;
    return c;
}

/* What may stand between words or, as a combining mark, on a letter. */
static bool is_separator(uint32_t c)
{
    bool ascii = c < 0x80 && !(c >= 'a' && c <= 'z');

    return ascii || c == 0xa0 || c == 0xb7 || (c >= 0x300 && c <= 0x36f) ||
           (c >= 0x2000 && c <= 0x203f);
}

/* The next letter that counts; 0 at the end and where the text is not UTF-8 (then **s is not 0). */
static uint32_t next_letter(const uint8_t **s)
{
    uint32_t c;

    do {
        c = bare(tb_text_next(s));
    } while (c && is_separator(c));
    return c;
}

bool tb_words_equal(const char *a, const char *b)
{
    const uint8_t *p = (const uint8_t *)a, *q = (const uint8_t *)b;
    size_t letters = 0;
    uint32_t c;

    do {
        c = next_letter(&p);
        if (next_letter(&q) != c)
            return false;
        letters += c != 0;
    } while (c);
    return letters > 0 && *p == 0 && *q == 0;
}
