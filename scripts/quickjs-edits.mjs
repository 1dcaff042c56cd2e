/** What is changed in the pinned engine's source, place by place. */

/**
 * @typedef {object} Edit
 * @property {string} from stands exactly once in quickjs.c
 * @property {string} to
 */

/** @type {readonly Edit[]} */
export const EDITS = [
  // Functions have no `name` and no `length`, which nobody asks for, and start with no room for properties.
  {
    from: `    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_length, JS_NewInt32(ctx, len),
                           JS_PROP_CONFIGURABLE);
    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_name,
                           JS_AtomToString(ctx, name), JS_PROP_CONFIGURABLE);
`,
    to: "",
  },
  {
    from: `    JS_DefinePropertyValue(ctx, ctor, JS_ATOM_length,
                           JS_NewInt32(ctx, b->defined_arg_count),
                           JS_PROP_CONFIGURABLE);
`,
    to: "",
  },
  {
    from: "ret = JS_DefineObjectName(ctx, sp[-1], atom, JS_PROP_CONFIGURABLE);",
    to: "ret = 0;",
  },
  {
    from: "if (JS_DefineObjectName(ctx, ctor, class_name, JS_PROP_CONFIGURABLE) < 0)",
    to: "if (0)",
  },
  {
    from: `    return js_new_shape2(ctx, proto, JS_PROP_INITIAL_HASH_SIZE,
                         JS_PROP_INITIAL_SIZE);
`,
    to: `    JSValue function = ctx->function_proto;
    BOOL is_function = JS_IsObject(function) && proto == JS_VALUE_GET_OBJ(function);
    return js_new_shape2(ctx, proto, JS_PROP_INITIAL_HASH_SIZE,
                         is_function ? 0 : JS_PROP_INITIAL_SIZE);
`,
  },
  { from: "        p->prop[0].u.value = JS_UNDEFINED;\n", to: "" },
  // Clocks are fractions, and most of what they are reckoned with are whole numbers.
  {
    from: `static no_inline __exception int js_binary_arith_slow(JSContext *ctx, JSValue *sp,
                                                      OPCodeEnum op)
{`,
    to: `static force_inline BOOL are_numbers(JSValueConst op1, JSValueConst op2, double *d1, double *d2)
{
    int tag1 = JS_VALUE_GET_NORM_TAG(op1), tag2 = JS_VALUE_GET_NORM_TAG(op2);

    if ((tag1 != JS_TAG_FLOAT64 && tag1 != JS_TAG_INT) ||
        (tag2 != JS_TAG_FLOAT64 && tag2 != JS_TAG_INT) || (tag1 == JS_TAG_INT && tag2 == JS_TAG_INT))
        return FALSE;
    *d1 = tag1 == JS_TAG_INT ? JS_VALUE_GET_INT(op1) : JS_VALUE_GET_FLOAT64(op1);
    *d2 = tag2 == JS_TAG_INT ? JS_VALUE_GET_INT(op2) : JS_VALUE_GET_FLOAT64(op2);
    return TRUE;
}

static no_inline __exception int js_binary_arith_slow(JSContext *ctx, JSValue *sp,
                                                      OPCodeEnum op)
{`,
  },
  {
    from: `    /* fast path for float operations */
    if (tag1 == JS_TAG_FLOAT64 && tag2 == JS_TAG_FLOAT64) {
        d1 = JS_VALUE_GET_FLOAT64(op1);
        d2 = JS_VALUE_GET_FLOAT64(op2);
        goto handle_float64;`,
    to: `    if (are_numbers(op1, op2, &d1, &d2)) {
        goto handle_float64;`,
  },
  {
    from: `    /* fast path for float64 */
    if (tag1 == JS_TAG_FLOAT64 && tag2 == JS_TAG_FLOAT64) {
        double d1, d2;
        d1 = JS_VALUE_GET_FLOAT64(op1);
        d2 = JS_VALUE_GET_FLOAT64(op2);
        sp[-2]`,
    to: `    double d1, d2;
    if (are_numbers(op1, op2, &d1, &d2)) {
        sp[-2]`,
  },
  {
    from: `    op1 = JS_ToPrimitiveFree(ctx, op1, HINT_NUMBER);`,
    to: `    if ((tag1 == JS_TAG_FLOAT64 || tag1 == JS_TAG_INT) && (tag2 == JS_TAG_FLOAT64 || tag2 == JS_TAG_INT))
        goto float64_compare;
    op1 = JS_ToPrimitiveFree(ctx, op1, HINT_NUMBER);`,
  },
  // Texts of different lengths differ, and what is most often asked for is the very same one.
  {
    from: `                res = (js_string_compare(ctx, JS_VALUE_GET_STRING(op1),
                                         JS_VALUE_GET_STRING(op2)) == 0);
            } else {
                res = (js_string_rope_compare(ctx, op1, op2, TRUE) == 0);`,
    to: `                JSString *p1 = JS_VALUE_GET_STRING(op1), *p2 = JS_VALUE_GET_STRING(op2);
                res = p1 == p2 || (p1->len == p2->len && js_string_memcmp(p1, 0, p2, 0, p1->len) == 0);
            } else {
                res = (js_string_rope_compare(ctx, op1, op2, TRUE) == 0);`,
  },
  // Text is mostly ASCII: eight characters are looked at together.
  {
    from: `        count = 0;
        for (pos = 0; pos < len; pos++) {
            count += src[pos] >> 7;
        }
        if (count == 0) {
            if (plen)`,
    to: `        count = 0;
        pos = 0;
        for (uint64_t eight; len - pos >= 8; pos += 8) {
            memcpy(&eight, src + pos, sizeof eight);
            if (eight & 0x8080808080808080)
                break;
        }
        for (; pos < len; pos++) {
            count += src[pos] >> 7;
        }
        if (count == 0) {
            if (plen)`,
  },
  // What a function captures is most often what another has captured just before: it is looked for there first.
  {
    from: `        if (var_ref->pvalue == pvalue) {
            retain(&var_ref->header.ref_count);
            return var_ref;
`,
    to: `        if (var_ref->pvalue == pvalue) {
            list_del(el);
            list_add(el, &sf->var_ref_list);
            retain(&var_ref->header.ref_count);
            return var_ref;
`,
  },
  {
    from: "    list_add_tail(&var_ref->var_ref_link, &sf->var_ref_list);\n    if (sf->js_mode",
    to: "    list_add(&var_ref->var_ref_link, &sf->var_ref_list);\n    if (sf->js_mode",
  },
  // What the engine looks through, names and its tables, is laid together (hooks.h).
  {
    from: "static int JS_ResizeAtomHash(JSRuntime *rt, int new_hash_size)\n",
    to: `static void *malloc_together(JSRuntime *rt, size_t size)
{
    int before = lay_apart(0);
    void *block = js_mallocz_rt(rt, size);
    lay_apart(before);
    return block;
}

static int JS_ResizeAtomHash(JSRuntime *rt, int new_hash_size)
`,
  },
  {
    from: "    new_hash = js_mallocz_rt(rt, sizeof(rt->atom_hash[0]) * new_hash_size);\n",
    to: "    new_hash = malloc_together(rt, sizeof(rt->atom_hash[0]) * new_hash_size);\n",
  },
  {
    from: "    new_shape_hash = js_mallocz_rt(rt, ",
    to: "    new_shape_hash = malloc_together(rt, ",
  },
  {
    from: `        if (str->atom_type == 0) {
            p = str;
            p->atom_type = atom_type;
        } else {
            p = js_malloc_rt(rt, `,
    to: `        if (str->atom_type == 0 && !is_laid_apart(str)) {
            p = str;
            p->atom_type = atom_type;
        } else {
            p = malloc_together(rt, `,
  },
  {
    from: "        p = js_malloc_rt(rt, sizeof(JSAtomStruct)); /* empty wide string */\n",
    to: "        p = malloc_together(rt, sizeof(JSAtomStruct)); /* empty wide string */\n",
  },
  // Nobody interrupts the program.
  { from: "    if (unlikely(--ctx->interrupt_counter <= 0)) {", to: "    if (0) {" },
  // The name of a private field (COMPILER_EDITS) is a key that no other code has, and is not seen in its object.
  {
    from: "        atom = JS_NewAtomStr(s->ctx, p);\n",
    to: `        BOOL is_private = p->len > 0 && !p->is_wide_char && p->u.str8[0] == '\\1';
        atom = is_private ? __JS_NewAtom(s->ctx->rt, p, JS_ATOM_TYPE_PRIVATE) : JS_NewAtomStr(s->ctx, p);
`,
  },
  // Properties that are values are read, set and made where that is asked for. Names in the source are never
  // numbers, so that elements of arrays need not be thought of.
  {
    from: `static JSValue JS_CallInternal(JSContext *caller_ctx, JSValueConst func_obj,
                               JSValueConst this_obj, JSValueConst new_target,
                               int argc, JSValue *argv, int flags)
{`,
    to: `/* The value, not counted; NULL where it is none, or takes more. */
static force_inline const JSValue *find_value(JSValueConst object, JSAtom name)
{
    JSProperty *property;
    if (JS_VALUE_GET_TAG(object) != JS_TAG_OBJECT)
        return NULL;
    for (JSObject *p = JS_VALUE_GET_OBJ(object); p != NULL; p = p->shape->proto) {
        JSShapeProperty *shape = find_own_property(&property, p, name);
        if (shape != NULL)
            return shape->flags & JS_PROP_TMASK ? NULL : &property->u.value;
        if (p->is_exotic && !p->fast_array)
            return NULL;
    }
    return NULL;
}

/* Whether it could be set without more. The value is then the property's. */
static force_inline BOOL set_own_value(JSContext *ctx, JSValueConst object, JSAtom name, JSValue value)
{
    JSProperty *property;
    if (JS_VALUE_GET_TAG(object) != JS_TAG_OBJECT)
        return FALSE;
    JSShapeProperty *shape = find_own_property(&property, JS_VALUE_GET_OBJ(object), name);
    int mask = JS_PROP_TMASK | JS_PROP_WRITABLE | JS_PROP_LENGTH;
    if (shape == NULL || (shape->flags & mask) != JS_PROP_WRITABLE)
        return FALSE;
    set_value(ctx, &property->u.value, value);
    return TRUE;
}

/* Of a plain object: whether it could be made. -1 where there is no memory for it. */
static force_inline int make_own_value(JSContext *ctx, JSValueConst object, JSAtom name, JSValue value)
{
    JSProperty *property;
    JSObject *p = JS_VALUE_GET_OBJ(object);
    if (JS_VALUE_GET_TAG(object) != JS_TAG_OBJECT || p->is_exotic || !p->extensible ||
        find_own_property(&property, p, name) != NULL)
        return FALSE;
    property = add_property(ctx, p, name, JS_PROP_C_W_E);
    if (property == NULL)
        return -1;
    property->u.value = value;
    return TRUE;
}

/* Functions of C need no frame of the interpreter's. */
static force_inline JSValue call_either(JSContext *ctx, JSValueConst function, JSValueConst self,
                                        int count, JSValue *values)
{
    if (JS_VALUE_GET_TAG(function) == JS_TAG_OBJECT &&
        JS_VALUE_GET_OBJ(function)->class_id == JS_CLASS_C_FUNCTION)
        return js_call_c_function(ctx, function, self, count, values, 0);
    return JS_CallInternal(ctx, function, self, JS_UNDEFINED, count, values, 0);
}

static JSValue JS_CallInternal(JSContext *caller_ctx, JSValueConst func_obj,
                               JSValueConst this_obj, JSValueConst new_target,
                               int argc, JSValue *argv, int flags)
{`,
  },
  {
    from: `                ret_val = JS_CallInternal(ctx, call_argv[-1], JS_UNDEFINED,
                                          JS_UNDEFINED, call_argc, call_argv, 0);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call)`,
    to: `                ret_val = call_either(ctx, call_argv[-1], JS_UNDEFINED, call_argc, call_argv);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call)`,
  },
  {
    from: `                ret_val = JS_CallInternal(ctx, call_argv[-1], call_argv[-2],
                                          JS_UNDEFINED, call_argc, call_argv, 0);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call_method)`,
    to: `                ret_val = call_either(ctx, call_argv[-1], call_argv[-2], call_argc, call_argv);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call_method)`,
  },
  {
    from: `                sf->cur_pc = pc;
                val = JS_GetProperty(ctx, sp[-1], JS_ATOM_length);
                if`,
    to: `                sf->cur_pc = pc;
                int64_t length = find_length(sp[-1]);
                val = length >= 0 ? JS_NewInt64(ctx, length) : JS_GetProperty(ctx, sp[-1], JS_ATOM_length);
                if`,
  },
  {
    from: `                sf->cur_pc = pc;
                val = JS_GetProperty(ctx, sp[-1], atom);
                if (unlikely(JS_IsException(val)))
                    goto exception;
                JS_FreeValue(ctx, sp[-1]);`,
    to: `                sf->cur_pc = pc;
                const JSValue *found = find_value(sp[-1], atom);
                val = found != NULL ? JS_DupValue(ctx, *found) : JS_GetProperty(ctx, sp[-1], atom);
                if (unlikely(JS_IsException(val)))
                    goto exception;
                JS_FreeValue(ctx, sp[-1]);`,
  },
  {
    from: `                sf->cur_pc = pc;
                val = JS_GetProperty(ctx, sp[-1], atom);
                if (unlikely(JS_IsException(val)))
                    goto exception;
                *sp++ = val;`,
    to: `                sf->cur_pc = pc;
                const JSValue *found = find_value(sp[-1], atom);
                val = found != NULL ? JS_DupValue(ctx, *found) : JS_GetProperty(ctx, sp[-1], atom);
                if (unlikely(JS_IsException(val)))
                    goto exception;
                *sp++ = val;`,
  },
  {
    from: `                ret = JS_SetPropertyInternal(ctx, sp[-2], atom, sp[-1], sp[-2],
                                             JS_PROP_THROW_STRICT);
                JS_FreeValue(ctx, sp[-2]);`,
    to: `                ret = 0;
                if (!set_own_value(ctx, sp[-2], atom, sp[-1]))
                    ret = JS_SetPropertyInternal(ctx, sp[-2], atom, sp[-1], sp[-2],
                                                 JS_PROP_THROW_STRICT);
                JS_FreeValue(ctx, sp[-2]);`,
  },
  {
    from: `                ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                             JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
    to: `                ret = make_own_value(ctx, sp[-2], atom, sp[-1]);
                if (ret == 0)
                    ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                                 JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
  },
  // A list is gone through by its elements' numbers, which stand in the place of the iterator's `next`.
  {
    from: "static __exception int js_for_of_start(",
    to: `/* -1 where it takes more to know. */
static force_inline int64_t find_length(JSValueConst value)
{
    if (JS_VALUE_GET_TAG(value) == JS_TAG_STRING)
        return JS_VALUE_GET_STRING(value)->len;
    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT)
        return -1;
    JSObject *p = JS_VALUE_GET_OBJ(value);
    if (p->class_id == JS_CLASS_ARRAY && JS_VALUE_GET_TAG(p->prop[0].u.value) == JS_TAG_INT)
        return JS_VALUE_GET_INT(p->prop[0].u.value);
    if (p->class_id >= JS_CLASS_UINT8C_ARRAY && p->class_id <= JS_CLASS_FLOAT64_ARRAY)
        return p->u.array.count;
    return -1;
}

static __exception int js_for_of_start(`,
  },
  {
    from: `    op1 = sp[-1];
    obj = JS_GetIterator(ctx, op1, is_async);`,
    to: `    op1 = sp[-1];
    if (JS_VALUE_GET_TAG(op1) == JS_TAG_OBJECT && JS_VALUE_GET_OBJ(op1)->class_id == JS_CLASS_ARRAY) {
        sp[0] = JS_NewInt32(ctx, 0);
        return 0;
    }
    obj = JS_GetIterator(ctx, op1, is_async);`,
  },
  {
    from: "        value = JS_IteratorNext(ctx, sp[offset], sp[offset + 1], 0, NULL, &done);\n",
    to: `        if (JS_VALUE_GET_TAG(sp[offset + 1]) == JS_TAG_INT) {
            int at = JS_VALUE_GET_INT(sp[offset + 1])++;
            done = at >= find_length(sp[offset]);
            if (!done)
                value = JS_GetPropertyValue(ctx, sp[offset], JS_NewInt32(ctx, at));
        } else {
            value = JS_IteratorNext(ctx, sp[offset], sp[offset + 1], 0, NULL, &done);
        }
`,
  },
  // Of what there are many kinds of, only those that the program has.
  {
    from: "    for(i = 0; i < 4; i++) {\n        const char *name = JS_AtomGetStr",
    to: "    for(i = 0; i < 2; i++) {\n        const char *name = JS_AtomGetStr",
  },
  {
    from: `        const char *name;

        ctx->class_proto[i] = JS_NewObjectProto(ctx, typed_array_base_proto);
        JS_DefinePropertyValueStr(ctx, ctx->class_proto[i],
                                  "BYTES_PER_ELEMENT",
                                  JS_NewInt32(ctx, 1 << typed_array_size_log2(i)),
                                  0);
`,
    to: `        const char *name;

        if (i != JS_CLASS_UINT8_ARRAY && i != JS_CLASS_INT32_ARRAY && i != JS_CLASS_UINT32_ARRAY)
            continue;
        ctx->class_proto[i] = JS_NewObjectProto(ctx, typed_array_base_proto);
`,
  },
  {
    from: `        JS_DefinePropertyValueStr(ctx, func_obj,
                                  "BYTES_PER_ELEMENT",
                                  JS_NewInt32(ctx, 1 << typed_array_size_log2(i)),
                                  0);
`,
    to: "",
  },
  {
    from: `    JS_NewGlobalCConstructorOnly(ctx, "DataView",
                                 js_dataview_constructor, 1,
                                 ctx->class_proto[JS_CLASS_DATAVIEW]);
`,
    to: "",
  },
  {
    from: `    shared_array_buffer_func = JS_NewGlobalCConstructorOnly(ctx, "SharedArrayBuffer",
                                                 js_shared_array_buffer_constructor, 1,
                                                 ctx->class_proto[JS_CLASS_SHARED_ARRAY_BUFFER]);
    JS_SetPropertyFunctionList(ctx, shared_array_buffer_func,
                               js_shared_array_buffer_funcs,
                               countof(js_shared_array_buffer_funcs));
`,
    to: "",
  },
  // Letters have another case in ASCII alone, which is all that HTTP compares without case.
  {
    from: `        if (c == 0x3a3 && to_lower && test_final_sigma(p, i - 1)) {
            res[0] = 0x3c2; /* final sigma */
            l = 1;
        } else {
            l = lre_case_conv(res, c, to_lower);
        }
`,
    to: `        BOOL changes = to_lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
        res[0] = changes ? c ^ 32 : c;
        l = 1;
`,
  },
  // Without printf(3), which is larger than all that is done with it here. Messages keep their `%s`.
  { from: "vsnprintf(buf, sizeof(buf), fmt, ap);", to: "pstrcpy(buf, sizeof(buf), fmt);" },
  {
    from: `snprintf(buf, buf_size, "%u", __JS_AtomToUInt32(atom));`,
    to: "buf[u32toa(buf, __JS_AtomToUInt32(atom))] = 0;",
  },
  { from: `snprintf(buf, buf_size, "<null>");`, to: "buf[0] = 0;" },
  { from: `snprintf(buf, sizeof(buf), "get %s", e->name);`, to: "buf[0] = 0;" },
  { from: `snprintf(buf, sizeof(buf), "set %s", e->name);`, to: "buf[0] = 0;" },
  {
    from: `snprintf(buf, sizeof(buf), "\\\\u%04x", c);`,
    to: `pstrcpy(buf, sizeof(buf), "\\\\u0000");
                for (int i = 0; i < 4; i++)
                    buf[2 + i] = "0123456789abcdef"[c >> (12 - 4 * i) & 15];`,
  },
];

