// A module of more than half a megabyte made of real library code: streams, locales, regular expressions,
// containers, algorithms and number formatting of libc++, over several element types.
#include <algorithm>
#include <bitset>
#include <charconv>
#include <chrono>
#include <complex>
#include <deque>
#include <format>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <locale>
#include <map>
#include <numeric>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <valarray>
#include <vector>

template <typename T> static void exercise(const std::string &text, std::ostream &out) {
    std::map<T, std::vector<std::string>> by_key;
    std::unordered_map<std::string, T> by_word;
    std::multiset<T> ordered;
    std::deque<T> queue;
    std::list<T> list;
    std::mt19937_64 random(42);
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        T key = static_cast<T>(std::hash<std::string>{}(word) % 97);
        by_key[key].push_back(word);
        by_word[word] += key;
        ordered.insert(key);
        queue.push_front(key);
        list.push_back(static_cast<T>(random() % 1000));
    }
    std::vector<T> values(queue.begin(), queue.end());
    std::sort(values.begin(), values.end());
    std::stable_sort(values.begin(), values.end(), std::greater<T>());
    std::partial_sort(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                      values.end());
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 3),
                     values.end());
    std::make_heap(values.begin(), values.end());
    std::sort_heap(values.begin(), values.end());
    std::shuffle(values.begin(), values.end(), random);
    list.sort();
    list.unique();
    std::valarray<T> array(values.data(), values.size());
    out << std::setw(12) << std::setprecision(9) << std::accumulate(values.begin(), values.end(), T())
        << ' ' << array.sum() << ' ' << by_key.size() << ' ' << by_word.size() << ' '
        << ordered.count(T(3)) << ' ' << list.size() << '\n';
    out << std::format("{:>20} {:+} {}\n", values.front(), values.back(), text);
    T read{};
    std::istringstream numbers(text);
    std::wistringstream wide(std::wstring(text.begin(), text.end()));
    numbers >> read;
    wide >> read;
    std::wostringstream sink;
    sink << std::setw(10) << read << std::format(L"{:>20} {:+}", values.front(), read);
    out << sink.str().size() << '\n';
}

template <typename Char> static size_t match(const std::basic_string<Char> &text,
                                             const std::basic_string<Char> &pattern) {
    std::basic_regex<Char> expression(pattern, std::regex_constants::ECMAScript);
    std::basic_regex<Char> extended(pattern, std::regex_constants::extended);
    using iterator = std::regex_iterator<typename std::basic_string<Char>::const_iterator>;
    return static_cast<size_t>(
               std::distance(iterator(text.begin(), text.end(), expression), iterator())) +
           static_cast<size_t>(
               std::distance(iterator(text.begin(), text.end(), extended), iterator()));
}

int main() {
    std::string text = "the quick brown fox jumps over the lazy dog 3.25 0x1f 17 and 2026-01-31 again";
    exercise<int>(text, std::cout);
    exercise<unsigned>(text, std::cout);
    exercise<long long>(text, std::cout);
    exercise<unsigned long long>(text, std::cout);
    exercise<short>(text, std::cout);
    exercise<float>(text, std::cout);
    exercise<double>(text, std::cout);
    exercise<unsigned short>(text, std::cout);
    std::wstring wide(text.begin(), text.end());
    std::cout << match<char>(text, "([a-z]+) ([a-z]+)") << ' '
              << match<wchar_t>(wide, L"[0-9]+[.x][0-9a-f]+") << '\n';
    std::cout << std::put_time(std::localtime(new time_t(0)), "%c %x %X") << ' '
              << std::complex<double>(1, 2) * std::complex<double>(3, 4) << ' '
              << std::bitset<70>("1011").to_string() << '\n';
    std::wcout << wide.size() << L'\n';
    return 0;
}
