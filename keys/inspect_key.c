/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect_key.c - public parts of key files, sealed files and invites; never a secret. */
#include <stdlib.h>
#include <string.h>

#include "keys/cursor.h"
#include "keys/inspect.h"

int inspect_key(const struct run *run, struct tb_view file, const char *path)
{
    struct emit e = run->emit;
    struct key_public pub;
    tb_result r = key_file_peek(file, &pub);

    if (r != TB_OK)
        return refuse(_("key file '%s' is damaged or of another version: %s"), path,
                      said_of(tb_strresult(r)).text);
    emit_begin(&e, N_("key"));
    emit_word(&e, N_("kind"), key_kind_name(pub.kind));
    emit_text(&e, N_("person"), pub.person);
    emit_hex(&e, N_("key"), pub.pk, sizeof pub.pk);
    emit_end(&e);
    return EXIT_DONE;
}

int inspect_sealed(const struct run *run, struct tb_view file, const char *type)
{
    struct emit e = run->emit;
    struct cursor c = { .left = file };
    const uint8_t *line = memchr(file.p, '\n', file.n);
    bool secret = strcmp(type, "secret") == 0;

    (void)cursor_take(&c, line != NULL ? (size_t)(line - file.p) + 1 : file.n);
    struct tb_view roster_id =
        secret ? cursor_take(&c, TB_HASH_BYTES) : (struct tb_view){ NULL, 0 };
    struct tb_view key = cursor_take(&c, TB_KEY_BYTES);
    if (c.failed)
        return refuse(_("this file is damaged: its end is missing"));
    emit_begin(&e, type);
    if (secret)
        emit_hex(&e, N_("roster id"), roster_id.p, roster_id.n);
    emit_hex(&e, N_("key"), key.p, key.n);
    emit_end(&e);
    return EXIT_DONE;
}

static void show_invite(const struct run *run, const struct tb_invite *i)
{
    struct emit e = run->emit;
    const char *addresses[4];
    char id[17];

    tb_id_print(&i->invite_id, id);
    for (size_t k = 0; k < i->n_addresses; k++)
        addresses[k] = i->address[k];
    emit_begin(&e, N_("invite"));
    emit_text(&e, N_("id"), id);
    emit_text(&e, N_("account"), i->account);
    emit_text(&e, N_("agency"), i->agency);
    emit_word(&e, N_("role"), tb_role_name(i->role));
    emit_time(&e, N_("expires at"), i->expires_ms);
    emit_flag(&e, N_("expired"), run->now_ms > i->expires_ms);
    emit_list(&e, N_("addresses"), addresses, i->n_addresses);
    emit_hex(&e, N_("tls pin"), i->tls_pin.b, sizeof i->tls_pin.b);
    emit_hex(&e, N_("roster id"), i->roster_id.b, sizeof i->roster_id.b);
    emit_number(&e, N_("roster size"), (int64_t)i->roster_size);
    emit_end(&e);
}

int inspect_invite(const struct run *run, struct tb_view file, const char *path)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite i = { .n_addresses = 0 };
    tb_result r;

    tb_put(&text, file.p, file.n);
    tb_put_u8(&text, 0);
    r = tb_buf_check(&text);
    if (r == TB_OK)
        r = tb_invite_parse((const char *)text.p, &i);
    if (r != TB_OK)
        return refuse(_("the invite in '%s' is not complete, a part is missing: copy it again"),
                      path);
    show_invite(run, &i);
    return EXIT_DONE;
}
