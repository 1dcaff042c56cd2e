/* What the process was started with, its signals and children, and the program that it becomes, for TypeScript. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "calls.h"

/* What main() was given behind the program's own name. */
static char **given_args;

static size_t count_of(char **list)
{
	size_t count = 0;
	while (list[count] != NULL)
		count++;
	return count;
}

static JSValue sys_args(CALL)
{
	JSValue args = JS_NewArray(ctx);
	for (uint32_t i = 0; given_args[i] != NULL; i++)
		JS_SetPropertyUint32(ctx, args, i, JS_NewString(ctx, given_args[i]));
	return args;
}

/* The bytes of one inherited variable, `NAME=value`; undefined behind the last. */
static JSValue sys_inherited(CALL)
{
	int64_t place;
	if (take(ctx, argv, "l", &place) < 0)
		return JS_EXCEPTION;
	if (place < 0 || (size_t)place >= count_of(environ))
		return JS_UNDEFINED;
	char *entry = environ[place];
	return JS_NewArrayBuffer(ctx, (uint8_t *)entry, strlen(entry), NULL, NULL, 0);
}

static JSValue sys_soft_limit(CALL)
{
	int resource;
	struct rlimit limit;
	if (take(ctx, argv, "i", &resource) < 0)
		return JS_EXCEPTION;
	if (getrlimit(resource, &limit) < 0)
		return result(ctx, -1);
	return JS_NewFloat64(ctx, (double)limit.rlim_cur);
}

/* Returns whether the signal was ignored already. */
static JSValue sys_ignore_signal(CALL)
{
	int number;
	if (take(ctx, argv, "i", &number) < 0)
		return JS_EXCEPTION;
	void (*before)(int) = signal(number, SIG_IGN);
	return result(ctx, before == SIG_ERR ? -1 : before == SIG_IGN);
}

static JSValue sys_default_signal(CALL)
{
	int number;
	if (take(ctx, argv, "i", &number) < 0)
		return JS_EXCEPTION;
	return result(ctx, signal(number, SIG_DFL) == SIG_ERR ? -1 : 0);
}

/* Changes the mask by the signals whose numbers the bytes are; those that were blocked before become 0. */
static JSValue sys_sigprocmask(CALL)
{
	int how;
	Bytes numbers;
	sigset_t set, before;
	if (take(ctx, argv, "ib", &how, &numbers) < 0)
		return JS_EXCEPTION;
	sigemptyset(&set);
	for (size_t i = 0; i < numbers.size; i++)
		sigaddset(&set, numbers.data[i]);
	int returned = sigprocmask(how, &set, &before);
	for (size_t i = 0; i < numbers.size && returned == 0; i++) {
		if (sigismember(&before, numbers.data[i]) == 1)
			numbers.data[i] = 0;
	}
	return result(ctx, returned);
}

/* Takes note of a child that has ended; returns its number, or 0 where none has. */
static JSValue sys_reap(CALL)
{
	return result(ctx, waitpid(-1, NULL, WNOHANG));
}

/* Every descriptor from that one on closes when another program begins. */
static JSValue sys_close_on_exec(CALL)
{
	int from;
	if (take(ctx, argv, "i", &from) < 0)
		return JS_EXCEPTION;
	return result(ctx, syscall(SYS_close_range, from, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */));
}

/* Gives back the strings that were laid for the texts of a list. */
static void give_back(JSContext *ctx, JSValueConst list, char **laid)
{
	for (uint32_t i = 0; laid != NULL && laid[i] != NULL; i++) {
		JSValue member = JS_GetPropertyUint32(ctx, list, i);
		if (JS_IsString(member))
			JS_FreeCString(ctx, laid[i]);
		JS_FreeValue(ctx, member);
	}
	free(laid);
}

/* A list for execve(2): each text as UTF-8, for each number what was given in that place. NULL where one is neither. */
static char **lay(JSContext *ctx, JSValueConst list, char **given)
{
	uint32_t size;
	size_t given_count = count_of(given);
	JSValue length = JS_GetPropertyStr(ctx, list, "length");
	if (JS_ToUint32(ctx, &size, length) < 0)
		return NULL;
	char **laid = calloc((size_t)size + 1, sizeof *laid);
	for (uint32_t i = 0; laid != NULL && i < size; i++) {
		uint32_t place;
		JSValue member = JS_GetPropertyUint32(ctx, list, i);
		if (JS_IsString(member))
			laid[i] = (char *)(uintptr_t)JS_ToCString(ctx, member);
		else if (JS_ToUint32(ctx, &place, member) == 0 && place < given_count)
			laid[i] = given[place];
		JS_FreeValue(ctx, member);
		if (laid[i] == NULL) {
			give_back(ctx, list, laid);
			return NULL;
		}
	}
	return laid;
}

/* Returns only where it fails. */
static JSValue sys_execve(CALL)
{
	const char *path;
	if (take(ctx, argv, "s", &path) < 0)
		return JS_EXCEPTION;
	char **args = lay(ctx, argv[1], given_args);
	char **environment = lay(ctx, argv[2], environ);
	errno = EINVAL;
	if (args != NULL && environment != NULL)
		execve(path, args, environment);
	JSValue returned = result_of_text(ctx, path, -1);
	give_back(ctx, argv[1], args);
	give_back(ctx, argv[2], environment);
	return returned;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("args", 0, sys_args),
	JS_CFUNC_DEF("inherited", 1, sys_inherited),
	JS_CFUNC_DEF("softLimit", 1, sys_soft_limit),
	JS_CFUNC_DEF("ignoreSignal", 1, sys_ignore_signal),
	JS_CFUNC_DEF("defaultSignal", 1, sys_default_signal),
	JS_CFUNC_DEF("sigprocmask", 2, sys_sigprocmask),
	JS_CFUNC_DEF("reap", 0, sys_reap),
	JS_CFUNC_DEF("closeOnExec", 1, sys_close_on_exec),
	JS_CFUNC_DEF("execve", 3, sys_execve),
};

void add_program(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}

void give_args(char **argv)
{
	given_args = argv[0] == NULL ? argv : argv + 1;
}
