// C++ exceptions in a guest: prints a line for each thing that holds, which tests/e2e/exceptions.sh
// compares. With an argument, or an
// input, it ends in one of the ways that exceptions can end a program.
#include <faasm.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace shop {
static int alive;

struct Tracked {
    Tracked() { alive++; }
    Tracked(const Tracked &) { alive++; }
    ~Tracked() { alive--; }
};

struct Base : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Derived : Base {
    Tracked tracked;
    explicit Derived(const char *text) : Base(text) {}
};

struct Half {
    Tracked first;
    explicit Half(bool fails) {
        if (fails) {
            throw 42;
        }
    }
    Tracked second;
};

struct Left {
    virtual ~Left() = default;
    int left = 1;
};
struct Right {
    virtual ~Right() = default;
    int right = 2;
};
struct Both : Left, Right {};
} // namespace shop

using namespace shop;

[[gnu::noinline]] static void fall(int depth) {
    Tracked tracked;
    if (depth == 0) {
        throw Derived("fallen");
    }
    fall(depth - 1);
    std::printf("not reached\n");
}

static void catches_by_base() {
    try {
        fall(20);
    } catch (const std::exception &error) {
        std::printf("base: %s, alive %d\n", error.what(), alive);
    }
    try {
        throw Both();
    } catch (const Right &right) {
        std::printf("second base: %d\n", right.right);
    }
    try {
        throw static_cast<const char *>("pointer");
    } catch (const void *text) {
        std::printf("%s\n", static_cast<const char *>(text));
    }
    std::printf("after: alive %d\n", alive);
}

static void throws_from_constructors() {
    try {
        Half half(true);
    } catch (int number) {
        std::printf("constructor: %d, alive %d\n", number, alive);
    }
    try {
        std::vector<Half> halves;
        halves.emplace_back(false);
        halves.emplace_back(true);
    } catch (int number) {
        std::printf("element: %d, alive %d\n", number, alive);
    }
}

static void rethrows() {
    try {
        try {
            fall(3);
        } catch (const Base &error) {
            std::printf("inner: %s\n", error.what());
            try {
                throw 7;
            } catch (int number) {
                std::printf("between: %d\n", number);
            }
            throw;
        }
    } catch (const std::runtime_error &error) {
        std::printf("outer: %s, alive %d\n", error.what(), alive);
    }
    try {
        try {
            throw std::runtime_error("cause");
        } catch (...) {
            std::throw_with_nested(std::logic_error("effect"));
        }
    } catch (const std::exception &error) {
        try {
            std::rethrow_if_nested(error);
        } catch (const std::exception &cause) {
            std::printf("%s, because of %s\n", error.what(), cause.what());
        }
    }
}

static void holds_pointers() {
    std::exception_ptr held;
    try {
        fall(2);
    } catch (...) {
        held = std::current_exception();
    }
    std::printf("held: alive %d\n", alive);
    for (int i = 0; i < 2; i++) {
        try {
            std::rethrow_exception(held);
        } catch (const Derived &error) {
            std::printf("again: %s, uncaught %d\n", error.what(), std::uncaught_exceptions());
        }
    }
    held = nullptr;
    std::printf("released: alive %d\n", alive);
    try {
        std::rethrow_exception(std::make_exception_ptr(std::logic_error("made")));
    } catch (const std::logic_error &error) {
        std::printf("%s\n", error.what());
    }
}

// What the system's libraries throw, although they were built without exceptions.
template <typename Error, typename Task> static void expect(const char *name, Task task) {
    try {
        task();
        std::printf("%s: nothing thrown\n", name);
    } catch (const Error &error) {
        std::printf("%s: %s\n", name, error.what());
    }
}

static void library_throws() {
    volatile std::size_t huge = 3500000000u;
    expect<std::out_of_range>("string::at", [] { std::string("abc").at(7); });
    expect<std::out_of_range>("vector::at", [] { std::vector<int>().at(3) = 1; });
    expect<std::invalid_argument>("stoi", [] { std::stoi("number"); });
    expect<std::out_of_range>("stoi", [] { std::stoi("99999999999"); });
    expect<std::bad_alloc>("new", [&] { std::printf("%p\n", operator new(huge)); });
    expect<std::length_error>("resize", [] {
        std::string text;
        text.resize(text.max_size() + 1);
    });
    expect<std::bad_cast>("dynamic_cast", [] {
        Right right;
        Right &reference = right;
        (void)dynamic_cast<Both &>(reference);
    });
    expect<std::exception>("ios", [] {
        std::cout.exceptions(std::ios::badbit);
        std::cout.setstate(std::ios::badbit);
    });
}

// Nothing is left of a million exceptions.
static void drops_them() {
    int sum = 0;
    for (int i = 0; i < 1000000; i++) {
        try {
            throw i;
        } catch (int number) {
            sum += number % 3;
        }
    }
    std::printf("a million: %d\n", sum);
}

static int end_by(const std::string &way) {
    if (way == "uncaught") {
        throw Derived("nobody wants it");
    }
    if (way == "number") {
        throw 5;
    }
    if (way == "noexcept") {
        [](int number) noexcept { // NOLINT: it is meant to
            std::vector<int>(2).at(static_cast<std::size_t>(number));
        }(9);
    }
    if (way == "handler") {
        std::set_terminate([] {
            std::printf("the program's own\n");
            std::exit(7);
        });
        throw std::runtime_error("handled");
    }
    if (way == "forever") {
        for (;;) {
            try {
                fall(3);
            } catch (...) {
            }
        }
    }
    return 1;
}

int main(int count, char **arguments) {
    char input[32];
    std::size_t length = read_call_input(input, sizeof input);
    if (count > 1 || length > 0) {
        return end_by(count > 1 ? arguments[1] : std::string(input, length));
    }
    catches_by_base();
    throws_from_constructors();
    rethrows();
    holds_pointers();
    library_throws();
    drops_them();
    return alive;
}
