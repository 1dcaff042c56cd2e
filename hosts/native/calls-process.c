/* The process, its clocks, its signals, and randomness, for TypeScript. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "sha256.h"

static JSValue clock_ms(JSContext *ctx, clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return JS_NewFloat64(ctx, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
}

static JSValue sys_getenv(CALL)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	if (name == NULL)
		return JS_EXCEPTION;
	const char *value = getenv(name);
	JS_FreeCString(ctx, name);
	return value == NULL ? JS_UNDEFINED : JS_NewString(ctx, value);
}

static JSValue sys_getpid(CALL)
{
	return JS_NewInt32(ctx, getpid());
}

static JSValue sys_max_open_files(CALL)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return result(ctx, -1);
	return JS_NewFloat64(ctx, (double)limit.rlim_cur);
}

static JSValue sys_monotonic_ms(CALL)
{
	return clock_ms(ctx, CLOCK_MONOTONIC);
}

static JSValue sys_epoch_ms(CALL)
{
	return clock_ms(ctx, CLOCK_REALTIME);
}

static JSValue sys_getrandom(CALL)
{
	Bytes bytes;
	if (take(ctx, argv, "b", &bytes) < 0)
		return JS_EXCEPTION;
	return result(ctx, getrandom(bytes.data, bytes.size, 0));
}

static JSValue sys_sha256(CALL)
{
	Bytes bytes, digest;
	if (take(ctx, argv, "bb", &bytes, &digest) < 0)
		return JS_EXCEPTION;
	if (digest.size != SHA256_SIZE)
		return JS_NewInt32(ctx, -EINVAL);
	sha256(bytes.data, bytes.size, digest.data);
	return JS_NewInt32(ctx, 0);
}

static JSValue sys_ignore_signal(CALL)
{
	int number;
	if (take(ctx, argv, "i", &number) < 0)
		return JS_EXCEPTION;
	return result(ctx, signal(number, SIG_IGN) == SIG_ERR ? -1 : 0);
}

/* Blocks the signals whose numbers the bytes are, and returns a descriptor on which they arrive. */
static JSValue sys_signalfd(CALL)
{
	Bytes numbers;
	sigset_t set;
	if (take(ctx, argv, "b", &numbers) < 0)
		return JS_EXCEPTION;
	sigemptyset(&set);
	for (size_t i = 0; i < numbers.size; i++)
		sigaddset(&set, numbers.data[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return result(ctx, -1);
	return result(ctx, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static JSValue sys_write_text(CALL)
{
	int fd;
	size_t size;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	const char *text = JS_ToCStringLen(ctx, &size, argv[1]);
	if (text == NULL)
		return JS_EXCEPTION;
	JSValue written = result(ctx, write(fd, text, size));
	JS_FreeCString(ctx, text);
	return written;
}

static JSValue sys_exit(CALL)
{
	int status;
	if (take(ctx, argv, "i", &status) < 0)
		return JS_EXCEPTION;
	_exit(status);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("getenv", 1, sys_getenv),
	JS_CFUNC_DEF("getpid", 0, sys_getpid),
	JS_CFUNC_DEF("maxOpenFiles", 0, sys_max_open_files),
	JS_CFUNC_DEF("monotonicMs", 0, sys_monotonic_ms),
	JS_CFUNC_DEF("epochMs", 0, sys_epoch_ms),
	JS_CFUNC_DEF("getrandom", 1, sys_getrandom),
	JS_CFUNC_DEF("sha256", 2, sys_sha256),
	JS_CFUNC_DEF("ignoreSignal", 1, sys_ignore_signal),
	JS_CFUNC_DEF("signalfd", 1, sys_signalfd),
	JS_CFUNC_DEF("writeText", 2, sys_write_text),
	JS_CFUNC_DEF("exit", 1, sys_exit),
};

void add_process(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}
