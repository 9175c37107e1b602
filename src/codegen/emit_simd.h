// What the files of the vector instructions (emit_simd_*.c) share. Internal to the room.
//
// On the operand stack a v128 is a <16 x i8>; each instruction casts it to the shape it works on,
// which costs nothing. Operations are said with LLVM's generic vector instructions, in a form that
// its x86 back end is known to recognise; lane 0 is the lowest in memory.
#ifndef FAASM_CODEGEN_EMIT_SIMD_H
#define FAASM_CODEGEN_EMIT_SIMD_H

#include "codegen/emitter.h"

enum simd_shape { SIMD_I8X16, SIMD_I16X8, SIMD_I32X4, SIMD_I64X2, SIMD_F32X4, SIMD_F64X2 };

unsigned simd_lane_count(enum simd_shape shape);
LLVMTypeRef simd_lane_type(const struct codegen *codegen, enum simd_shape shape);
LLVMTypeRef simd_type(const struct codegen *codegen, enum simd_shape shape);
// The integer shape with half as many lanes, each twice as wide; and the other way round.
enum simd_shape simd_wider(enum simd_shape shape);
enum simd_shape simd_narrower(enum simd_shape shape);

// Pops a v128 as a vector of the shape; pushes any vector of 128 bits.
LLVMValueRef simd_pop(struct emitter *emitter, enum simd_shape shape);
void simd_push(struct emitter *emitter, LLVMValueRef vector);
LLVMValueRef simd_cast(struct emitter *emitter, LLVMValueRef vector, enum simd_shape shape);

// All `count` lanes the same.
LLVMValueRef simd_splat(struct emitter *emitter, LLVMValueRef lane, unsigned count);
LLVMValueRef simd_splat_integer(struct emitter *emitter, enum simd_shape shape, uint64_t lane);

// Lanes of `left` then of `right`, by `count` (at most 32) indices.
LLVMValueRef simd_shuffle(struct emitter *emitter, LLVMValueRef left, LLVMValueRef right,
                          const uint8_t *indices, unsigned count);
// Every `step`th lane from `first` on, `count` of them.
LLVMValueRef simd_select_lanes(struct emitter *emitter, LLVMValueRef vector, unsigned first,
                               unsigned step, unsigned count);
// `vector` with zeros behind it: twice as many lanes.
LLVMValueRef simd_append_zeros(struct emitter *emitter, LLVMValueRef vector);

// Lanes made twice as wide.
LLVMValueRef simd_extend(struct emitter *emitter, LLVMValueRef vector, LLVMTypeRef type,
                         bool is_signed);
LLVMValueRef simd_extend_half(struct emitter *emitter, LLVMValueRef vector, enum simd_shape narrow,
                              bool high, bool is_signed);

// An intrinsic of two operands of one type, overloaded on it.
LLVMValueRef simd_intrinsic(struct emitter *emitter, const char *name, LLVMValueRef left,
                            LLVMValueRef right);

#endif
