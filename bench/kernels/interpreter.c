// An interpreter of a small stack machine: an indirect call for each instruction.
#include "kernel.h"

enum { STACK = 64, LIMIT = 600 };

struct machine;
typedef void operation(struct machine *, int32_t);

struct instruction {
    operation *run;
    int32_t operand;
};

struct machine {
    const struct instruction *next;
    const struct instruction *code;
    int32_t *top;
    int32_t stack[STACK];
    int32_t variables[8];
    uint32_t running;
};

static void push(struct machine *machine, int32_t operand) {
    *machine->top++ = operand;
}

static void load(struct machine *machine, int32_t operand) {
    *machine->top++ = machine->variables[operand];
}

static void store(struct machine *machine, int32_t operand) {
    machine->variables[operand] = *--machine->top;
}

static void add(struct machine *machine, int32_t operand) {
    (void)operand;
    machine->top--;
    machine->top[-1] = (int32_t)((uint32_t)machine->top[-1] + (uint32_t)machine->top[0]);
}

static void multiply(struct machine *machine, int32_t operand) {
    (void)operand;
    machine->top--;
    machine->top[-1] = (int32_t)((uint32_t)machine->top[-1] * (uint32_t)machine->top[0]);
}

static void exclusive_or(struct machine *machine, int32_t operand) {
    (void)operand;
    machine->top--;
    machine->top[-1] ^= machine->top[0];
}

static void less(struct machine *machine, int32_t operand) {
    (void)operand;
    machine->top--;
    machine->top[-1] = machine->top[-1] < machine->top[0];
}

static void jump_if(struct machine *machine, int32_t operand) {
    if (*--machine->top != 0) {
        machine->next = machine->code + operand;
    }
}

static void stop(struct machine *machine, int32_t operand) {
    (void)operand;
    machine->running = 0;
}

// for (i = 0; i < limit; i++) for (j = 0; j < limit; j++) sum = (sum * 31 + i * j) ^ j;
static const struct instruction program[] = {
    {push, 0},         {store, 0},    // i = 0
    {push, 0},         {store, 1},    // 2: j = 0
    {load, 2},         {push, 31},    // 4: sum * 31
    {multiply, 0},     {load, 0},     //
    {load, 1},         {multiply, 0}, // + i * j
    {add, 0},          {load, 1},     //
    {exclusive_or, 0}, {store, 2},    // ^ j
    {load, 1},         {push, 1},     //
    {add, 0},          {store, 1},    // j++
    {load, 1},         {push, LIMIT}, //
    {less, 0},         {jump_if, 4},  //
    {load, 0},         {push, 1},     //
    {add, 0},          {store, 0},    // i++
    {load, 0},         {push, LIMIT}, //
    {less, 0},         {jump_if, 2},  //
    {stop, 0},
};

static void run(struct machine *machine) {
    while (machine->running) {
        const struct instruction *instruction = machine->next++;
        instruction->run(machine, instruction->operand);
    }
}

static uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (int round = 0; round < 18; round++) {
        struct machine machine = {.next = program, .code = program, .running = 1};
        machine.top = machine.stack;
        machine.variables[2] = round;
        run(&machine);
        checksum = checksum_number(checksum, (uint32_t)machine.variables[2]);
    }
    return checksum;
}
