#include "codegen/program.h"

int main(int argc, char **argv) {
    struct program_options options;
    program_parse_options(argc, argv, &options);
    program_tune_allocator(&options, argv);
    return program_run(&options);
}
