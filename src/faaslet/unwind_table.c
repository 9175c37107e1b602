#include "faaslet/unwind_table.h"

#include <stddef.h>
#include <string.h>

// ---- Reading ------------------------------------------------------------------------------------

// Reads forward; past the end everything is 0 and `failed` is set.
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static bool take(struct cursor *cursor, void *value, size_t size) {
    memset(value, 0, size);
    if (cursor->failed || (size_t)(cursor->end - cursor->at) < size) {
        cursor->failed = true;
        return false;
    }
    memcpy(value, cursor->at, size);
    cursor->at += size;
    return true;
}

static uint8_t take_byte(struct cursor *cursor) {
    uint8_t byte;
    take(cursor, &byte, sizeof byte);
    return byte;
}

static uint16_t take_u16(struct cursor *cursor) {
    uint16_t value;
    take(cursor, &value, sizeof value);
    return value;
}

static uint32_t take_u32(struct cursor *cursor) {
    uint32_t value;
    take(cursor, &value, sizeof value);
    return value;
}

static uint64_t take_leb(struct cursor *cursor, bool is_signed) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = take_byte(cursor);
        if (shift < 64) {
            value |= (uint64_t)(byte & 0x7f) << shift;
        }
        shift += 7;
    } while ((byte & 0x80) != 0);
    if (is_signed && shift < 64 && (byte & 0x40) != 0) {
        value |= UINT64_MAX << shift;
    }
    return value;
}

static uint64_t take_unsigned(struct cursor *cursor) {
    return take_leb(cursor, false);
}

static int64_t take_signed(struct cursor *cursor) {
    return (int64_t)take_leb(cursor, true);
}

// Goes on `count` bytes ahead.
static void skip(struct cursor *cursor, uint64_t count) {
    if (cursor->failed || count > (uint64_t)(cursor->end - cursor->at)) {
        cursor->failed = true;
    } else {
        cursor->at += count;
    }
}

// How pointers are encoded, of which position-independent code has these: relative to where they
// are, four bytes.
enum { POINTER_RELATIVE_S4 = 0x1b, POINTER_INDIRECT = 0x80, POINTER_OMITTED = 0xff };

static uintptr_t take_relative(struct cursor *cursor) {
    uintptr_t from = (uintptr_t)cursor->at;
    return from + (uintptr_t)(intptr_t)(int32_t)take_u32(cursor);
}

static struct cursor cursor_at(const struct unwind_tables *tables, uintptr_t address) {
    uintptr_t begin = (uintptr_t)tables->begin;
    uintptr_t end = (uintptr_t)tables->end;
    bool inside = address >= begin && address <= end;
    return (struct cursor){
        .at = inside ? tables->begin + (address - begin) : tables->end,
        .end = tables->end,
        .failed = !inside,
    };
}

// ---- .eh_frame_hdr ------------------------------------------------------------------------------

struct search_entry {
    int32_t function; // both relative to the header
    int32_t description;
};

static struct search_entry entry_at(const uint8_t *entries, size_t number) {
    struct search_entry entry;
    memcpy(&entry, entries + number * sizeof entry, sizeof entry);
    return entry;
}

// The address of the frame description of the last function that begins at or before `place`; 0
// where there is none.
static uintptr_t find_description(const struct unwind_tables *tables, uintptr_t place) {
    enum { VERSION = 1, COUNT_U4 = 0x03, FROM_HEADER_S4 = 0x3b };
    struct cursor cursor = cursor_at(tables, (uintptr_t)tables->header);
    uint8_t version = take_byte(&cursor);
    uint8_t frame_encoding = take_byte(&cursor);
    uint8_t count_encoding = take_byte(&cursor);
    uint8_t entry_encoding = take_byte(&cursor);
    if (version != VERSION || frame_encoding != POINTER_RELATIVE_S4 || count_encoding != COUNT_U4 ||
        entry_encoding != FROM_HEADER_S4) {
        return 0;
    }
    take_u32(&cursor);
    size_t count = take_u32(&cursor);
    if (cursor.failed || count > (size_t)(cursor.end - cursor.at) / sizeof(struct search_entry)) {
        return 0;
    }
    int64_t wanted = (int64_t)(place - (uintptr_t)tables->header);
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry_at(cursor.at, middle).function <= wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? 0
                    : (uintptr_t)tables->header +
                          (uintptr_t)(intptr_t)entry_at(cursor.at, low - 1).description;
}

