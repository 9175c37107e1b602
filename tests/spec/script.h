// Runs the commands of one script of the suite.
#ifndef FAASM_TESTS_SPEC_SCRIPT_H
#define FAASM_TESTS_SPEC_SCRIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

// Where results go: lines "P", "F<tab>place: message", "S<tab>reason", one for each command.
struct script_report {
    FILE *lines;
    const char *file; // the .wast's name as shown
};

void script_passed(const struct script_report *report);
void script_failed(const struct script_report *report, long line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void script_skipped(const struct script_report *report, const char *reason);

struct script_options {
    const char *codegen;  // path of faasm-codegen
    const char *features; // its option of that name
    const char *folder;   // of the .json and the .wasm files, also for the objects
    const char *spectest; // object of the module "spectest"
};

// `commands` is the array of wast2json's output. False (reported as a failure) when even the
// set-up fails.
bool script_run(const json_t *commands, const struct script_options *options,
                const struct script_report *report);

#endif
