/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backup.c - one encrypted file with everything that a relay is, and back.
 *
 *   "trucban-backup-1\n" || salt16 || header24 || messages of crypto_secretstream_xchacha20poly1305
 *   key = Argon2id(passphrase, salt), MODERATE; magic and salt are the first message's associated data
 *   per file: a message {u64 size, name}, then messages of up to 64 KiB; an empty FINAL message ends it
 *
 * The copy of the store is consistent although the relay goes on writing.  A restored relay is older
 * than its devices: it starts a new era, so that they offer again what they have. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "server/files.h"
#include "server/offline.h"
#include "server/say.h"

enum {
    CHUNK = 65536,
    SALT = crypto_pwhash_SALTBYTES,
    HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    EXTRA = crypto_secretstream_xchacha20poly1305_ABYTES,
    NAME_MAX_BYTES = 64,
};
static const char magic[] = "trucban-backup-1\n";
#define COPY "relay.db.copy" /* in the state directory, which holds the same in the clear anyway */
#define BACK "relay.db.restoring"

static const struct {
    const char *stored, *from; /* name in the backup, file that it comes from */
} parts[] = {
    { "relay.key", "relay.key" },
    { "tls.key", "tls.key" },
    { "tls.crt", "tls.crt" },
    { BACK, COPY },
};

struct stream {
    FILE *f;
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t ad[sizeof magic - 1 + SALT];
    bool first;
};

static void stream_done(struct stream *s)
{
    if (s->f)
        (void)fclose(s->f);
    sodium_memzero(s, sizeof *s);
}

static tb_result derive(struct tb_view pass, const uint8_t salt[static SALT], struct tb_key *ret)
{
    int rc = crypto_pwhash(ret->b, sizeof ret->b, (const char *)pass.p, pass.n, salt,
                           crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE,
                           crypto_pwhash_ALG_ARGON2ID13);

    return rc == 0 ? TB_OK : TB_E_NOMEM;
}

/* ---- writing */

static tb_result push(struct stream *s, const void *p, size_t n, uint8_t tag)
{
    uint8_t out[CHUNK + EXTRA];
    unsigned long long len = 0;

    (void)crypto_secretstream_xchacha20poly1305_push(&s->state, out, &len, p, n, s->ad,
                                                     s->first ? sizeof s->ad : 0, tag);
    s->first = false;
    uint8_t size[4] = { (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                        (uint8_t)(len >> 24) };
    if (fwrite(size, 1, sizeof size, s->f) != sizeof size ||
        fwrite(out, 1, (size_t)len, s->f) != len)
        return TB_E_IO;
    return TB_OK;
}

static tb_result push_file(struct stream *s, const char *dir, const char *from, const char *stored)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf head = { 0 };
    char path[OFFLINE_PATH];
    uint8_t chunk[CHUNK];
    struct stat st;
    tb_result r = offline_path(dir, from, path);

    if (r != TB_OK)
        return r;
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return TB_E_NOTFOUND;
    tb_put_u64(&head, (uint64_t)st.st_size);
    tb_put(&head, stored, strlen(stored));
    r = tb_buf_check(&head);
    if (r == TB_OK)
        r = push(s, head.p, head.n, 0);
    uint64_t left = (uint64_t)st.st_size;
    while (left && r == TB_OK) {
        ssize_t n = read(fd, chunk, left < CHUNK ? (size_t)left : CHUNK);
        if (n <= 0)
            r = TB_E_IO;
        else
            r = push(s, chunk, (size_t)n, 0);
        left -= n > 0 ? (uint64_t)n : left;
    }
    sodium_memzero(chunk, sizeof chunk);
    return r;
}

