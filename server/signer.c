/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.c - see signer.h.  The key stands in locked memory that a core dump leaves out. */
#include "server/signer.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

struct signer {
    struct tb_sign_pair pair;
};

static const char magic[] = "trucban-relay-key-1\n";

enum { FILE_BYTES = sizeof magic - 1 + TB_KEY_BYTES };

tb_result signer_create(const char *path, uint8_t ret_pk[static TB_KEY_BYTES])
{
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = tb_key_random();
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair pair = { 0 };
    uint8_t file[FILE_BYTES];
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0)
        return access(path, F_OK) == 0 ? TB_E_CONFLICT : TB_E_IO;
    memcpy(file, magic, sizeof magic - 1);
    memcpy(file + sizeof magic - 1, seed.b, sizeof seed.b);
    bool ok = write(fd, file, sizeof file) == (ssize_t)sizeof file && fsync(fd) == 0;
    sodium_memzero(file, sizeof file);
    if (!ok)
        return TB_E_IO;
    tb_sign_pair_from_seed(&seed, &pair);
    memcpy(ret_pk, pair.pk, sizeof pair.pk);
    return TB_OK;
}

static tb_result read_seed(const char *path, struct tb_key *ret)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint8_t file[FILE_BYTES + 1];
    struct stat st;

    if (fd < 0)
        return access(path, F_OK) == 0 ? TB_E_IO : TB_E_NOTFOUND;
    if (fstat(fd, &st) != 0)
        return TB_E_IO;
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return TB_E_DENIED;
    bool ok =
        read(fd, file, sizeof file) == FILE_BYTES && memcmp(file, magic, sizeof magic - 1) == 0;
    if (ok)
        memcpy(ret->b, file + sizeof magic - 1, sizeof ret->b);
    sodium_memzero(file, sizeof file);
    return ok ? TB_OK : TB_E_TRUNCATED;
}

tb_result signer_open(const char *path, struct signer **ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = { 0 };
    tb_result r = read_seed(path, &seed);

    if (r != TB_OK)
        return r;
    struct signer *s = sodium_malloc(sizeof *s);
    if (!s)
        return TB_E_NOMEM;
    tb_sign_pair_from_seed(&seed, &s->pair);
    *ret = s;
    return TB_OK;
}

void signer_close(struct signer *s)
{
    sodium_free(s); /* wipes */
}

tb_result signer_sign(struct signer *s, enum tb_type type, const struct tb_hash *roster_id,
                      const ProtobufCMessage *msg, struct tb_buf *ret)
{
    if (type != TB_TYPE_RELEASE && type != TB_TYPE_RELAY_RECEIPT)
        return TB_E_DENIED;
    return tb_signed_make(type, roster_id, msg, &s->pair, ret);
}

void signer_pk(const struct signer *s, uint8_t ret_pk[static TB_KEY_BYTES])
{
    memcpy(ret_pk, s->pair.pk, sizeof s->pair.pk);
}
