/*
 * Confinement: the one list of system calls that waiting, claiming and leaving need. Whatever else
 * is tried fails with EPERM: no program can be started, nobody called, no memory made executable.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "calls.h"

/*
 * The kernel's interface (seccomp(2), bpf of socket(7)), stated here because musl carries no kernel
 * headers: a build must not depend on which ones a machine happens to have.
 */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t operand;
};

struct program {
	uint16_t length;
	struct instruction *instructions;
};

struct seccomp_data {
	int nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

#define LOAD_WORD 0x20	  /* BPF_LD | BPF_W | BPF_ABS */
#define JUMP_IF_EQUAL 0x15 /* BPF_JMP | BPF_JEQ | BPF_K */
#define JUMP_IF_BITS 0x45  /* BPF_JMP | BPF_JSET | BPF_K */
#define RETURN_VALUE 0x06  /* BPF_RET | BPF_K */

#define SECCOMP_MODE_FILTER 2
#define KILL_PROCESS 0x80000000u
#define FAIL_WITH(number) (0x00050000u | (number))
#define PERMIT 0x7fff0000u

#if defined(__x86_64__)
#define ARCHITECTURE 0xc000003eu /* AUDIT_ARCH_X86_64 */
#elif defined(__aarch64__)
#define ARCHITECTURE 0xc00000b7u /* AUDIT_ARCH_AARCH64 */
#else
#error "no list of system calls for this machine"
#endif

#define LOAD(field) {LOAD_WORD, 0, 0, offsetof(struct seccomp_data, field)}
#define RETURN(action) {RETURN_VALUE, 0, 0, action}
#define ALLOW(number) {JUMP_IF_EQUAL, 0, 1, number}, RETURN(PERMIT)
/* Allowed unless its third argument, the protection, has PROT_EXEC. */
#define ALLOW_DATA(number)                                                                         \
	{JUMP_IF_EQUAL, 0, 4, number}, LOAD(args[2]), {JUMP_IF_BITS, 0, 1, PROT_EXEC},             \
		RETURN(FAIL_WITH(EPERM)), RETURN(PERMIT)

static struct instruction filter[] = {
	/* Another architecture's numbers mean other calls; x32's carry a bit that none below has. */
	LOAD(arch),
	{JUMP_IF_EQUAL, 1, 0, ARCHITECTURE},
	RETURN(KILL_PROCESS),
	LOAD(nr),
	/* Waiting and answering. */
	ALLOW(SYS_ppoll),
	ALLOW(SYS_accept4),
	ALLOW(SYS_recvfrom),
	ALLOW(SYS_sendto),
	ALLOW(SYS_shutdown),
	ALLOW(SYS_close),
	ALLOW(SYS_read),
	ALLOW(SYS_write),
	ALLOW(SYS_getrandom),
	ALLOW(SYS_clock_gettime),
	/* What the kernel makes of poll(2) when the process is stopped and goes on. */
	ALLOW(SYS_restart_syscall),
	/* Committing. */
	ALLOW(SYS_openat),
	ALLOW(SYS_fcntl),
	ALLOW(SYS_fstat),
	ALLOW(SYS_newfstatat),
	ALLOW(SYS_fchmod),
	ALLOW(SYS_pwrite64),
	ALLOW(SYS_ftruncate),
	ALLOW(SYS_fsync),
	ALLOW(SYS_linkat),
	ALLOW(SYS_renameat),
	ALLOW(SYS_unlinkat),
	ALLOW(SYS_mkdirat),
	ALLOW(SYS_getdents64),
#if defined(__x86_64__)
	ALLOW(SYS_poll),
	ALLOW(SYS_open),
	ALLOW(SYS_link),
	ALLOW(SYS_rename),
	ALLOW(SYS_unlink),
	ALLOW(SYS_mkdir),
	ALLOW(SYS_rmdir),
#endif
	/* Memory, never executable. */
	ALLOW(SYS_brk),
	ALLOW(SYS_munmap),
	ALLOW(SYS_mremap),
	ALLOW(SYS_madvise),
	ALLOW_DATA(SYS_mmap),
	ALLOW_DATA(SYS_mprotect),
	/* Leaving. */
	ALLOW(SYS_exit_group),
	ALLOW(SYS_rt_sigreturn),
	RETURN(FAIL_WITH(EPERM)),
};

/* Nothing that this process or its children start gains rights by set-user-ID (prctl(2)). */
static JSValue sys_give_up_privileges(CALL)
{
	return result(ctx, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* From now on only the calls above work. */
static JSValue sys_filter_calls(CALL)
{
	struct program program = {sizeof filter / sizeof *filter, filter};
	return result(ctx, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("giveUpPrivileges", 0, sys_give_up_privileges),
	JS_CFUNC_DEF("filterCalls", 0, sys_filter_calls),
};

void add_sandbox(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}
