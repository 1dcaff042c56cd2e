/*
 * What is done to each character or byte, for TypeScript: hosts/native/primitives.ts. Part of engine.c,
 * since strings are looked at where they are.
 */
#include "calls.h"

/* A character set has a place for each character up to U+00FF, and one for all beyond. */
#define SET_SIZE 257

static uint32_t unit_at(const JSString *string, uint32_t index)
{
	return string->is_wide_char ? string->u.str16[index] : string->u.str8[index];
}

/* The text of an argument, without its pieces; what `JS_ToString` gives, to be freed. */
static JSValue to_flat(JSContext *ctx, JSValueConst value)
{
	JSValue text = JS_ToString(ctx, value);
	return JS_VALUE_GET_TAG(text) == JS_TAG_STRING_ROPE ? js_linearize_string_rope(ctx, text) : text;
}

/* The places of a character set; NULL where the value is none. */
static const uint8_t *set_of(JSValueConst value)
{
	if (!JS_IsObject(value))
		return NULL;
	const JSObject *object = JS_VALUE_GET_OBJ(value);
	int is_set = object->class_id == JS_CLASS_UINT8_ARRAY && object->u.array.count == SET_SIZE;
	return is_set ? object->u.array.u.uint8_ptr : NULL;
}

static JSValue sys_span(CALL)
{
	const uint8_t *set = set_of(argv[2]);
	if (set == NULL || JS_VALUE_GET_TAG(argv[1]) != JS_TAG_INT)
		return JS_ThrowTypeError(ctx, "expected a place and a character set");
	JSValue text = to_flat(ctx, argv[0]);
	if (JS_IsException(text))
		return text;
	const JSString *string = JS_VALUE_GET_STRING(text);
	int32_t from = JS_VALUE_GET_INT(argv[1]);
	uint32_t index = from < 0 ? 0 : (uint32_t)from;
	while (index < string->len) {
		uint32_t unit = unit_at(string, index);
		if (set[unit < SET_SIZE ? unit : SET_SIZE - 1] != 1)
			break;
		index++;
	}
	JS_FreeValue(ctx, text);
	return JS_NewInt32(ctx, (int32_t)index);
}

static JSValue sys_span_bytes(CALL)
{
	int32_t from;
	Bytes bytes;
	const uint8_t *set = set_of(argv[2]);
	if (set == NULL || take(ctx, argv, "bi", &bytes, &from) < 0)
		return JS_ThrowTypeError(ctx, "expected bytes, a place and a character set");
	size_t index = from < 0 ? 0 : (size_t)from;
	while (index < bytes.size && set[bytes.data[index]] == 1)
		index++;
	return JS_NewInt64(ctx, (int64_t)index);
}

static JSValue sys_decode_latin1(CALL)
{
	int32_t start, end;
	Bytes bytes;
	if (take(ctx, argv, "bii", &bytes, &start, &end) < 0)
		return JS_EXCEPTION;
	if (start < 0 || end < start || (size_t)end > bytes.size)
		return JS_ThrowRangeError(ctx, "beyond the bytes");
	return js_new_string8_len(ctx, (const char *)bytes.data + start, end - start);
}

/* Bytes in UTF-8; a lone surrogate takes three. */
static size_t utf8_length(const JSString *string)
{
	size_t length = 0;
	if (!string->is_wide_char) {
		for (uint32_t i = 0; i < string->len; i++)
			length += string->u.str8[i] >> 7;
		return string->len + length;
	}
	for (uint32_t i = 0; i < string->len; i++) {
		uint32_t unit = unit_at(string, i);
		int is_paired = is_hi_surrogate(unit) && i + 1 < string->len && is_lo_surrogate(unit_at(string, i + 1));
		length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : is_paired ? 4 : 3;
		i += (uint32_t)is_paired;
	}
	return length;
}

static JSValue sys_utf8_length(CALL)
{
	JSValue text = to_flat(ctx, argv[0]);
	if (JS_IsException(text))
		return text;
	size_t length = utf8_length(JS_VALUE_GET_STRING(text));
	JS_FreeValue(ctx, text);
	return JS_NewInt64(ctx, (int64_t)length);
}

static JSValue sys_encode_utf8(CALL)
{
	JSValue text = to_flat(ctx, argv[0]);
	if (JS_IsException(text))
		return text;
	const JSString *string = JS_VALUE_GET_STRING(text);
	size_t length = utf8_length(string);
	JSValue size = JS_NewInt64(ctx, (int64_t)length);
	JSValue array = JS_NewTypedArray(ctx, 1, &size, JS_TYPED_ARRAY_UINT8);
	Bytes bytes;
	int failed = JS_IsException(array) || take(ctx, &array, "b", &bytes) < 0;
	if (!failed && !string->is_wide_char && length == string->len) {
		memcpy(bytes.data, string->u.str8, length);
	} else if (!failed) {
		uint8_t *to = bytes.data;
		for (uint32_t i = 0; i < string->len; i++) {
			uint32_t unit = unit_at(string, i);
			if (is_hi_surrogate(unit) && i + 1 < string->len && is_lo_surrogate(unit_at(string, i + 1)))
				unit = from_surrogate(unit, unit_at(string, ++i));
			to += unicode_to_utf8(to, unit);
		}
	}
	JS_FreeValue(ctx, text);
	return array;
}

static JSValue sys_format_hex(CALL)
{
	Bytes bytes;
	if (take(ctx, argv, "b", &bytes) < 0)
		return JS_EXCEPTION;
	JSString *text = js_alloc_string(ctx, (int)bytes.size * 2, 0);
	if (text == NULL)
		return JS_EXCEPTION;
	for (size_t i = 0; i < bytes.size; i++) {
		text->u.str8[2 * i] = (uint8_t)"0123456789abcdef"[bytes.data[i] >> 4];
		text->u.str8[2 * i + 1] = (uint8_t)"0123456789abcdef"[bytes.data[i] & 15];
	}
	text->u.str8[2 * bytes.size] = 0;
	return JS_MKPTR(JS_TAG_STRING, text);
}

static const JSCFunctionListEntry text_functions[] = {
	JS_CFUNC_DEF("span", 3, sys_span),
	JS_CFUNC_DEF("spanBytes", 3, sys_span_bytes),
	JS_CFUNC_DEF("decodeLatin1", 3, sys_decode_latin1),
	JS_CFUNC_DEF("utf8Length", 1, sys_utf8_length),
	JS_CFUNC_DEF("encodeUtf8", 1, sys_encode_utf8),
	JS_CFUNC_DEF("formatHex", 1, sys_format_hex),
};

void add_text(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, text_functions, sizeof text_functions / sizeof *text_functions);
}