// ---- .eh_frame ----------------------------------------------------------------------------------

// What the descriptions of functions have in common.
struct common {
    uint64_t code_factor;
    int64_t data_factor;
    bool has_augmentation; // descriptions have one, too
    bool has_landing_pads; // and in it the address of a table of landing pads
    struct cursor program;
};

// A record with its length; `cursor` is limited to it.
static uint32_t open_record(struct cursor *cursor) {
    uint32_t length = take_u32(cursor);
    if (length == 0 || length == UINT32_MAX || length > (size_t)(cursor->end - cursor->at)) {
        cursor->failed = true;
    } else {
        cursor->end = cursor->at + length;
    }
    return take_u32(cursor);
}

static void read_augmentation(struct cursor *cursor, const uint8_t *letters,
                              struct common *common) {
    for (; *letters != '\0' && !cursor->failed; letters++) {
        if (*letters == 'R') {
            cursor->failed = cursor->failed || take_byte(cursor) != POINTER_RELATIVE_S4;
        } else if (*letters == 'P') {
            uint8_t encoding = take_byte(cursor);
            cursor->failed =
                cursor->failed || (encoding & ~POINTER_INDIRECT) != POINTER_RELATIVE_S4;
            take_u32(cursor);
        } else if (*letters == 'L') {
            cursor->failed = cursor->failed || take_byte(cursor) != POINTER_RELATIVE_S4;
            common->has_landing_pads = true;
        } else {
            cursor->failed = true;
        }
    }
}

static bool read_common(const struct unwind_tables *tables, uintptr_t address,
                        struct common *common) {
    enum { VERSION = 1, RETURN_ADDRESS = 16 };
    struct cursor cursor = cursor_at(tables, address);
    uint32_t identifier = open_record(&cursor);
    uint8_t version = take_byte(&cursor);
    const uint8_t *letters = cursor.at;
    const uint8_t *end =
        cursor.failed ? NULL : memchr(letters, '\0', (size_t)(cursor.end - letters));
    if (end == NULL || identifier != 0 || version != VERSION) {
        return false;
    }
    cursor.at = end + 1;
    *common = (struct common){.has_augmentation = letters[0] == 'z'};
    common->code_factor = take_unsigned(&cursor);
    common->data_factor = take_signed(&cursor);
    uint8_t return_address = take_byte(&cursor);
    if (common->has_augmentation) {
        uint64_t length = take_unsigned(&cursor);
        struct cursor augmentation = cursor;
        read_augmentation(&augmentation, letters + 1, common);
        skip(&cursor, length);
        cursor.failed = cursor.failed || augmentation.failed;
    }
    common->program = cursor;
    return !cursor.failed && return_address == RETURN_ADDRESS && common->has_augmentation;
}

// The description of one function.
struct description {
    struct common common;
    uintptr_t begin;
    uintptr_t landing_pads; // address of its table; 0 where there is none
    struct cursor program;
};

static bool read_description(const struct unwind_tables *tables, uintptr_t address, uintptr_t place,
                             struct description *description) {
    struct cursor cursor = cursor_at(tables, address);
    uint32_t distance = open_record(&cursor);
    if (cursor.failed || distance == 0 ||
        !read_common(tables, (uintptr_t)cursor.at - sizeof distance - distance,
                     &description->common)) {
        return false;
    }
    description->begin = take_relative(&cursor);
    uint32_t length = take_u32(&cursor);
    if (place < description->begin || place - description->begin >= length) {
        return false;
    }
    uint64_t augmentation_length = take_unsigned(&cursor);
    struct cursor augmentation = cursor;
    skip(&cursor, augmentation_length);
    description->landing_pads = 0;
    if (description->common.has_landing_pads) {
        uintptr_t target = take_relative(&augmentation);
        description->landing_pads = target == (uintptr_t)augmentation.at - 4 ? 0 : target;
    }
    description->program = cursor;
    return !cursor.failed && !augmentation.failed;
}

