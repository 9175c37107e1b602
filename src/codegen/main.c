#include "codegen/program.h"

int main(int argc, char **argv) {
    struct program_options options;
    program_parse_options(argc, argv, &options);
    return program_run(&options);
}
