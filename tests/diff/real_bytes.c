// A real module for tools/fuzz-diff.sh to mutate: bytes, copies, calls through tables.
#define EXPORT(name) __attribute__((export_name(name)))

static unsigned char text[512];
static short samples[128];

static int by_value(int a, int b) {
    return a - b;
}
static int by_digit(int a, int b) {
    return a % 10 - b % 10;
}
static int by_bits(int a, int b) {
    return __builtin_popcount((unsigned)a) - __builtin_popcount((unsigned)b);
}

static int (*const orders[])(int, int) = {by_value, by_digit, by_bits};

EXPORT("sort") int sort(unsigned order, int seed) {
    for (int i = 0; i < 128; i++) {
        samples[i] = (short)(seed * (i + 7) ^ (seed >> 3));
    }
    for (int i = 1; i < 128; i++) {
        short moved = samples[i];
        int j = i;
        for (; j > 0 && orders[order % 3](samples[j - 1], moved) > 0; j--) {
            samples[j] = samples[j - 1];
        }
        samples[j] = moved;
    }
    return samples[0] ^ samples[64] << 8;
}

EXPORT("compress") int compress(int seed) {
    unsigned char *out = text + 256;
    for (int i = 0; i < 256; i++) {
        text[i] = (unsigned char)((seed >> (i / 32)) & 3);
    }
    int length = 0;
    for (int i = 0; i < 256 && length < 250; length += 2) {
        int run = 1;
        while (i + run < 256 && run < 255 && text[i + run] == text[i]) {
            run++;
        }
        out[length] = (unsigned char)run;
        out[length + 1] = text[i];
        i += run;
    }
    return length;
}

EXPORT("switch") int choose(int which, float value) {
    switch (which & 7) {
    case 0:
        return (int)value;
    case 1:
        return which * 3;
    case 2:
        return text[which & 511];
    case 5:
        return samples[which & 127];
    default:
        return -which;
    }
}
