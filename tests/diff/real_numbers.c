// A real module for tools/fuzz-diff.sh to mutate: arithmetic on integers and floating point.
#define EXPORT(name) __attribute__((export_name(name)))

static unsigned table[64];
static double matrix[8][8];

EXPORT("checksum") unsigned checksum(unsigned seed) {
    unsigned sum = seed;
    for (int i = 0; i < 64; i++) {
        table[i] = (sum * 2654435761u) ^ (sum >> 13);
        sum += table[i] ^ (sum << 5);
    }
    return sum;
}

EXPORT("collatz") int collatz(unsigned long long number) {
    int steps = 0;
    while (number > 1 && steps < 500) {
        number = number % 2 == 0 ? number / 2 : 3 * number + 1;
        steps++;
    }
    return steps;
}

EXPORT("product") double product(double a, float b) {
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            matrix[i][j] = a * i - (double)b / (j + 1);
        }
    }
    double trace = 0;
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 8; k++) {
            trace += matrix[i][k] * matrix[k][i];
        }
    }
    return trace;
}

EXPORT("divide") long long divide(long long a, long long b) {
    return a / b + a % (b - 1);
}
