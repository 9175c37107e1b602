// A function in C++, with the names of the original Faasm: the input's letters, counted without
// regard to case, as a line "letter count" each in the order of the alphabet.
#include <cctype>
#include <faasm/faasm.h>
#include <faasm/input.h>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

int main() {
    std::vector<uint8_t> input(static_cast<size_t>(faasmGetInputSize()));
    faasmGetInput(input.data(), static_cast<long>(input.size()));

    std::map<char, size_t> counts;
    for (uint8_t byte : input) {
        if (byte < 0x80 && std::isalpha(byte)) {
            counts[static_cast<char>(std::tolower(byte))]++;
        }
    }

    std::ostringstream output;
    for (const auto &[letter, count] : counts) {
        output << letter << ' ' << count << '\n';
    }
    std::cout << counts.size() << " different letters in " << input.size() << " bytes\n";
    faasm::setStringOutput(output.str().c_str());
    return 0;
}
