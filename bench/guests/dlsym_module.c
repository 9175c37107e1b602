// The side module of dlsym.c.
int step_of_module(int x);

int step_of_module(int x) {
    return x * 3 + 1;
}
