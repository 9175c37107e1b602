// Five bodies under gravity, a symplectic step at a time.
#include "kernel.h"

enum { BODIES = 5, STEPS = 4000000 };

struct body {
    double position[3], velocity[3], mass;
};

static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 39.5},
    {{4.84, -1.16, -0.10}, {0.61, 2.81, -0.025}, 0.0377},
    {{8.34, 4.12, -0.40}, {-1.01, 1.82, 0.0084}, 0.0113},
    {{12.9, -15.1, -0.22}, {1.08, 0.87, -0.011}, 0.00172},
    {{15.4, -25.9, 0.18}, {0.98, 0.59, -0.035}, 0.00204},
};

static void advance(double step) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double distance[3], square = 0;
            for (int k = 0; k < 3; k++) {
                distance[k] = bodies[i].position[k] - bodies[j].position[k];
                square += distance[k] * distance[k];
            }
            double force = step / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                bodies[i].velocity[k] -= distance[k] * bodies[j].mass * force;
                bodies[j].velocity[k] += distance[k] * bodies[i].mass * force;
            }
        }
    }
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].position[k] += step * bodies[i].velocity[k];
        }
    }
}

static uint64_t kernel(void) {
    for (int i = 0; i < STEPS; i++) {
        advance(0.001);
    }
    return checksum_bytes(0, bodies, sizeof bodies);
}
