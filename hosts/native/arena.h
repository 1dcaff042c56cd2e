/* Memory for the engine, packed more tightly than a general allocator can. */
#ifndef ARENA_H
#define ARENA_H

#include "quickjs.h"

/* What JS_NewRuntime2 takes. Serves one runtime, in one thread. */
extern const JSMallocFunctions arena_functions;

#endif
