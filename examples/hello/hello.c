// The smallest function: what it prints is the call's log.
#include <stdio.h>

int main(int argc, char **argv) {
    printf("Hello from %s\n", argc > 0 && argv[0][0] ? argv[0] : "a function");
    return 0;
}
