/* Compiles a script to bytecode: `compile SCRIPT > BYTECODE`. Runs on the building machine. */
#include <quickjs.c>

#include "content.h"

/* What the shipped engine has been freed of; scripts/quickjs-functions.mjs lists it. */
static int is_dropped(uint8_t operation)
{
	switch (operation) {
	case OP_initial_yield:
	case OP_yield:
	case OP_await:
	case OP_import:
	case OP_regexp:
	case OP_eval:
	case OP_apply_eval:
	case OP_pow:
	case OP_push_bigint_i32:
	case OP_for_in_start:
		return 1;
	default:
		return 0;
	}
}

/*
 * Takes off what nobody looks at: names of functions, and the prototypes of those that are no class.
 * -1 where the function, or one within it, does what the engine has been freed of.
 */
static int strip(JSFunctionBytecode *function)
{
	function->func_name = JS_ATOM_NULL;
	function->has_prototype = 0;
	for (int i = 0; i < function->closure_var_count; i++)
		function->closure_var[i].var_name = JS_ATOM_NULL;
	for (int at = 0; at < function->byte_code_len;) {
		uint8_t *code = function->byte_code_buf + at;
		if (is_dropped(*code))
			return -1;
		if (*code == OP_set_name)
			put_u32(code + 1, JS_ATOM_empty_string);
		at += short_opcode_info(*code).size;
	}
	for (int i = 0; i < function->cpool_count; i++) {
		JSValue constant = function->cpool[i];
		if (JS_VALUE_GET_TAG(constant) == JS_TAG_FUNCTION_BYTECODE && strip(JS_VALUE_GET_PTR(constant)) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		fail("expected SCRIPT", argv[0]);
	size_t compiled_size;
	Content script = read_all(argv[1]);
	JSRuntime *runtime = JS_NewRuntime();
	/* The compiler alone: a script that needs a regular expression fails here, not in a container. */
	JSContext *ctx = JS_NewContextRaw(runtime);
	JS_AddIntrinsicBaseObjects(ctx);
	JS_AddIntrinsicEval(ctx);
	JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
	/* Strict as the modules are that it is bundled from; the engine then needs no references to arguments. */
	int flags = JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY | JS_EVAL_FLAG_STRICT;
	JSValue code = JS_Eval(ctx, (char *)script.data, script.size, argv[1], flags);
	if (JS_IsException(code)) {
		fprintf(stderr, "%s\n", JS_ToCString(ctx, JS_GetException(ctx)));
		return 1;
	}
	if (strip(JS_VALUE_GET_PTR(code)) < 0)
		fail("does what the engine has been freed of", argv[1]);
	uint8_t *bytes = JS_WriteObject(ctx, &compiled_size, code, JS_WRITE_OBJ_BYTECODE);
	return bytes != NULL && fwrite(bytes, 1, compiled_size, stdout) == compiled_size ? 0 : 1;
}
