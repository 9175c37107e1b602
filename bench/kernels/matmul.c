// Dense matrix product, row by row, in double precision.
#include <stdio.h>

enum { N = 640 };

static double a[N][N], b[N][N], c[N][N];

int main(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(i * j % 17) / 17;
            b[i][j] = (double)((i + j) % 23) / 23;
        }
    }
    for (int repeat = 0; repeat < 4; repeat++) {
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < N; k++) {
                for (int j = 0; j < N; j++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
    }
    double sum = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            sum += c[i][j];
        }
    }
    printf("%.6f\n", sum);
    return 0;
}