// ---- Call frame instructions --------------------------------------------------------------------

enum { REGISTER_RSP = 7, REGISTER_RBP = 6 };

struct frame_state {
    uint64_t end_register;
    int64_t end_offset;
    int64_t saved[UNWIND_SAVED];
};

struct frame_machine {
    const struct common *common;
    uintptr_t location; // the state holds from here on
    struct frame_state state;
    struct frame_state remembered[4];
    unsigned depth;
};

// The index of a register that calls preserve; UNWIND_SAVED for others.
static unsigned saved_index(uint64_t number) {
    static const uint8_t numbers[UNWIND_SAVED] = {3, 6, 12, 13, 14, 15};
    unsigned index = 0;
    while (index < UNWIND_SAVED && numbers[index] != number) {
        index++;
    }
    return index;
}

static void save_register(struct frame_machine *machine, uint64_t number, int64_t offset) {
    unsigned index = saved_index(number);
    if (index < UNWIND_SAVED) {
        machine->state.saved[index] = offset * machine->common->data_factor;
    }
}

// The codes of DW_CFA_*; the first three have an operand in their low six bits.
enum {
    FRAME_ADVANCE = 1,
    FRAME_OFFSET = 2,
    FRAME_RESTORE = 3,
    FRAME_NOP = 0x00,
    FRAME_ADVANCE_1 = 0x02,
    FRAME_ADVANCE_2 = 0x03,
    FRAME_ADVANCE_4 = 0x04,
    FRAME_OFFSET_EXTENDED = 0x05,
    FRAME_REMEMBER = 0x0a,
    FRAME_RECALL = 0x0b,
    FRAME_END = 0x0c,
    FRAME_END_REGISTER = 0x0d,
    FRAME_END_OFFSET = 0x0e,
    FRAME_ARGUMENTS_SIZE = 0x2e,
};

static bool remember(struct frame_machine *machine) {
    if (machine->depth == sizeof machine->remembered / sizeof machine->remembered[0]) {
        return false;
    }
    machine->remembered[machine->depth++] = machine->state;
    return true;
}

static bool recall(struct frame_machine *machine) {
    if (machine->depth == 0) {
        return false;
    }
    machine->state = machine->remembered[--machine->depth];
    return true;
}

static bool run_extended(struct frame_machine *machine, uint8_t code, struct cursor *program) {
    uint64_t number;
    switch (code) {
    case FRAME_NOP:
        return true;
    case FRAME_ADVANCE_1:
        machine->location += take_byte(program) * machine->common->code_factor;
        return true;
    case FRAME_ADVANCE_2:
        machine->location += take_u16(program) * machine->common->code_factor;
        return true;
    case FRAME_ADVANCE_4:
        machine->location += take_u32(program) * machine->common->code_factor;
        return true;
    case FRAME_OFFSET_EXTENDED:
        number = take_unsigned(program);
        save_register(machine, number, (int64_t)take_unsigned(program));
        return true;
    case FRAME_REMEMBER:
        return remember(machine);
    case FRAME_RECALL:
        return recall(machine);
    case FRAME_END:
        machine->state.end_register = take_unsigned(program);
        machine->state.end_offset = (int64_t)take_unsigned(program);
        return true;
    case FRAME_END_REGISTER:
        machine->state.end_register = take_unsigned(program);
        return true;
    case FRAME_END_OFFSET:
        machine->state.end_offset = (int64_t)take_unsigned(program);
        return true;
    case FRAME_ARGUMENTS_SIZE:
        take_unsigned(program);
        return true;
    default:
        return false;
    }
}

