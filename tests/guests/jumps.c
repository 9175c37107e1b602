// setjmp and longjmp in a guest: prints a line for each thing that holds, which
// tests/e2e/exceptions.sh compares.
// With an argument it jumps where there is nothing any more.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf outer, inner;
static int calls;

__attribute__((noinline)) static void deep(int depth, jmp_buf *target, int value) {
    if (depth == 0) {
        longjmp(*target, value);
    }
    deep(depth - 1, target, value);
    calls++;
}

static int counts(void) {
    volatile int count = 0;
    int value = setjmp(outer);
    if (count < 5) {
        count++;
        longjmp(outer, value + 2);
    }
    return value;
}

// The inner function has its own; what is for the outer one passes by it.
static int nested(void) {
    int value = setjmp(inner);
    if (value == 0) {
        deep(10, &inner, 3);
    }
    if (value == 3) {
        deep(10, &outer, 40);
    }
    return value;
}

static void handler_chain(int level, char *trace) {
    jmp_buf here;
    if (setjmp(here) == 0) {
        if (level < 3) {
            handler_chain(level + 1, trace);
        }
        deep(2, &here, 1);
    } else {
        strcat(trace, level == 1 ? "1" : level == 2 ? "2" : "3");
    }
}

static void returns(void) {
    (void)!setjmp(inner);
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1) { // to a function that has returned
        returns();
        longjmp(inner, 1);
    }
    char trace[16] = "";
    printf("counted %d\n", counts());
    int value = setjmp(outer);
    if (value == 0) {
        printf("nested returned %d\n", nested());
    } else {
        printf("jumped %d\n", value);
    }
    handler_chain(1, trace);
    printf("chain %s\n", trace);
    switch (setjmp(inner)) {
    case 0:
        deep(5, &inner, 0); // 0 becomes 1
        break;
    case 1:
        puts("one");
        break;
    default:
        puts("wrong");
    }
    long sum = 0;
    for (volatile int i = 0; i < 100000; i++) {
        int got = setjmp(inner);
        if (got == 0) {
            deep(3, &inner, i % 7 + 1);
        }
        sum += got;
    }
    printf("sum %ld, calls %d\n", sum, calls);
    return 0;
}
