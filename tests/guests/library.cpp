// More of the C++ standard library: regular expressions, locales, random numbers, times, formatting, and in which order
// what is static is made and destroyed.
#include <algorithm>
#include <any>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <format>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <locale>
#include <memory_resource>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <ranges>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <valarray>
#include <variant>

static int failures;

#define CHECK(...)                                                                                                     \
    do {                                                                                                               \
        if (!(__VA_ARGS__)) {                                                                                          \
            failures++;                                                                                                \
            std::printf("line %d: %s\n", __LINE__, #__VA_ARGS__);                                                      \
        }                                                                                                              \
    } while (0)

// ---- Made and destroyed -------------------------------------------------------------------------

struct Noted {
    explicit Noted(const char *name) : name(name) { std::printf("made %s\n", name); }
    ~Noted() { std::printf("gone %s\n", name); }
    const char *name;
};

static void at_exit() {
    std::puts("at exit, registered by a constructor");
}
struct Registers {
    Registers() { std::atexit(at_exit); }
};

static Noted first("first");
static Registers registers;
static Noted second("second");
[[gnu::init_priority(200)]] static Noted early("early");

// ---- The library --------------------------------------------------------------------------------

static void expressions() {
    std::smatch match;
    std::string line = "2024-02-29 ERROR [disk] 17% free";
    CHECK(std::regex_match(line, match, std::regex(R"((\d+)-(\d\d)-(\d\d) (\w+) \[([^\]]*)\] (\d+)%.*)")));
    CHECK(match.size() == 7 && match[4] == "ERROR" && match[5] == "disk" && match.position(6) == 24);
    CHECK(std::regex_replace(std::string("a1b22c"), std::regex("[0-9]+"), "<$&>") == "a<1>b<22>c");
    CHECK(std::regex_search("xxABCyy", std::regex("abc", std::regex::icase)));
    std::string words = "one two  three";
    std::regex blank(" +");
    std::sregex_token_iterator begin(words.begin(), words.end(), blank, -1), end;
    CHECK(std::distance(begin, end) == 3);
    CHECK(std::regex_match("aaaa", std::regex("(a+)\\1", std::regex::ECMAScript)));
    CHECK(std::regex_match("ab", std::regex("a\\{1,2\\}b", std::regex::basic)));
    try {
        std::regex wrong("(unclosed");
        CHECK(!"it threw");
    } catch (const std::regex_error &error) {
        CHECK(error.code() == std::regex_constants::error_paren);
    }
}

struct Points : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    char do_decimal_point() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
    std::string do_truename() const override { return "ja"; }
};

static void locales() {
    std::ostringstream text;
    text.imbue(std::locale(std::locale::classic(), new Points));
    text << 1234567 << " " << std::fixed << std::setprecision(2) << 9876.5 << " " << std::boolalpha << true;
    CHECK(text.str() == "1.234.567 9.876,50 ja");
    CHECK(std::locale().name() == "C" && std::toupper('x', std::locale::classic()) == 'X');
    CHECK(std::use_facet<std::ctype<char>>(std::locale()).is(std::ctype_base::digit, '7'));
    std::wostringstream wide;
    wide << L"wide " << 3.25;
    CHECK(wide.str() == L"wide 3.25");
    std::istringstream money("12,5");
    money.imbue(text.getloc());
    double value = 0;
    money >> value;
    CHECK(value == 12.5);
    std::tm time = {};
    std::istringstream("2024-02-29 13:14:15") >> std::get_time(&time, "%Y-%m-%d %H:%M:%S");
    CHECK(time.tm_year == 124 && time.tm_mon == 1 && time.tm_sec == 15);
    std::ostringstream put;
    put << std::put_time(&time, "%d.%m.%Y") << std::setw(8) << std::setfill('*') << std::hex << 255;
    CHECK(put.str() == "29.02.2024******ff");
}

static void numbers() {
    std::mt19937_64 twister(5489);
    twister.discard(9999);
    CHECK(twister() == 9981545732273789042ull); // what the standard says of the ten thousandth
    std::mt19937 small;
    small.discard(9999);
    CHECK(small() == 4123659995u);
    std::random_device device;
    std::set<unsigned> seen;
    for (int i = 0; i < 8; i++) {
        seen.insert(device());
    }
    CHECK(seen.size() > 1);
    std::uniform_int_distribution<int> die(1, 6);
    std::normal_distribution<double> bell(10, 2);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        int thrown = die(small);
        CHECK(thrown >= 1 && thrown <= 6);
        sum += bell(small);
    }
    CHECK(sum / 10000 > 9.8 && sum / 10000 < 10.2);
    CHECK(std::abs(std::exp(std::complex<double>(0, 3.14159265358979)) + 1.0) < 1e-12);
    CHECK((std::valarray<int>{1, 2, 3} * 2).sum() == 12 && std::gcd(12, 18) == 6 && std::bitset<8>(0xa5).count() == 4);
    double parsed = 0;
    const std::string_view text = "3.25x";
    CHECK(std::stod("6.02e23") == 6.02e23 && std::sscanf(text.data(), "%lf", &parsed) == 1 && parsed == 3.25);
    std::array<char, 32> digits;
    auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), 0.1);
    CHECK(code == std::errc() && std::string_view(digits.data(), end - digits.data()) == "0.1");
}

static void clocks() {
    using namespace std::chrono;
    auto begin = steady_clock::now();
    auto now = system_clock::now();
    CHECK(year_month_day(floor<days>(now)).year() >= 2020y && steady_clock::now() >= begin);
    CHECK(sys_days(2024y / February / last) == sys_days(2024y / 2 / 29) && weekday(2024y / 2 / 29) == Thursday);
    CHECK(duration_cast<minutes>(2h + 30min).count() == 150 && hh_mm_ss(3661s).minutes() == 1min);
    CHECK(system_clock::to_time_t(system_clock::from_time_t(1700000000)) == 1700000000);
}

static void the_rest() {
    CHECK(std::format("{:>6}|{:<4}|{:^5}|{:#x}|{:.3f}", "ab", 1, 'c', 255, 3.14159) == "    ab|1   |  c  |0xff|3.142");
    std::variant<int, std::string> either = "text";
    CHECK(std::visit([](auto &&value) { return sizeof value; }, either) == sizeof(std::string));
    CHECK(std::any_cast<int>(std::any(7)) == 7 && !std::optional<int>());
    auto squares = std::views::iota(1, 10) | std::views::filter([](int x) { return x % 2; }) |
                   std::views::transform([](int x) { return x * x; });
    CHECK(std::accumulate(squares.begin(), squares.end(), 0) == 165);
    std::array<std::byte, 4096> arena;
    std::pmr::monotonic_buffer_resource pool(arena.data(), arena.size());
    std::pmr::list<int> values({3, 1, 2}, &pool);
    values.sort();
    CHECK(values.front() == 1);
    std::priority_queue<int> queue;
    for (int value : {2, 9, 4}) {
        queue.push(value);
    }
    std::unordered_map<std::string, int> counts;
    counts["x"] += 2;
    CHECK(queue.top() == 9 && counts.at("x") == 2);
    try {
        counts.at("y");
        CHECK(!"it threw");
    } catch (const std::out_of_range &) {
    }
}

int main() {
    static Noted lazy("lazy");
    std::atexit([] { std::puts("at exit, registered by main"); });
    expressions();
    locales();
    numbers();
    clocks();
    the_rest();
    std::printf("%d failures\n", failures);
    return failures > 0;
}