// Runs a program up to where it has passed `place`.
static bool run_program(struct frame_machine *machine, struct cursor program, uintptr_t place) {
    while (program.at < program.end) {
        uint8_t byte = take_byte(&program);
        uint8_t operand = byte & 0x3f;
        struct frame_state before = machine->state;
        uintptr_t location = machine->location;
        switch (byte >> 6) {
        case FRAME_ADVANCE:
            machine->location += operand * machine->common->code_factor;
            break;
        case FRAME_OFFSET:
            save_register(machine, operand, (int64_t)take_unsigned(&program));
            break;
        case FRAME_RESTORE:
            save_register(machine, operand, 0);
            break;
        default:
            if (!run_extended(machine, byte, &program)) {
                return false;
            }
        }
        if (program.failed) {
            return false;
        }
        if (machine->location != location && machine->location > place) {
            machine->state = before;
            return true;
        }
    }
    return true;
}

static bool find_frame(const struct description *description, uintptr_t place,
                       struct unwind_row *row) {
    struct frame_machine machine = {.common = &description->common, .location = 0};
    if (!run_program(&machine, description->common.program, UINTPTR_MAX)) {
        return false;
    }
    machine.location = description->begin;
    machine.depth = 0;
    if (!run_program(&machine, description->program, place)) {
        return false;
    }
    const struct frame_state *state = &machine.state;
    if ((state->end_register != REGISTER_RSP && state->end_register != REGISTER_RBP) ||
        state->end_offset <= 0 || state->end_offset > INT32_MAX) {
        return false;
    }
    row->frame_end = (int32_t)state->end_offset;
    row->from_frame_pointer = state->end_register == REGISTER_RBP;
    for (unsigned i = 0; i < UNWIND_SAVED; i++) {
        if (state->saved[i] > 0 || state->saved[i] < INT32_MIN) {
            return false;
        }
        row->saved[i] = (int32_t)state->saved[i];
    }
    return true;
}

// ---- .gcc_except_table --------------------------------------------------------------------------

// A call without an entry has no landing pad: exceptions pass through.
static bool find_landing(const struct unwind_tables *tables, const struct description *description,
                         uintptr_t place, uintptr_t *landing) {
    enum { OFFSETS_LEB = 0x01 };
    *landing = 0;
    if (description->landing_pads == 0) {
        return true;
    }
    struct cursor cursor = cursor_at(tables, description->landing_pads);
    uint8_t start_encoding = take_byte(&cursor);
    if (take_byte(&cursor) != POINTER_OMITTED) {
        take_unsigned(&cursor); // where the types are
    }
    uint8_t call_encoding = take_byte(&cursor);
    uint64_t length = take_unsigned(&cursor);
    if (start_encoding != POINTER_OMITTED || call_encoding != OFFSETS_LEB || cursor.failed ||
        length > (uint64_t)(cursor.end - cursor.at)) {
        return false;
    }
    cursor.end = cursor.at + length;
    uint64_t wanted = place - description->begin;
    while (cursor.at < cursor.end) {
        uint64_t start = take_unsigned(&cursor);
        uint64_t size = take_unsigned(&cursor);
        uint64_t pad = take_unsigned(&cursor);
        take_unsigned(&cursor); // an action
        if (cursor.failed) {
            return false;
        }
        if (wanted >= start && wanted - start < size) {
            *landing = pad == 0 ? 0 : description->begin + pad;
            return true;
        }
    }
    return true;
}

bool unwind_table_find(const struct unwind_tables *tables, uintptr_t address,
                       struct unwind_row *row) {
    struct description description;
    uintptr_t place = address - 1; // the call; what follows may be another function
    uintptr_t at = tables->header == NULL ? 0 : find_description(tables, place);
    row->address = address;
    return at != 0 && read_description(tables, at, place, &description) &&
           find_frame(&description, place, row) &&
           find_landing(tables, &description, place, &row->landing);
}
