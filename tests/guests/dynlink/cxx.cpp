// A C++ module: constructors and destructors, virtual functions, the library of the program.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {
struct noisy {
    std::string name;
    explicit noisy(const char *given) : name(given) {
        std::cout << "made " << name << std::endl;
    }
    ~noisy() {
        std::cout << "gone " << name << std::endl;
    }
};
noisy first("first"), second("second");
} // namespace

struct shape {
    virtual ~shape() = default;
    virtual int corners() const {
        return 0;
    }
};
struct square : shape {
    int corners() const override {
        return 4;
    }
};

extern "C" int cxx_corners() {
    std::vector<std::unique_ptr<shape>> shapes;
    shapes.push_back(std::make_unique<shape>());
    shapes.push_back(std::make_unique<square>());
    int sum = 0;
    for (const auto &each : shapes) {
        sum += each->corners();
    }
    return sum;
}

extern "C" const char *cxx_text() {
    return second.name.c_str();
}
