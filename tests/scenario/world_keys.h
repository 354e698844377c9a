/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_keys.h - a table for a key ceremony: a folder with files, the tool, and
 * devices that ask to be let in, played with the protocol library.
 *
 * The test's working directory is that folder, so that names stay short. */
#pragma once

#include "proto/enrol.h"
#include "proto/parcel.h"
#include "world_proc.h"

#define KEYS_PASS "--passphrase-file", "pass"
#define KEYS_CHEAP KEYS_PASS, "--cost", "minimal"

/* Makes the folder, enters it, writes the passphrase file "pass". */
void keys_open(void);
void keys_close(void);

/* Runs `trucban-keys args...` (NULL-terminated) and asserts exit status 0; gives its output, to be freed. */
char *keys_do(const char *command, ...) __attribute__((sentinel));
/* The same, for what it said to people on standard error. */
char *keys_do_err(const char *command, ...) __attribute__((sentinel));
/* The same for those who do not care about the output. */
void keys_run(const char *command, ...) __attribute__((sentinel));
/* Asserts exit status `code` and that stderr contains `text`. */
void keys_refuse(int code, const char *text, const char *command, ...) __attribute__((sentinel));

/* Does "text" stand in the output? Frees it. */
bool keys_said(char *output, const char *text);
bool keys_file_exists(const char *path);

/* A request file as `trucban-relay init` writes it. */
void keys_write_relay_request(const char *path);

/* A device that holds an invite. */
struct keys_device {
    struct tb_invite invite;
    struct tb_invite_keys keys;
    struct tb_sign_pair sign;
    struct tb_request request;
    struct tb_hash request_hash;
    uint8_t box_sk[TB_KEY_BYTES];
    char words[160];
};
/* Reads the invite, makes keys and card, writes the request as the relay would list it. */
void keys_device_ask(struct keys_device *d, const char *invite_path, const char *name,
                     const char *request_path);
/* Opens the approval in the file; asserts that it fits, gives epoch and secret. */
void keys_device_enter(const struct keys_device *d, const char *path, uint32_t *ret_epoch,
                       struct tb_key *ret_secret);
void keys_device_done(struct keys_device *d);

void keys_write_parcel(const char *path, const Tb__Parcel *p);
/* Reads a whole parcel; the arena owns it. */
Tb__Parcel *keys_parcel(struct tb_arena *a, const char *path);
/* Replays a roster file; to be freed with tb_roster_free. */
struct tb_roster *keys_roster(const char *path);
