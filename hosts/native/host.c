/*
 * The native host: starts the engine with what the program needs, and runs the program's bytecode.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "calls.h"

/* AddressSanitizer sees each block's bounds only where the C library's allocator gives it. */
#ifdef __SANITIZE_ADDRESS__
#define NEW_RUNTIME() JS_NewRuntime()
#else
#define NEW_RUNTIME() JS_NewRuntime2(&arena_functions, NULL)
#endif

/* The program's bytecode, made by compile.c. */
extern const uint8_t program[];
extern const uint32_t program_size;

static int to_bytes(JSContext *ctx, JSValueConst value, Bytes *bytes)
{
	size_t offset, size, whole;
	JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &size, NULL);
	if (JS_IsException(buffer))
		return -1;
	uint8_t *data = JS_GetArrayBuffer(ctx, &whole, buffer);
	JS_FreeValue(ctx, buffer);
	if (data == NULL || offset > whole || size > whole - offset)
		return -1;
	bytes->data = data + offset;
	bytes->size = size;
	return 0;
}

int take(JSContext *ctx, JSValueConst *argv, const char *kinds, ...)
{
	int failed = 0;
	va_list places;
	va_start(places, kinds);
	for (size_t i = 0; kinds[i] != 0 && !failed; i++) {
		if (kinds[i] == 'i')
			failed = JS_ToInt32(ctx, va_arg(places, int32_t *), argv[i]) < 0;
		else if (kinds[i] == 'l')
			failed = JS_ToInt64(ctx, va_arg(places, int64_t *), argv[i]) < 0;
		else if (kinds[i] == 's')
			failed = (*va_arg(places, const char **) = JS_ToCString(ctx, argv[i])) == NULL;
		else
			failed = to_bytes(ctx, argv[i], va_arg(places, Bytes *)) < 0;
	}
	va_end(places);
	return failed ? -1 : 0;
}

JSValue result(JSContext *ctx, ssize_t returned)
{
	return JS_NewInt64(ctx, returned < 0 ? -errno : returned);
}

JSValue result_of_text(JSContext *ctx, const char *text, ssize_t returned)
{
	JSValue value = result(ctx, returned);
	JS_FreeCString(ctx, text);
	return value;
}

/* One buffer for all that is received: its pages cost nothing until bytes arrive in them. */
static uint8_t receive_buffer[64 * 1024];

static JSValue new_sys(JSContext *ctx, int argc, char **argv)
{
	JSValue sys = JS_NewObject(ctx);
	add_process(ctx, sys);
	add_sockets(ctx, sys);
	add_files(ctx, sys);
	add_sandbox(ctx, sys);
	JSValue args = JS_NewArray(ctx);
	for (int i = 1; i < argc; i++)
		JS_SetPropertyUint32(ctx, args, (uint32_t)i - 1, JS_NewString(ctx, argv[i]));
	JS_SetPropertyStr(ctx, sys, "args", args);
	JSValue buffer = JS_NewArrayBuffer(ctx, receive_buffer, sizeof receive_buffer, NULL, NULL, 0);
	JS_SetPropertyStr(ctx, sys, "receiveBuffer", buffer);
	return sys;
}

/*
 * Takes the places of standard streams that are closed, so that no connection gets the number that
 * the log is written to. A socket needs no /dev; nothing can be written to it.
 */
static void fill_standard_streams(void)
{
	struct pollfd streams[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};
	poll(streams, 3, 0);
	for (int i = 0; i < 3; i++) {
		if (streams[i].revents & POLLNVAL)
			socket(AF_UNIX, SOCK_STREAM, 0);
	}
}

int main(int argc, char **argv)
{
	fill_standard_streams();
	JSRuntime *runtime = NEW_RUNTIME();
	/* Beyond what the program itself takes: starting must not cost a collection. */
	JS_SetGCThreshold(runtime, 1024 * 1024);
	JSContext *ctx = JS_NewContextRaw(runtime);
	/* Only what the program uses: no Eval, RegExp, Date, Promise or Proxy. */
	JS_AddIntrinsicBaseObjects(ctx);
	JS_AddIntrinsicJSON(ctx);
	JS_AddIntrinsicMapSet(ctx);
	JS_AddIntrinsicTypedArrays(ctx);
	JSValue global = JS_GetGlobalObject(ctx);
	JS_SetPropertyStr(ctx, global, "sys", new_sys(ctx, argc, argv));
	JSValue code = JS_ReadObject(ctx, program, program_size, JS_READ_OBJ_BYTECODE);
	JSValue value = JS_IsException(code) ? code : JS_EvalFunction(ctx, code);
	/* The program ends by exit(); whoever comes here has met a bug, and names it without a message. */
	static const char failed[] = "startup-server: ended by a bug\n";
	if (JS_IsException(value) && write(STDERR_FILENO, failed, sizeof failed - 1) < 0)
		return 71;
	return 70;
}
