/*
 * What the files of system calls share. Nothing is decided in them: each function checks its
 * arguments, makes one call, and returns what it gave, or -errno. Every length comes from the
 * buffer itself. Functions stand in the order of the table at each file's end.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "quickjs.h"

/* The memory behind a typed array, which stays alive as an argument of the running call. */
typedef struct {
	uint8_t *data;
	size_t size;
} Bytes;

/* What every function is given; the engine fills `argv` up to the length that the table states. */
#define CALL                                                                                         \
	JSContext *ctx, JSValueConst self __attribute__((unused)), int argc __attribute__((unused)), \
		JSValueConst *argv __attribute__((unused))

/* Takes the arguments that `kinds` names: b for Bytes, i for int, l for int64_t, s (first) for text. */
int take(JSContext *ctx, JSValueConst *argv, const char *kinds, ...);

/* The number that a call returned, or -errno. */
JSValue result(JSContext *ctx, ssize_t returned);

/* The same, for a call whose text has been taken and is given back. */
JSValue result_of_text(JSContext *ctx, const char *text, ssize_t returned);

/* Each adds its functions to the object that TypeScript sees. */
void add_process(JSContext *ctx, JSValueConst sys);
void add_program(JSContext *ctx, JSValueConst sys);
void add_sockets(JSContext *ctx, JSValueConst sys);
void add_files(JSContext *ctx, JSValueConst sys);
void add_sandbox(JSContext *ctx, JSValueConst sys);
void add_text(JSContext *ctx, JSValueConst sys);

/*
 * Drops what randomness is left, and says how many UUIDs may be wanted until the next time: their
 * bytes then come by one system call. None are kept while the process waits, so that clones of a
 * snapshot differ.
 */
void await_uuids(int count);

/* What main() was given. */
void give_args(char **argv);

#endif
