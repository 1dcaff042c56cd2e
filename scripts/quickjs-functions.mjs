/** Which of the pinned engine's functions are made fast, which do nothing, and which are left out. */

/**
 * What the program spends its time in is made to be fast rather than small: GCC's small code copies by
 * `rep movs`, which takes long to begin.
 */
export const HASTENED = [
  ..."JS_CallInternal JS_GetPropertyInternal js_call_c_function add_property".split(" "),
  ..."add_shape_property resize_properties JS_NewObjectFromShape js_clone_shape".split(" "),
  ..."js_shape_hash_link js_shape_hash_unlink js_free_shape0 free_gc_object".split(" "),
  ..."__JS_FreeValueRT JS_GetPropertyValue js_closure2 get_var_ref js_for_of_next".split(" "),
  ..."js_malloc_rt js_free_rt js_realloc_rt js_malloc js_alloc_string_rt".split(" "),
  ..."JS_ConcatString JS_NewObjectProtoClass JS_ConcatString2 string_cmp".split(" "),
  ..."add_fast_array_element js_mallocz_rt hash_string js_new_string8_len".split(" "),
  ..."JS_ConcatStringInPlace string_buffer_write8".split(" "),
];

/** What tells of an exception where it came from, which nobody reads: does nothing. */
export const SILENT = "build_backtrace";

/**
 * Functions that the program never comes to: what they serve, it does not use, and compile.c refuses
 * bytecode that asks for it. Their bodies are dropped, and so is all that only they call.
 */
export const UNREACHED = [
  // Modules and eval.
  ..."JS_EvalInternal JS_EvalObject JS_GetModuleNamespace js_create_module_function".split(" "),
  ..."js_dynamic_import js_dynamic_import_job js_evaluate_module js_free_module_def".split(" "),
  ..."js_import_meta js_inner_module_evaluation js_inner_module_linking js_link_module".split(" "),
  ..."js_mark_module_def js_module_ns_autoinit js_resolve_module js_resolve_export".split(" "),
  // Generators, async functions and promises.
  ..."__async_func_free async_func_free async_func_init async_func_resume".split(" "),
  ..."js_async_function_call js_async_function_resolve_call".split(" "),
  ..."js_async_function_resolve_finalizer js_async_function_resolve_mark".split(" "),
  ..."js_async_generator_function_call js_async_generator_next js_execute_async_module".split(" "),
  ..."js_async_module_execution_fulfilled js_async_module_execution_rejected".split(" "),
  ..."js_generator_function_call js_generator_next js_new_promise_capability".split(" "),
  ..."js_promise_then perform_promise_then".split(" "),
  // Integers of any size, and powers.
  ..."JS_ReadBigInt JS_StringToBigInt JS_StringToBigIntErr JS_ToBigIntFree".split(" "),
  ..."js_bigint_add js_bigint_constructor js_bigint_divrem js_bigint_float64_cmp".split(" "),
  ..."js_bigint_from_float64 js_bigint_from_string js_bigint_logic js_bigint_mul js_bigint_new".split(
    " ",
  ),
  ..."js_bigint_normalize1 js_bigint_pow js_bigint_shl js_bigint_shr js_bigint_to_float64".split(
    " ",
  ),
  ..."js_bigint_to_string1 js_bigint_toString js_compare_bigint js_pow".split(" "),
  // `for in`, sloppy functions' `arguments`, functions from text, regular expressions.
  ..."build_for_in_iterator js_build_mapped_arguments js_for_in_next".split(" "),
  ..."js_for_in_start js_function_constructor js_regexp_constructor_internal".split(" "),
  ..."js_string_CreateHTML".split(" "),
];

/** Of these tables, only what is named: elsewhere other things have the same names. */
export const NAMED = new Map([
  ["js_function_proto_funcs", []],
  ["js_typed_array_base_funcs", []],
  [
    "js_typed_array_base_proto_funcs",
    [
      "[Symbol.iterator]",
      "buffer",
      "entries",
      "every",
      "indexOf",
      "join",
      "length",
      "set",
      "subarray",
    ],
  ],
]);
