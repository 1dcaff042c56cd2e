/*
 * The native host: makes the engine with what the program needs, once, when the binary is built; and
 * has the program begin, in each process.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "engine.h"
#include "kept.h"

/* AddressSanitizer sees each block's bounds only where the C library's allocator gives it. */
#ifdef __SANITIZE_ADDRESS__
#define NEW_RUNTIME() JS_NewRuntime()
#else
#define NEW_RUNTIME() JS_NewRuntime2(&arena_functions, NULL)
#endif

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

/* The program as it stands before it begins. */
typedef struct {
	JSContext *ctx;
	JSValue begin;
	/* What the second script gives. */
	JSValue later;
} Program;

/* What only a claim needs; to be called once. */
static JSValue sys_read_later(CALL)
{
	Program *made = kept_root();
	unpack_later();
	return JS_DupValue(ctx, made->later);
}

static JSValue new_sys(JSContext *ctx)
{
	JSValue sys = JS_NewObject(ctx);
	add_process(ctx, sys);
	add_program(ctx, sys);
	add_sockets(ctx, sys);
	add_files(ctx, sys);
	add_sandbox(ctx, sys);
	add_text(ctx, sys);
	JSValue buffer = JS_NewArrayBuffer(ctx, receive_buffer, sizeof receive_buffer, NULL, NULL, 0);
	JS_SetPropertyStr(ctx, sys, "receiveBuffer", buffer);
	JS_SetPropertyStr(ctx, sys, "readLater", JS_NewCFunction(ctx, sys_read_later, NULL, 0));
	return sys;
}

/* Whoever builds the program hears why it cannot be made. */
static void tell_exception(JSContext *ctx)
{
	const char *text = JS_ToCString(ctx, JS_GetException(ctx));
	if (text != NULL && write(STDERR_FILENO, text, strlen(text)) > 0)
		(void)!write(STDERR_FILENO, "\n", 1);
}

/* What the script gives; an exception where it fails, or wants more memory than there is for it. */
static JSValue run(JSContext *ctx, Piece bytecode)
{
	JSValue code = JS_ReadObject(ctx, bytecode.bytes, bytecode.size, JS_READ_OBJ_BYTECODE);
	JSValue value = JS_IsException(code) ? code : JS_EvalFunction(ctx, code);
	if (JS_IsException(value))
		tell_exception(ctx);
	return value;
}

/* NULL where that fails. */
static Program *make_program(void)
{
	JSRuntime *runtime = NEW_RUNTIME();
	JS_SetGCThreshold(runtime, (size_t)-1);
	JSContext *ctx = JS_NewContextRaw(runtime);
	/* Only what the program uses: no Eval, RegExp, Date, Promise or Proxy. */
	JS_AddIntrinsicBaseObjects(ctx);
	JS_AddIntrinsicJSON(ctx);
	JS_AddIntrinsicMapSet(ctx);
	JS_AddIntrinsicTypedArrays(ctx);
	JSValue global = JS_GetGlobalObject(ctx), sys = new_sys(ctx);
	JS_SetPropertyStr(ctx, global, "sys", JS_DupValue(ctx, sys));
	Program *made = js_malloc(ctx, sizeof *made);
	if (made == NULL || JS_IsException(run(ctx, program)))
		return NULL;
	made->ctx = ctx;
	made->begin = JS_GetPropertyStr(ctx, sys, "begin");
	made->later = JS_UNDEFINED;
	settle(ctx);
	lay_apart(1);
	JS_UpdateStackTop(runtime);
	made->later = run(ctx, later_program);
	settle(ctx);
	lay_apart(0);
	JS_FreeValue(ctx, sys);
	JS_FreeValue(ctx, global);
	return JS_IsException(made->later) ? NULL : made;
}

static int write_piece(Piece piece)
{
	while (piece.size > 0) {
		ssize_t written = write(STDOUT_FILENO, piece.bytes, piece.size);
		if (written < 0)
			return EXIT_FAILURE;
		piece.bytes += written;
		piece.size -= (size_t)written;
	}
	return EXIT_SUCCESS;
}

/* To standard output, for keep-heap.c: where the heap belongs, and its bytes. */
static int write_heap(void)
{
	Piece heap = kept_piece();
	uint64_t address = (uintptr_t)heap.bytes;
	int failed = write_piece((Piece){(uint8_t *)&address, sizeof address});
	return failed ? failed : write_piece(heap);
}

/* What was laid apart, packed, from standard input. */
static Piece read_packed(void)
{
	static uint8_t bytes[256 * 1024];
	Piece packed = {bytes, 0};
	ssize_t count;
	while ((count = read(STDIN_FILENO, bytes + packed.size, sizeof bytes - packed.size)) > 0)
		packed.size += (size_t)count;
	return packed;
}

/*
 * Makes the program, at each start where nothing is kept. Whoever builds the binary calls it with one
 * argument to have what is to be kept written, and gets a status.
 */
static int make(int argc, char **argv)
{
	int writes_heap = argc == 2 && strcmp(argv[1], "--write-heap") == 0;
	Program *made = make_program();
	if (made == NULL)
		return EXIT_FAILURE;
	if (argc == 2 && strcmp(argv[1], "--write-later") == 0)
		exit(write_piece(laid_apart()));
	/* Nothing else may lead to what is not there yet. */
	JSValue later = made->later;
	made->later = JS_UNDEFINED;
	if (keep(made, writes_heap ? read_packed() : (Piece){(const uint8_t *)"", 0}) < 0)
		return EXIT_FAILURE;
	made->later = later;
	if (writes_heap)
		exit(write_heap());
	return 0;
}

/*
 * Takes the places of standard streams that are closed, so that no connection gets the number that
 * the log is written to. A socket needs no /dev; nothing can be written to it. A command finds them
 * closed again.
 */
static void fill_standard_streams(void)
{
	struct pollfd streams[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};
	poll(streams, 3, 0);
	for (int i = 0; i < 3; i++) {
		if (streams[i].revents & POLLNVAL)
			socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	}
}

int main(int argc, char **argv)
{
	if (kept_root() == NULL && make(argc, argv) != 0)
		return EXIT_FAILURE;
	Program *made = kept_root();
	map_pages();
	fill_standard_streams();
	give_args(argv);
	JS_UpdateStackTop(JS_GetRuntime(made->ctx));
	JSValue ended = JS_Call(made->ctx, made->begin, JS_UNDEFINED, 0, NULL);
	/* The program ends by exit(); whoever comes here has met a bug, and names it without a message. */
	static const char failed[] = "startup-server: ended by a bug\n";
	if (JS_IsException(ended) && write(STDERR_FILENO, failed, sizeof failed - 1) < 0)
		return 71;
	return 70;
}
