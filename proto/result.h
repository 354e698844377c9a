/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result.h - the one error type of the project.
 *
 * A function that can fail returns tb_result and nothing else; what it
 * produces comes out through trailing `ret_` parameters, which are written
 * only on TB_OK.  Ignoring a result is a compiler warning; where ignoring is
 * right, say so with a (void) cast and a reason. */
#pragma once

#if defined(__clang__)
#define TB_NODISCARD __attribute__((warn_unused_result))
#else
#define TB_NODISCARD [[nodiscard]]
#endif

/* name, value, text for humans.  Values cross the wire in Frame.result:
 * never renumber one, only append. */
#define TB_RESULTS(X)                                                            \
    X(TB_OK, 0, "ok")                                                            \
    X(TB_E_NOMEM, -1, "out of memory")                                           \
    X(TB_E_TRUNCATED, -2, "message ends too early or cannot be parsed")          \
    X(TB_E_TRAILING, -3, "message has bytes or fields that do not belong there") \
    X(TB_E_RANGE, -4, "a field is outside its allowed range")                    \
    X(TB_E_NOTFOUND, -5, "no such record")                                       \
    X(TB_E_DENIED, -6, "this role may not do that")                              \
    X(TB_E_UNVERIFIED, -7, "the identity level is too low for this step")        \
    X(TB_E_BADSIG, -8, "signature or key does not match")                        \
    X(TB_E_EXPIRED, -9, "expired or not yet valid")                              \
    X(TB_E_STORE, -10, "the database refused the operation")                     \
    X(TB_E_CONFLICT, -11, "another entry or answer came first")                  \
    X(TB_E_STALE, -12, "based on an older round, roster or state")               \
    X(TB_E_RESERVED, -13, "defined by the protocol but not built yet")           \
    X(TB_E_QUORUM, -14, "not enough signatures of distinct persons")             \
    X(TB_E_REVOKED, -15, "revoked or suspended")                                 \
    X(TB_E_LIMIT, -16, "a limit of proto/limits.h was reached")                  \
    X(TB_E_UNREADABLE, -17, "could not be decrypted")                            \
    X(TB_E_OFFLINE, -18, "the relay cannot be reached")                          \
    X(TB_E_LOCKED, -19, "the profile is locked")                                 \
    X(TB_E_TIMEOUT, -20, "no answer in time")                                    \
    X(TB_E_FULL, -21, "no space left on the relay's disk")                       \
    X(TB_E_VERSION, -22, "protocol version not served")                          \
    X(TB_E_IO, -23, "a file could not be read or written")                       \
    X(TB_E_DAMAGED, -24, "what is stored here about it is damaged")

typedef enum TB_NODISCARD tb_result {
#define X(name, value, text) name = value,
    TB_RESULTS(X)
#undef X
} tb_result;

/* Returns the human text for `r`; a static string, never NULL. */
const char *tb_strresult(tb_result r);

/* Returns the name ("TB_E_RANGE") for `r`; a static string, never NULL. */
const char *tb_result_name(tb_result r);

/* Returns the result with wire value `value`, or TB_E_RANGE if none has it. */
tb_result tb_result_of(int value);
