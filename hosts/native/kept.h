/* Memory for the engine, and what of it is kept in the binary. */
#ifndef KEPT_H
#define KEPT_H

#include "quickjs.h"

typedef struct {
	const uint8_t *bytes;
	size_t size;
} Piece;

/* What JS_NewRuntime2 takes. Serves one runtime, in one thread. */
extern const JSMallocFunctions arena_functions;

/* Both scripts as bytecode, which is not kept. */
extern const Piece program, later_program;

/* What the process that made the heap has given to keep; NULL in that process. */
void *kept_root(void);

/* All that was laid apart (hooks.h), where it belongs. */
Piece laid_apart(void);

/*
 * Closes the heap: what is in use stays as it is, and what is taken from now on lies in pages of its
 * own. `packed` is what was laid apart, or nothing. -1 where there is no room for it, or something
 * leads to what was laid apart.
 */
int keep(void *root, Piece packed);

/* All that is to be kept, from an address that the program has at each start. */
Piece kept_piece(void);

/* Maps at once what a start would have mapped page by page. */
void map_pages(void);

/* What was laid apart is there from then on. */
void unpack_later(void);

#endif
