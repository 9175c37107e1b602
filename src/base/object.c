#include "base/object.h"

const char *object_value_type_name(uint8_t type) {
    switch (type) {
    case OBJECT_I32:
        return "i32";
    case OBJECT_I64:
        return "i64";
    case OBJECT_F32:
        return "f32";
    case OBJECT_F64:
        return "f64";
    case OBJECT_V128:
        return "v128";
    case OBJECT_FUNCREF:
        return "funcref";
    case OBJECT_EXTERNREF:
        return "externref";
    default:
        return "unknown type";
    }
}
