// The C++ standard library: streams, containers, files, static constructors and destructors.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

struct Counted {
    explicit Counted(const char *name) : name(name) { std::cout << "constructed " << name << "\n"; }
    ~Counted() { std::cout << "destroyed " << name << std::endl; }
    const char *name;
};

static std::map<std::string, int> table{{"one", 1}, {"two", 2}};
static Counted first("first");
static Counted second("second");

static Counted &lazy() {
    static Counted counted("lazy");
    return counted;
}

static void streams() {
    std::ostringstream text;
    text << "int " << 42 << " hex " << std::hex << 255 << std::dec << " float " << 1.5;
    std::cout << text.str() << "\n";
    std::istringstream numbers("3 1 2");
    std::vector<int> values{std::istream_iterator<int>(numbers), {}};
    std::sort(values.begin(), values.end());
    std::cout << std::accumulate(values.begin(), values.end(), std::string(),
                                 [](std::string all, int value) { return all + std::to_string(value); })
              << " " << table["two"] << "\n";
    std::string line;
    while (std::getline(std::cin, line)) {
        std::cout << "read " << line << "\n";
    }
    std::function<int(int)> square = [](int x) { return x * x; };
    std::shared_ptr<int> shared = std::make_shared<int>(square(7));
    std::cout << *shared << "\n";
}

static void files() {
    std::ofstream("/file.txt") << "line one\nline " << 2 << "\n";
    std::ofstream("/file.txt", std::ios::app) << "appended";
    std::ifstream file("/file.txt");
    std::string line;
    while (std::getline(file, line)) {
        std::cout << "<" << line << "> ";
    }
    std::cout << file.eof() << std::ifstream("/nothing").good() << "\n";
    std::fstream both("/file.txt", std::ios::in | std::ios::out);
    both.seekp(5);
    both << "ONE";
    both.seekg(0);
    std::getline(both, line);
    std::cout << line << " " << both.tellg() << "\n";
}

int main() {
    streams();
    files();
    std::cout << lazy().name << "\n";
    return 0;
}
