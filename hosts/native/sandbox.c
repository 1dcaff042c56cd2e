/*
 * Confinement: the one list of system calls that waiting, claiming and leaving need. Whatever else
 * is tried fails with EPERM: no program can be started, nobody called, no memory made executable.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
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
#define JUMP_IF_AT_LEAST 0x35 /* BPF_JMP | BPF_JGE | BPF_K */
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
/* Allowed unless its third argument, the protection, has PROT_EXEC. */
#define ALLOW_DATA(number)                                                                         \
	{JUMP_IF_EQUAL, 0, 4, number}, LOAD(args[2]), {JUMP_IF_BITS, 0, 1, PROT_EXEC},             \
		RETURN(FAIL_WITH(EPERM)), RETURN(PERMIT)

static const struct instruction beginning[] = {
	/* Another architecture's numbers mean other calls; x32's carry a bit that none below has. */
	LOAD(arch),
	{JUMP_IF_EQUAL, 1, 0, ARCHITECTURE},
	RETURN(KILL_PROCESS),
	LOAD(nr),
	/* Memory, never executable. */
	ALLOW_DATA(SYS_mmap),
	ALLOW_DATA(SYS_mprotect),
};

static const uint16_t allowed[] = {
	/* Waiting and answering. */
	SYS_ppoll,
	SYS_accept4,
	SYS_recvfrom,
	SYS_sendto,
	SYS_shutdown,
	SYS_close,
	SYS_read,
	SYS_write,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_wait4,
	/* What the kernel makes of poll(2) when the process is stopped and goes on. */
	SYS_restart_syscall,
	/* Committing. */
	SYS_openat,
	SYS_fcntl,
	SYS_fstat,
	SYS_newfstatat,
	SYS_fchmod,
	SYS_fchown,
	SYS_pwrite64,
	SYS_ftruncate,
	SYS_fsync,
	SYS_linkat,
	SYS_renameat,
	SYS_unlinkat,
	SYS_mkdirat,
	SYS_getdents64,
#if defined(__x86_64__)
	SYS_poll,
	SYS_open,
	SYS_lstat,
	SYS_link,
	SYS_rename,
	SYS_unlink,
	SYS_mkdir,
	SYS_rmdir,
#endif
	/* Memory, never executable. */
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	/* Leaving. */
	SYS_exit_group,
	SYS_rt_sigreturn,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* So few numbers are compared one after the other. */
#define FEW 3

static void sort(uint16_t *numbers, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint16_t number = numbers[i];
		size_t place = i;
		for (; place > 0 && numbers[place - 1] > number; place--)
			numbers[place] = numbers[place - 1];
		numbers[place] = number;
	}
}

/*
 * Looks for the number by halves. When a filter is installed the kernel runs it for every system call
 * that there is, to know which are always allowed: one after the other that took a fifth of the
 * whole start. Returns how many instructions there are.
 */
static uint8_t search(struct instruction *out, const uint16_t *numbers, size_t count)
{
	uint8_t size = 0;
	if (count > FEW) {
		size_t half = count / 2;
		uint8_t lower = search(out + 1, numbers, half);
		*out = (struct instruction){JUMP_IF_AT_LEAST, lower, 0, numbers[half]};
		return (uint8_t)(1 + lower + search(out + 1 + lower, numbers + half, count - half));
	}
	for (size_t i = 0; i < count; i++) {
		out[size++] = (struct instruction){JUMP_IF_EQUAL, 0, 1, numbers[i]};
		out[size++] = (struct instruction)RETURN(PERMIT);
	}
	out[size++] = (struct instruction)RETURN(FAIL_WITH(EPERM));
	return size;
}

/* A number takes two instructions, and each few one more beside the jump that leads there. */
#define MOST_INSTRUCTIONS (COUNT(beginning) + 4 * COUNT(allowed))

/* Returns its length. */
static uint16_t make_filter(struct instruction *filter)
{
	uint16_t numbers[COUNT(allowed)];
	memcpy(filter, beginning, sizeof beginning);
	memcpy(numbers, allowed, sizeof allowed);
	sort(numbers, COUNT(allowed));
	return (uint16_t)(COUNT(beginning) + search(filter + COUNT(beginning), numbers, COUNT(allowed)));
}

/* Nothing that this process or its children start gains rights by set-user-ID (prctl(2)). */
static JSValue sys_give_up_privileges(CALL)
{
	return result(ctx, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* From now on only the calls above work. */
static JSValue sys_filter_calls(CALL)
{
	struct instruction filter[MOST_INSTRUCTIONS];
	struct program program = {make_filter(filter), filter};
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
