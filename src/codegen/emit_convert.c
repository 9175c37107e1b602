// Conversions between number types.
#include "codegen/emitter.h"

#include <llvm-c/Core.h>

enum conversion {
    TRUNCATE_CHECKED,
    TRUNCATE_SATURATED,
    FROM_INTEGER,
    WRAP,
    EXTEND,      // i32 to i64
    SIGN_EXTEND, // the low bits within a type
    DEMOTE,
    PROMOTE,
    REINTERPRET,
};

struct row {
    uint8_t conversion;
    uint8_t type; // of the result
    bool is_signed;
    uint8_t width; // SIGN_EXTEND
};

static const struct row rows[WASM_OP_COUNT] = {
    [WASM_OP_I32_WRAP_I64] = {WRAP, OBJECT_I32, false, 0},
    [WASM_OP_I32_TRUNC_F32_S] = {TRUNCATE_CHECKED, OBJECT_I32, true, 0},
    [WASM_OP_I32_TRUNC_F32_U] = {TRUNCATE_CHECKED, OBJECT_I32, false, 0},
    [WASM_OP_I32_TRUNC_F64_S] = {TRUNCATE_CHECKED, OBJECT_I32, true, 0},
    [WASM_OP_I32_TRUNC_F64_U] = {TRUNCATE_CHECKED, OBJECT_I32, false, 0},
    [WASM_OP_I64_EXTEND_I32_S] = {EXTEND, OBJECT_I64, true, 0},
    [WASM_OP_I64_EXTEND_I32_U] = {EXTEND, OBJECT_I64, false, 0},
    [WASM_OP_I64_TRUNC_F32_S] = {TRUNCATE_CHECKED, OBJECT_I64, true, 0},
    [WASM_OP_I64_TRUNC_F32_U] = {TRUNCATE_CHECKED, OBJECT_I64, false, 0},
    [WASM_OP_I64_TRUNC_F64_S] = {TRUNCATE_CHECKED, OBJECT_I64, true, 0},
    [WASM_OP_I64_TRUNC_F64_U] = {TRUNCATE_CHECKED, OBJECT_I64, false, 0},
    [WASM_OP_F32_CONVERT_I32_S] = {FROM_INTEGER, OBJECT_F32, true, 0},
    [WASM_OP_F32_CONVERT_I32_U] = {FROM_INTEGER, OBJECT_F32, false, 0},
    [WASM_OP_F32_CONVERT_I64_S] = {FROM_INTEGER, OBJECT_F32, true, 0},
    [WASM_OP_F32_CONVERT_I64_U] = {FROM_INTEGER, OBJECT_F32, false, 0},
    [WASM_OP_F32_DEMOTE_F64] = {DEMOTE, OBJECT_F32, false, 0},
    [WASM_OP_F64_CONVERT_I32_S] = {FROM_INTEGER, OBJECT_F64, true, 0},
    [WASM_OP_F64_CONVERT_I32_U] = {FROM_INTEGER, OBJECT_F64, false, 0},
    [WASM_OP_F64_CONVERT_I64_S] = {FROM_INTEGER, OBJECT_F64, true, 0},
    [WASM_OP_F64_CONVERT_I64_U] = {FROM_INTEGER, OBJECT_F64, false, 0},
    [WASM_OP_F64_PROMOTE_F32] = {PROMOTE, OBJECT_F64, false, 0},
    [WASM_OP_I32_REINTERPRET_F32] = {REINTERPRET, OBJECT_I32, false, 0},
    [WASM_OP_I64_REINTERPRET_F64] = {REINTERPRET, OBJECT_I64, false, 0},
    [WASM_OP_F32_REINTERPRET_I32] = {REINTERPRET, OBJECT_F32, false, 0},
    [WASM_OP_F64_REINTERPRET_I64] = {REINTERPRET, OBJECT_F64, false, 0},
    [WASM_OP_I32_EXTEND8_S] = {SIGN_EXTEND, OBJECT_I32, true, 8},
    [WASM_OP_I32_EXTEND16_S] = {SIGN_EXTEND, OBJECT_I32, true, 16},
    [WASM_OP_I64_EXTEND8_S] = {SIGN_EXTEND, OBJECT_I64, true, 8},
    [WASM_OP_I64_EXTEND16_S] = {SIGN_EXTEND, OBJECT_I64, true, 16},
    [WASM_OP_I64_EXTEND32_S] = {SIGN_EXTEND, OBJECT_I64, true, 32},
    [WASM_OP_I32_TRUNC_SAT_F32_S] = {TRUNCATE_SATURATED, OBJECT_I32, true, 0},
    [WASM_OP_I32_TRUNC_SAT_F32_U] = {TRUNCATE_SATURATED, OBJECT_I32, false, 0},
    [WASM_OP_I32_TRUNC_SAT_F64_S] = {TRUNCATE_SATURATED, OBJECT_I32, true, 0},
    [WASM_OP_I32_TRUNC_SAT_F64_U] = {TRUNCATE_SATURATED, OBJECT_I32, false, 0},
    [WASM_OP_I64_TRUNC_SAT_F32_S] = {TRUNCATE_SATURATED, OBJECT_I64, true, 0},
    [WASM_OP_I64_TRUNC_SAT_F32_U] = {TRUNCATE_SATURATED, OBJECT_I64, false, 0},
    [WASM_OP_I64_TRUNC_SAT_F64_S] = {TRUNCATE_SATURATED, OBJECT_I64, true, 0},
    [WASM_OP_I64_TRUNC_SAT_F64_U] = {TRUNCATE_SATURATED, OBJECT_I64, false, 0},
};

