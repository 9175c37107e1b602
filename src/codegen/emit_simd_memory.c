// Vector loads and stores: whole vectors, extended halves, one lane to all, with zeros, and lanes.
#include "codegen/emit_simd.h"

#include <llvm-c/Core.h>

enum load_kind { LOAD_WHOLE, LOAD_EXTEND, LOAD_SPLAT, LOAD_ZERO };

struct load_row {
    uint8_t kind;
    uint8_t shape; // of what is in memory, in lanes
    bool is_signed;
};

static const struct load_row load_rows[WASM_OP_COUNT] = {
    [WASM_OP_V128_LOAD] = {LOAD_WHOLE, SIMD_I8X16, false},
    [WASM_OP_V128_LOAD8X8_S] = {LOAD_EXTEND, SIMD_I8X16, true},
    [WASM_OP_V128_LOAD8X8_U] = {LOAD_EXTEND, SIMD_I8X16, false},
    [WASM_OP_V128_LOAD16X4_S] = {LOAD_EXTEND, SIMD_I16X8, true},
    [WASM_OP_V128_LOAD16X4_U] = {LOAD_EXTEND, SIMD_I16X8, false},
    [WASM_OP_V128_LOAD32X2_S] = {LOAD_EXTEND, SIMD_I32X4, true},
    [WASM_OP_V128_LOAD32X2_U] = {LOAD_EXTEND, SIMD_I32X4, false},
    [WASM_OP_V128_LOAD8_SPLAT] = {LOAD_SPLAT, SIMD_I8X16, false},
    [WASM_OP_V128_LOAD16_SPLAT] = {LOAD_SPLAT, SIMD_I16X8, false},
    [WASM_OP_V128_LOAD32_SPLAT] = {LOAD_SPLAT, SIMD_I32X4, false},
    [WASM_OP_V128_LOAD64_SPLAT] = {LOAD_SPLAT, SIMD_I64X2, false},
    [WASM_OP_V128_LOAD32_ZERO] = {LOAD_ZERO, SIMD_I32X4, false},
    [WASM_OP_V128_LOAD64_ZERO] = {LOAD_ZERO, SIMD_I64X2, false},
};

static const uint8_t lane_shapes[WASM_OP_COUNT] = {
    [WASM_OP_V128_LOAD8_LANE] = SIMD_I8X16,   [WASM_OP_V128_LOAD16_LANE] = SIMD_I16X8,
    [WASM_OP_V128_LOAD32_LANE] = SIMD_I32X4,  [WASM_OP_V128_LOAD64_LANE] = SIMD_I64X2,
    [WASM_OP_V128_STORE8_LANE] = SIMD_I8X16,  [WASM_OP_V128_STORE16_LANE] = SIMD_I16X8,
    [WASM_OP_V128_STORE32_LANE] = SIMD_I32X4, [WASM_OP_V128_STORE64_LANE] = SIMD_I64X2,
};

static LLVMValueRef load_extended(struct emitter *emitter, struct load_row row,
                                  const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    LLVMTypeRef half =
        LLVMVectorType(simd_lane_type(codegen, row.shape), simd_lane_count(row.shape) / 2);
    LLVMValueRef value = emitter_load_memory(emitter, half, instruction);
    return simd_extend(emitter, value, simd_type(codegen, simd_wider(row.shape)), row.is_signed);
}

void emit_simd_load(struct emitter *emitter, const struct wasm_instruction *instruction) {
    struct codegen *codegen = emitter->codegen;
    struct load_row row = load_rows[instruction->opcode];
    LLVMTypeRef lane = simd_lane_type(codegen, row.shape);
    LLVMValueRef value = NULL;
    switch ((enum load_kind)row.kind) {
    case LOAD_WHOLE:
        value = emitter_load_memory(emitter, codegen->v128, instruction);
        break;
    case LOAD_EXTEND:
        value = load_extended(emitter, row, instruction);
        break;
    case LOAD_SPLAT:
        value = simd_splat(emitter, emitter_load_memory(emitter, lane, instruction),
                           simd_lane_count(row.shape));
        break;
    case LOAD_ZERO:
        value = LLVMBuildInsertElement(
            emitter->builder, LLVMConstNull(simd_type(codegen, row.shape)),
            emitter_load_memory(emitter, lane, instruction), codegen->zero_i32, "");
        break;
    }
    simd_push(emitter, value);
}

void emit_simd_store(struct emitter *emitter, const struct wasm_instruction *instruction) {
    emitter_store_memory(emitter, emitter_pop(emitter), instruction);
}

static LLVMValueRef lane_index(struct emitter *emitter,
                               const struct wasm_instruction *instruction) {
    return codegen_i32(emitter->codegen, instruction->immediate.memarg.lane);
}

void emit_simd_load_lane(struct emitter *emitter, const struct wasm_instruction *instruction) {
    enum simd_shape shape = lane_shapes[instruction->opcode];
    LLVMValueRef vector = simd_pop(emitter, shape);
    LLVMValueRef lane =
        emitter_load_memory(emitter, simd_lane_type(emitter->codegen, shape), instruction);
    simd_push(emitter, LLVMBuildInsertElement(emitter->builder, vector, lane,
                                              lane_index(emitter, instruction), ""));
}

void emit_simd_store_lane(struct emitter *emitter, const struct wasm_instruction *instruction) {
    LLVMValueRef vector = simd_pop(emitter, lane_shapes[instruction->opcode]);
    LLVMValueRef lane =
        LLVMBuildExtractElement(emitter->builder, vector, lane_index(emitter, instruction), "");
    emitter_store_memory(emitter, lane, instruction);
}