static tb_result stream_create(const char *path, struct tb_view pass, struct stream *s)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key key = { 0 };
    uint8_t header[HEADER];
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0)
        return access(path, F_OK) == 0 ? TB_E_CONFLICT : TB_E_IO;
    memcpy(s->ad, magic, sizeof magic - 1);
    randombytes_buf(s->ad + sizeof magic - 1, SALT);
    tb_result r = derive(pass, s->ad + sizeof magic - 1, &key);
    if (r != TB_OK)
        return r;
    (void)crypto_secretstream_xchacha20poly1305_init_push(&s->state, header, key.b);
    s->first = true;
    s->f = fdopen(fd, "wb");
    if (!s->f)
        return TB_E_IO;
    fd = -1;
    bool ok = fwrite(s->ad, 1, sizeof s->ad, s->f) == sizeof s->ad &&
              fwrite(header, 1, sizeof header, s->f) == sizeof header;
    return ok ? TB_OK : TB_E_IO;
}

static tb_result write_parts(struct stream *s, const char *dir)
{
    tb_result r = TB_OK;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && r == TB_OK; i++)
        r = push_file(s, dir, parts[i].from, parts[i].stored);
    if (r == TB_OK)
        r = push(s, "", 0, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    if (r == TB_OK && (fflush(s->f) != 0 || fsync(fileno(s->f)) != 0))
        r = TB_E_IO;
    return r;
}

tb_result relay_backup(const char *state_dir, const char *out, struct tb_view pass,
                       const struct relay_say *say)
{
    TB_CLEANUP(stream_done) struct stream s = { 0 };
    char db[OFFLINE_PATH], copy[OFFLINE_PATH];
    tb_result r = offline_path(state_dir, "relay.db", db);

    if (r == TB_OK)
        r = offline_path(state_dir, COPY, copy);
    if (r == TB_OK && pass.n == 0) {
        offline_say(say, _("a backup needs a passphrase"));
        return TB_E_RANGE;
    }
    if (r == TB_OK && access(db, F_OK) != 0)
        r = TB_E_NOTFOUND;
    if (r == TB_OK) {
        (void)unlink(copy); /* left by somebody who was stopped */
        r = store_copy(db, copy);
    }
    if (r == TB_OK)
        r = stream_create(out, pass, &s);
    bool made = r == TB_OK;
    if (r == TB_OK)
        r = write_parts(&s, state_dir);
    (void)unlink(copy);
    if (made && r != TB_OK)
        (void)unlink(out);
    if (r == TB_OK)
        offline_say(say, _("backup written to %s; without its passphrase it is worth nothing"),
                    out);
    else
        offline_say(say,
                    r == TB_E_CONFLICT
                        ? _("%s is there already and is not overwritten; take another --out")
                        : _("%s: the backup failed"),
                    out);
    return r;
}

/* ---- reading */

static tb_result pull(struct stream *s, uint8_t ret[static CHUNK], size_t *ret_n, uint8_t *ret_tag)
{
    uint8_t size[4], in[CHUNK + EXTRA];
    unsigned long long n = 0;

    if (fread(size, 1, sizeof size, s->f) != sizeof size)
        return TB_E_TRUNCATED;
    size_t len =
        (size_t)size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    if (len < EXTRA || len > sizeof in || fread(in, 1, len, s->f) != len)
        return TB_E_TRUNCATED;
    if (crypto_secretstream_xchacha20poly1305_pull(&s->state, ret, &n, ret_tag, in, len, s->ad,
                                                   s->first ? sizeof s->ad : 0) != 0)
        return s->first ? TB_E_BADSIG : TB_E_TRUNCATED;
    s->first = false;
    *ret_n = (size_t)n;
    return TB_OK;
}

static tb_result stream_open(const char *path, struct tb_view pass, struct stream *s)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key key = { 0 };
    uint8_t header[HEADER];

    s->f = fopen(path, "rbe");
    if (!s->f)
        return TB_E_NOTFOUND;
    if (fread(s->ad, 1, sizeof s->ad, s->f) != sizeof s->ad ||
        memcmp(s->ad, magic, sizeof magic - 1) != 0 ||
        fread(header, 1, sizeof header, s->f) != sizeof header)
        return TB_E_TRUNCATED;
    tb_result r = derive(pass, s->ad + sizeof magic - 1, &key);
    if (r != TB_OK)
        return r;
    s->first = true;
    return crypto_secretstream_xchacha20poly1305_init_pull(&s->state, header, key.b) == 0
               ? TB_OK
               : TB_E_TRUNCATED;
}