// The limits of the values that truncate to the integer type. The lower one is excluded, unless
// the number below it is no value of the float type: then it is the least integer and included.
struct range {
    double low, high;
    bool low_included;
};

static struct range integer_range(struct row row, bool from_f32) {
    if (!row.is_signed) {
        return (struct range){-1.0, row.type == OBJECT_I32 ? 0x1p32 : 0x1p64, false};
    }
    if (row.type == OBJECT_I64) {
        return (struct range){-0x1p63, 0x1p63, true};
    }
    return from_f32 ? (struct range){-0x1p31, 0x1p31, true}
                    : (struct range){-0x1p31 - 1, 0x1p31, false};
}

static LLVMValueRef truncate_checked(struct emitter *emitter, struct row row, LLVMValueRef value) {
    struct codegen *codegen = emitter->codegen;
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef from = LLVMTypeOf(value);
    struct range range = integer_range(row, from == codegen->f32);
    LLVMValueRef above = LLVMBuildFCmp(builder, range.low_included ? LLVMRealOGE : LLVMRealOGT,
                                       value, LLVMConstReal(from, range.low), "");
    LLVMValueRef below =
        LLVMBuildFCmp(builder, LLVMRealOLT, value, LLVMConstReal(from, range.high), "");
    LLVMValueRef outside = LLVMBuildNot(builder, LLVMBuildAnd(builder, above, below, ""), "");
    LLVMBasicBlockRef failed = emitter_append_block(emitter);
    LLVMBasicBlockRef next = emitter_append_block(emitter);
    emitter_branch_unlikely(emitter, outside, failed, next);

    LLVMPositionBuilderAtEnd(builder, failed);
    LLVMBuildCondBr(builder, LLVMBuildFCmp(builder, LLVMRealUNO, value, value, ""),
                    emitter_trap_block(emitter, OBJECT_TRAP_INVALID_CONVERSION),
                    emitter_trap_block(emitter, OBJECT_TRAP_INTEGER_OVERFLOW));
    emitter_continue(emitter, next);

    LLVMTypeRef to = codegen_value_type(codegen, row.type);
    return row.is_signed ? LLVMBuildFPToSI(builder, value, to, "")
                         : LLVMBuildFPToUI(builder, value, to, "");
}

static LLVMValueRef truncate_saturated(struct emitter *emitter, struct row row,
                                       LLVMValueRef value) {
    LLVMTypeRef types[] = {codegen_value_type(emitter->codegen, row.type), LLVMTypeOf(value)};
    return codegen_intrinsic(emitter->codegen,
                             row.is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat", types, 2,
                             &value, 1);
}

static LLVMValueRef sign_extend(struct emitter *emitter, struct row row, LLVMValueRef value) {
    LLVMTypeRef narrow = LLVMIntTypeInContext(emitter->codegen->context, row.width);
    LLVMValueRef low = LLVMBuildTrunc(emitter->builder, value, narrow, "");
    return LLVMBuildSExt(emitter->builder, low, LLVMTypeOf(value), "");
}

// LLVM would fold the demotion of a promoted value to the value, without quieting a NaN.
static LLVMValueRef demote(struct emitter *emitter, LLVMValueRef value) {
    if (LLVMIsAFPExtInst(value) != NULL) {
        value = emitter_hide_float(emitter, value);
    }
    return LLVMBuildFPTrunc(emitter->builder, value, emitter->codegen->f32, "");
}

static LLVMValueRef convert(struct emitter *emitter, struct row row, LLVMValueRef value) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef to = codegen_value_type(emitter->codegen, row.type);
    switch ((enum conversion)row.conversion) {
    case TRUNCATE_CHECKED:
        return truncate_checked(emitter, row, value);
    case TRUNCATE_SATURATED:
        return truncate_saturated(emitter, row, value);
    case FROM_INTEGER:
        return row.is_signed ? LLVMBuildSIToFP(builder, value, to, "")
                             : LLVMBuildUIToFP(builder, value, to, "");
    case WRAP:
        return LLVMBuildTrunc(builder, value, to, "");
    case EXTEND:
        return row.is_signed ? LLVMBuildSExt(builder, value, to, "")
                             : LLVMBuildZExt(builder, value, to, "");
    case SIGN_EXTEND:
        return sign_extend(emitter, row, value);
    case DEMOTE:
        return demote(emitter, value);
    case PROMOTE:
        return LLVMBuildFPExt(builder, value, to, "");
    case REINTERPRET:
        return LLVMBuildBitCast(builder, value, to, "");
    }
    return NULL;
}

void emit_convert(struct emitter *emitter, const struct wasm_instruction *instruction) {
    LLVMValueRef value = emitter_pop(emitter);
    emitter_push(emitter, convert(emitter, rows[instruction->opcode], value));
}
