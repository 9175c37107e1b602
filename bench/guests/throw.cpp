// Throw and catch across ten frames: nanoseconds for one, the best of nine rounds. With an argument
// each frame has something to destroy. The same source is built for the host (eh_throw10 in
// bench/run.sh).
#include <cstdio>
#include <stdexcept>
#include <time.h>

enum { FRAMES = 10, ROUNDS = 9, THROWS = 20000 };

static volatile int sink;

struct Guard {
    int value;
    explicit Guard(int number) : value(number) {}
    ~Guard() { sink = sink + value; }
};

[[gnu::noinline]] static int fall(int depth) {
    if (depth == 1) {
        throw std::runtime_error("thrown");
    }
    return fall(depth - 1) + sink;
}

[[gnu::noinline]] static int fall_guarded(int depth) {
    Guard guard(depth);
    if (depth == 1) {
        throw std::runtime_error("thrown");
    }
    return fall_guarded(depth - 1) + sink;
}

static double now() {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

static double round(bool guarded) {
    double begin = now();
    for (int i = 0; i < THROWS; i++) {
        try {
            sink = guarded ? fall_guarded(FRAMES) : fall(FRAMES);
        } catch (const std::runtime_error &error) {
            sink = error.what()[0];
        }
    }
    return (now() - begin) / THROWS;
}

int main(int count, char **) {
    double best = round(count > 1);
    for (int i = 1; i < ROUNDS; i++) {
        double time = round(count > 1);
        best = time < best ? time : best;
    }
    std::printf("%.1f\n", best);
}