/**
 * What is changed in the compiler, which compile.c alone has: bytecode is the leaner for what the types
 * (tsc) have made sure of.
 *
 * @type {readonly Edit[]}
 */
export const COMPILER_EDITS = [
  // A private field is a property whose name begins with a character that no other has: reading it looks
  // for no key and no brand first. Two classes of one object would share it: scripts/bundle.mjs refuses that.
  {
    from: `            s->token.u.ident.atom = atom;
            s->token.val = TOK_PRIVATE_NAME;
`,
    to: `            char buffer[ATOM_GET_STR_BUF_SIZE], name[ATOM_GET_STR_BUF_SIZE];
            pstrcpy(name, sizeof name, JS_AtomGetStr(s->ctx, buffer, sizeof buffer, atom));
            name[0] = '\\1';
            s->token.u.ident.atom = JS_NewAtom(s->ctx, name);
            s->token.u.ident.has_escape = FALSE;
            s->token.u.ident.is_reserved = FALSE;
            s->token.val = TOK_IDENT;
`,
  },
  // A field without a value is made by its first assignment.
  {
    from: `            if (!cf->fields_init_fd) {
                if (emit_class_init_start(s, cf))
                    goto fail;
            }
            if (name == JS_ATOM_NULL ) {`,
    to: `            if (name != JS_ATOM_NULL && s->token.val != '=')
                goto field_done;
            if (!cf->fields_init_fd) {
                if (emit_class_init_start(s, cf))
                    goto fail;
            }
            if (name == JS_ATOM_NULL ) {`,
  },
  {
    from: `            s->cur_func = s->cur_func->parent;
            if (js_parse_expect_semi(s))`,
    to: `            s->cur_func = s->cur_func->parent;
        field_done:
            if (js_parse_expect_semi(s))`,
  },
  // A variable that no inner function has is used behind its declaration, or tsc would have said so.
  {
    from: `                                dbuf_putc(&bc_out, OP_set_loc_uninitialized);
                                dbuf_put_u16(&bc_out, scope_idx);`,
    to: `                                if (vd->is_captured) {
                                    dbuf_putc(&bc_out, OP_set_loc_uninitialized);
                                    dbuf_put_u16(&bc_out, scope_idx);
                                }`,
  },
  {
    from: `                    if (s->vars[var_idx].is_lexical) {
                        if (op == OP_scope_put_var_init) {`,
    to: `                    if (s->vars[var_idx].is_lexical && (s->vars[var_idx].is_captured || var_name == JS_ATOM_this)) {
                        if (op == OP_scope_put_var_init) {`,
  },
  {
    from: `                    if (s->vars[var_idx].is_lexical) {
                        if (op == OP_scope_get_var_checkthis) {`,
    to: `                    if (s->vars[var_idx].is_lexical && (s->vars[var_idx].is_captured || var_name == JS_ATOM_this)) {
                        if (op == OP_scope_get_var_checkthis) {`,
  },
];
