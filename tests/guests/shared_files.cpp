// std::filesystem on shared files. Each step is one that a call makes on its own: "make", "look" or "remove".
#include <faasm.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>

namespace fs = std::filesystem;

static void look() {
    std::set<std::string> found;
    for (const auto &entry : fs::recursive_directory_iterator("faasm://tree")) {
        std::string size = entry.is_regular_file() ? " " + std::to_string(entry.file_size()) : "";
        found.insert(entry.path().native() + size);
    }
    for (const std::string &line : found) {
        std::cout << line << "\n";
    }
    std::cout << fs::canonical("faasm://tree/./deep/../top").native() << std::endl;
}

int main() {
    std::string step(get_call_input_size(), '\0');
    read_call_input(step.data(), step.size());
    try {
        if (step == "make") {
            fs::create_directories("faasm://tree/deep");
            std::ofstream("faasm://tree/top") << "top";
            fs::copy_file("faasm://tree/top", "faasm://tree/deep/copy");
            fs::copy_file("faasm://tree/top", "/local");
            fs::rename("faasm://tree/deep/copy", "faasm://tree/deep/leaf");
            std::cout << fs::file_size("/local") << std::endl;
        } else if (step == "look") {
            look();
        } else if (step == "link") {
            fs::create_symlink("top", "faasm://tree/link");
        } else {
            std::cout << fs::remove_all("faasm://tree") << std::endl;
        }
    } catch (const fs::filesystem_error &error) {
        std::cout << error.what() << std::endl;
        return 1;
    }
    return 0;
}
