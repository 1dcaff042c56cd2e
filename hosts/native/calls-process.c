/* The process, its clocks, its signals, and randomness, for TypeScript. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "unpack.h"
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

/* The entries of the environment that begin so. */
static JSValue sys_variables(CALL)
{
	size_t size;
	uint32_t count = 0;
	const char *prefix = JS_ToCStringLen(ctx, &size, argv[0]);
	if (prefix == NULL)
		return JS_EXCEPTION;
	JSValue entries = JS_NewArray(ctx);
	for (char **entry = environ; *entry != NULL; entry++) {
		if (strncmp(*entry, prefix, size) == 0 && strchr(*entry, '=') != NULL)
			JS_SetPropertyUint32(ctx, entries, count++, JS_NewString(ctx, *entry));
	}
	JS_FreeCString(ctx, prefix);
	return entries;
}

static JSValue sys_getpid(CALL)
{
	return JS_NewInt32(ctx, getpid());
}

static JSValue sys_geteuid(CALL)
{
	return JS_NewInt64(ctx, geteuid());
}

static JSValue sys_monotonic_ms(CALL)
{
	return clock_ms(ctx, CLOCK_MONOTONIC);
}

static JSValue sys_epoch_ms(CALL)
{
	return clock_ms(ctx, CLOCK_REALTIME);
}

/* Bytes for UUIDs: no more than getrandom(2) gives without being interrupted. */
static struct {
	uint8_t bytes[256];
	size_t used, drawn, awaited;
} randomness = {.awaited = 16};

void await_uuids(int count)
{
	randomness.used = randomness.drawn = 0;
	randomness.awaited = count < 1 ? 16 : count > 16 ? 256 : (size_t)count * 16;
}

/* RFC 9562 section 5.4. */
static JSValue sys_random_uuid(CALL)
{
	if (randomness.used == randomness.drawn) {
		if (getrandom(randomness.bytes, randomness.awaited, 0) != (ssize_t)randomness.awaited)
			return JS_ThrowInternalError(ctx, "no random bytes");
		randomness.used = 0;
		randomness.drawn = randomness.awaited;
	}
	uint8_t *bytes = randomness.bytes + randomness.used;
	randomness.used += 16;
	char text[36], *to = text;
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = "0123456789abcdef"[bytes[i] >> 4];
		*to++ = "0123456789abcdef"[bytes[i] & 15];
	}
	return JS_NewStringLen(ctx, text, sizeof text);
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

/* A descriptor on which the signals arrive whose numbers the bytes are, where they are blocked. */
static JSValue sys_signalfd(CALL)
{
	Bytes numbers;
	sigset_t set;
	if (take(ctx, argv, "b", &numbers) < 0)
		return JS_EXCEPTION;
	sigemptyset(&set);
	for (size_t i = 0; i < numbers.size; i++)
		sigaddset(&set, numbers.data[i]);
	return result(ctx, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static JSValue sys_isatty(CALL)
{
	int fd;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	return result(ctx, isatty(fd) ? 1 : -1);
}

/* A text that was made when the program was built: in the engine's memory it would cost every idle copy. */
static JSValue sys_built_text(CALL)
{
	int place;
	if (take(ctx, argv, "i", &place) < 0)
		return JS_EXCEPTION;
	if (place < 0 || (size_t)place >= text_count)
		return JS_NewInt32(ctx, -EINVAL);
	const Packed *text = &texts[place];
	uint8_t *bytes = malloc(text->size);
	if (bytes == NULL)
		return JS_ThrowOutOfMemory(ctx);
	unpack(text, bytes);
	JSValue value = JS_NewStringLen(ctx, (char *)bytes, text->size);
	free(bytes);
	return value;
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
	JS_CFUNC_DEF("variables", 1, sys_variables),
	JS_CFUNC_DEF("getpid", 0, sys_getpid),
	JS_CFUNC_DEF("geteuid", 0, sys_geteuid),
	JS_CFUNC_DEF("monotonicMs", 0, sys_monotonic_ms),
	JS_CFUNC_DEF("epochMs", 0, sys_epoch_ms),
	JS_CFUNC_DEF("randomUuid", 0, sys_random_uuid),
	JS_CFUNC_DEF("sha256", 2, sys_sha256),
	JS_CFUNC_DEF("signalfd", 1, sys_signalfd),
	JS_CFUNC_DEF("isatty", 1, sys_isatty),
	JS_CFUNC_DEF("builtText", 1, sys_built_text),
	JS_CFUNC_DEF("writeText", 2, sys_write_text),
	JS_CFUNC_DEF("exit", 1, sys_exit),
};

void add_process(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}
