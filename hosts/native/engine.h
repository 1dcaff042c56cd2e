/* What the host asks of the engine beyond its own interface. */
#ifndef ENGINE_H
#define ENGINE_H

#include "quickjs.h"

/*
 * All that is on the heap stays for good: it is counted and collected no more, holds nothing of this
 * process, and has each built-in function made. Call it where no script is running.
 */
void settle(JSContext *ctx);

#endif
