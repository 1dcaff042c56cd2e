/* The engine, adapted by scripts/adapt-quickjs.mjs, and what has to know its inside. */
#include <quickjs.c>

#include "engine.h"

#include "calls-text.c"

#ifndef __SANITIZE_ADDRESS__
/* The C library's own prints. */
_Noreturn void __assert_fail(const char *text, const char *file, int line, const char *function)
{
	(void)text, (void)file, (void)line, (void)function;
	abort();
}
#endif

static void uncount(void *counted)
{
	((JSRefCountHeader *)counted)->ref_count = UNCOUNTED;
}

static void uncount_text(JSValueConst value)
{
	if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING)
		uncount(JS_VALUE_GET_PTR(value));
}

/* Built-in functions are made when they are first looked up, unless they are there. */
static void make_functions(JSContext *ctx, JSObject *object)
{
	for (int i = 0; i < object->shape->prop_count; i++) {
		JSShapeProperty *shape = get_shape_prop(object->shape) + i;
		JSProperty *property = &object->prop[i];
		if ((shape->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT &&
		    js_autoinit_get_id(property) == JS_AUTOINIT_ID_PROP)
			JS_AutoInitProperty(ctx, object, shape->atom, property, shape);
	}
}

static void uncount_texts_of_object(JSObject *object)
{
	JSShapeProperty *shape = get_shape_prop(object->shape);
	for (int i = 0; i < object->shape->prop_count; i++) {
		if (shape[i].atom != JS_ATOM_NULL && (shape[i].flags & JS_PROP_TMASK) == JS_PROP_NORMAL)
			uncount_text(object->prop[i].u.value);
	}
	if (object->class_id == JS_CLASS_ARRAY && object->fast_array) {
		for (uint32_t i = 0; i < object->u.array.count; i++)
			uncount_text(object->u.array.u.values[i]);
	}
}

static void uncount_texts(JSGCObjectHeader *header)
{
	if (header->gc_obj_type == JS_GC_OBJ_TYPE_JS_OBJECT) {
		uncount_texts_of_object((JSObject *)header);
	} else if (header->gc_obj_type == JS_GC_OBJ_TYPE_VAR_REF) {
		uncount_text(*((JSVarRef *)header)->pvalue);
	} else if (header->gc_obj_type == JS_GC_OBJ_TYPE_FUNCTION_BYTECODE) {
		JSFunctionBytecode *function = (JSFunctionBytecode *)header;
		for (int i = 0; i < function->cpool_count; i++)
			uncount_text(function->cpool[i]);
	}
}

/* Shapes that are not there yet cannot be found; each object has its own. */
static void forget_shapes_apart(JSRuntime *runtime)
{
	for (int i = 0; i < runtime->shape_hash_size; i++) {
		JSShape **place = &runtime->shape_hash[i];
		while (*place != NULL) {
			if (is_laid_apart(*place)) {
				*place = (*place)->shape_hash_next;
				runtime->shape_hash_count--;
			} else {
				place = &(*place)->shape_hash_next;
			}
		}
	}
}

void settle(JSContext *ctx)
{
	JSRuntime *runtime = ctx->rt;
	struct list_head *place, *next;
	list_for_each(place, &runtime->gc_obj_list) {
		JSGCObjectHeader *header = list_entry(place, JSGCObjectHeader, link);
		if (header->gc_obj_type == JS_GC_OBJ_TYPE_JS_OBJECT)
			make_functions(ctx, (JSObject *)header);
	}
	JS_RunGC(runtime);
	list_for_each_safe(place, next, &runtime->gc_obj_list) {
		JSGCObjectHeader *header = list_entry(place, JSGCObjectHeader, link);
		/* The collector looks at newer objects alone: one that an older one holds has a count too many. */
		list_del(&header->link);
		init_list_head(&header->link);
		/* An object's own shape is changed in place, and must say that it has one owner. */
		if (header->gc_obj_type == JS_GC_OBJ_TYPE_SHAPE && !((JSShape *)header)->is_hashed)
			continue;
		uncount_texts(header);
		uncount(header);
	}
	forget_shapes_apart(runtime);
	for (uint32_t i = 1; i < (uint32_t)runtime->atom_size; i++) {
		if (!atom_is_free(runtime->atom_array[i]))
			uncount(runtime->atom_array[i]);
	}
	/* A collection is due when the program has taken so much more. */
	JS_SetGCThreshold(runtime, runtime->malloc_state.malloc_size + 256 * 1024);
	/* What differs between processes. */
	ctx->random_state = 1;
	runtime->stack_top = 0;
	runtime->stack_limit = 0;
}
