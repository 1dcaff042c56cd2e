/* Compiles a script to bytecode, as a C array on standard output. Runs on the building machine. */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

static char *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		return NULL;
	*size = (size_t)ftell(file);
	rewind(file);
	char *text = calloc(*size + 1, 1);
	if (text == NULL || fread(text, 1, *size, file) != *size)
		return NULL;
	fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	size_t size, compiled_size;
	char *text = argc == 2 ? read_all(argv[1], &size) : NULL;
	if (text == NULL) {
		fprintf(stderr, "usage: compile SCRIPT\n");
		return 64;
	}
	JSRuntime *runtime = JS_NewRuntime();
	/* The compiler alone: a script that needs a regular expression fails here, not in a container. */
	JSContext *ctx = JS_NewContextRaw(runtime);
	JS_AddIntrinsicBaseObjects(ctx);
	JS_AddIntrinsicEval(ctx);
	JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
	JSValue code = JS_Eval(ctx, text, size, "startup-server", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(code)) {
		fprintf(stderr, "%s\n", JS_ToCString(ctx, JS_GetException(ctx)));
		return 1;
	}
	uint8_t *bytes = JS_WriteObject(ctx, &compiled_size, code, JS_WRITE_OBJ_BYTECODE);
	if (bytes == NULL)
		return 1;
	printf("#include <stdint.h>\nconst uint32_t program_size = %zu;\nconst uint8_t program[] = {", compiled_size);
	for (size_t i = 0; i < compiled_size; i++)
		printf("%s%u,", i % 24 == 0 ? "\n" : "", bytes[i]);
	printf("\n};\n");
	return 0;
}