/* Only names that a backup of ours has, each into its own file. */
static const char *known_name(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strlen(parts[i].stored) == n && memcmp(parts[i].stored, p, n) == 0)
            return parts[i].stored;
    return NULL;
}

static tb_result pull_file(struct stream *s, int fd, uint64_t left)
{
    uint8_t chunk[CHUNK], tag;
    tb_result r = TB_OK;
    size_t n;

    while (left && r == TB_OK) {
        r = pull(s, chunk, &n, &tag);
        if (r == TB_OK && (n == 0 || n > left || tag != 0))
            r = TB_E_TRUNCATED;
        if (r == TB_OK && write(fd, chunk, n) != (ssize_t)n)
            r = TB_E_IO;
        left -= r == TB_OK ? n : 0;
    }
    if (r == TB_OK && fsync(fd) != 0)
        r = TB_E_IO;
    sodium_memzero(chunk, sizeof chunk);
    return r;
}

static tb_result pull_parts(struct stream *s, const char *dir)
{
    uint8_t head[CHUNK], tag;
    char path[OFFLINE_PATH];
    size_t n;

    for (;;) {
        tb_result r = pull(s, head, &n, &tag);
        if (r != TB_OK)
            return r;
        if (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL)
            return TB_OK;
        const char *name = n > 8 && n < NAME_MAX_BYTES ? known_name(head + 8, n - 8) : NULL;
        if (!name)
            return TB_E_TRAILING;
        uint64_t size = 0;
        for (int i = 7; i >= 0; i--)
            size = size << 8 | head[i];
        r = offline_path(dir, name, path);
        if (r != TB_OK)
            return r;
        TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            return access(path, F_OK) == 0 ? TB_E_CONFLICT : TB_E_IO;
        r = pull_file(s, fd, size);
        if (r != TB_OK)
            return r;
    }
}

/* A new era, later than any that a restore of the same backup may have begun. */
static tb_result begin_era(const char *path)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    tb_result r = store_open(path, &s);

    if (r != TB_OK)
        return r;
    uint64_t now = (uint64_t)time(NULL);
    return store_set_era(s, now > store_era(s) ? now : store_era(s) + 1);
}

static tb_result into_place(const char *dir)
{
    char from[OFFLINE_PATH], to[OFFLINE_PATH], spool[OFFLINE_PATH];
    tb_result r = offline_path(dir, BACK, from);

    if (r == TB_OK)
        r = offline_path(dir, "relay.db", to);
    if (r == TB_OK)
        r = offline_path(dir, "spool", spool);
    if (r == TB_OK)
        r = begin_era(from);
    if (r == TB_OK && mkdir(spool, 0700) != 0 && access(spool, W_OK) != 0)
        r = TB_E_IO;
    if (r == TB_OK && rename(from, to) != 0)
        r = TB_E_IO;
    return r;
}

tb_result relay_restore(const char *state_dir, const char *in, struct tb_view pass,
                        const struct relay_say *say)
{
    TB_CLEANUP(stream_done) struct stream s = { 0 };
    char db[OFFLINE_PATH];
    tb_result r = offline_path(state_dir, "relay.db", db);

    if (r == TB_OK)
        r = offline_make_dir(state_dir, say);
    if (r == TB_OK && access(db, F_OK) == 0) {
        offline_say(say, _("%s holds a relay already; restore into an empty folder"), state_dir);
        return TB_E_CONFLICT;
    }
    if (r == TB_OK)
        r = stream_open(in, pass, &s);
    if (r == TB_OK)
        r = pull_parts(&s, state_dir);
    if (r == TB_OK)
        r = into_place(state_dir);
    if (r == TB_OK)
        offline_say(say, _("restored into %s; a new era begins"), state_dir);
    else if (r == TB_E_BADSIG)
        offline_say(say, _("the passphrase does not open %s"), in);
    else
        offline_say(say, "%s: %s", in, said_of(tb_strresult(r)).text);
    return r;
}
