/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox_calls.c - denied: EPERM, or as on a kernel that never had it; everything else is allowed (sandbox.h). */
#define _GNU_SOURCE
#include "client/agent/sandbox_calls.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine/calls.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const int denied[] = {
    /* programs; launch.h starts the window */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    /* other processes */
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_mrelease),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(kcmp),
    SCMP_SYS(migrate_pages),
    SCMP_SYS(move_pages),
    /* what nobody granted us, and must not be able to grant */
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setfsuid),
    SCMP_SYS(setfsgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(personality),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    /* where files are, and files that were not opened: Landlock has no right for these */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fspick),
    SCMP_SYS(chroot),
    SCMP_SYS(pivot_root),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(fanotify_mark),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
    /* the kernel's rarer doors */
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(add_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(syslog),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(vhangup),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(uselib),
    SCMP_SYS(vmsplice),
    SCMP_SYS(remap_file_pages),
    SCMP_SYS(msgget),
    SCMP_SYS(mq_open),
};

/* A tracer of its own stops the threads while leaks are looked for. */
static const int denied_without_sanitizers[] = { SCMP_SYS(ptrace) };

struct some {
    int call;
    int error;
    unsigned n;
    struct scmp_arg_cmp arg[2];
};

#define HAS(place, bits) SCMP_CMP64(place, SCMP_CMP_MASKED_EQ, bits, bits)
#define IS(place, value) SCMP_CMP64(place, SCMP_CMP_MASKED_EQ, 0xffffffff, value)

/* Memory that is written and then run; code still comes from files, as libraries do. */
static const struct some memory[] = {
    { SCMP_SYS(mmap), EPERM, 1, { HAS(2, PROT_WRITE | PROT_EXEC) } },
    { SCMP_SYS(mmap), EPERM, 2, { HAS(2, PROT_EXEC), HAS(3, MAP_ANONYMOUS) } },
    { SCMP_SYS(mprotect), EPERM, 1, { HAS(2, PROT_EXEC) } },
    { SCMP_SYS(pkey_mprotect), EPERM, 1, { HAS(2, PROT_EXEC) } },
    { SCMP_SYS(shmat), EPERM, 1, { HAS(2, SHM_EXEC) } },
};

/* The terminal from which we came would take typed words from us. */
static const struct some terminals[] = {
    { SCMP_SYS(ioctl), EPERM, 1, { IS(1, TIOCSTI) } },
    { SCMP_SYS(ioctl), EPERM, 1, { IS(1, TIOCLINUX) } },
};

/* Threads only.  Of clone3() a filter cannot see what is asked for; the C library then uses clone(). */
static const struct some processes[] = {
    { SCMP_SYS(clone), EPERM, 1, { SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0) } },
    { SCMP_SYS(prctl), EPERM, 1, { IS(0, PR_SET_DUMPABLE) } },
};

static bool deny(scmp_filter_ctx f, const struct some *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add_array(f, SCMP_ACT_ERRNO((unsigned)list[i].error), list[i].call,
                                       list[i].n, list[i].arg);

        if (r != 0 && r != -EDOM)
            return false;
    }
    return true;
}

static bool deny_one(scmp_filter_ctx f, int error, int call, struct scmp_arg_cmp first,
                     struct scmp_arg_cmp second)
{
    const struct some one = { call, error, 2, { first, second } };

    return deny(f, &one, 1);
}

/* The desktop, the relay, and the resolver's question which addresses we have. */
static bool family_is_known(unsigned family)
{
    return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

static bool protocol_is_known(unsigned protocol)
{
    return protocol == IPPROTO_IP || protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* TCP and UDP: neither raw packets nor what would load a module. */
static bool deny_odd_internet(scmp_filter_ctx f, unsigned family)
{
    const struct scmp_arg_cmp here = confine_if(0, SCMP_CMP_EQ, family);
    bool ok = deny_one(f, EPERM, SCMP_SYS(socket), here, confine_if(2, SCMP_CMP_GT, IPPROTO_UDP));

    for (unsigned p = 0; ok && p < IPPROTO_UDP; p++)
        ok = protocol_is_known(p) ||
             deny_one(f, EPERM, SCMP_SYS(socket), here, confine_if(2, SCMP_CMP_EQ, p));
    for (unsigned type = SOCK_RAW; ok && type <= 0xf; type++)
        ok = deny_one(f, EPERM, SCMP_SYS(socket), here,
                      SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, 0xf, type));
    return ok;
}

static bool deny_odd_sockets(scmp_filter_ctx f)
{
    const struct some beyond = {
        SCMP_SYS(socket), EAFNOSUPPORT, 1, { confine_if(0, SCMP_CMP_GT, AF_NETLINK) }
    };
    bool ok = deny(f, &beyond, 1);

    for (unsigned family = 0; ok && family < AF_NETLINK; family++) {
        const struct some odd = {
            SCMP_SYS(socket), EAFNOSUPPORT, 1, { confine_if(0, SCMP_CMP_EQ, family) }
        };
        ok = family_is_known(family) || deny(f, &odd, 1);
    }
    return ok && deny_odd_internet(f, AF_INET) && deny_odd_internet(f, AF_INET6) &&
           deny_one(f, EPERM, SCMP_SYS(socket), confine_if(0, SCMP_CMP_EQ, AF_NETLINK),
                    confine_if(2, SCMP_CMP_NE, NETLINK_ROUTE));
}

/* abort() and the threads of a library signal themselves. */
static bool deny_signals(scmp_filter_ctx f)
{
    static const int calls[] = { SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo),
                                 SCMP_SYS(rt_tgsigqueueinfo) };
    const scmp_datum_t self = (scmp_datum_t)getpid();
    bool ok = true;

    for (size_t i = 0; ok && i < COUNT(calls); i++) {
        const struct some other = { calls[i], EPERM, 1, { confine_if(0, SCMP_CMP_NE, self) } };
        ok = deny(f, &other, 1);
    }
    return ok;
}

static bool deny_everything(scmp_filter_ctx f)
{
    static const int clone3_only[] = { SCMP_SYS(clone3) };
    bool ok = confine_calls_add(f, SCMP_ACT_ERRNO(EPERM), denied, COUNT(denied)) &&
              confine_calls_add(f, SCMP_ACT_ERRNO(ENOSYS), clone3_only, 1) &&
              deny(f, memory, COUNT(memory)) && deny(f, terminals, COUNT(terminals)) &&
              deny_odd_sockets(f) && deny_signals(f);

    if (!ok || CONFINE_SANITIZED)
        return ok;
    return deny(f, processes, COUNT(processes)) &&
           confine_calls_add(f, SCMP_ACT_ERRNO(EPERM), denied_without_sanitizers,
                             COUNT(denied_without_sanitizers));
}

bool sandbox_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (!filter)
        return false;
    if (deny_everything(filter))
        return confine_calls_enter(filter);
    seccomp_release(filter);
    return false;
}
