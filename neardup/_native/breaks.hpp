// White space, and where the lines of a text end: the code points at which Unicode breaks a line whatever stands beside
// them.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "interrupts.hpp"

namespace neardup {

// Whether a code point of some width lies in [Low, High]: no branch, so that the compiler takes many at a time.
template <uint32_t Low, uint32_t High, typename Char>
bool lies_in(Char code) {
    if constexpr (High > std::numeric_limits<Char>::max()) return false;
    return static_cast<Char>(code - static_cast<Char>(Low)) <= static_cast<Char>(High - Low);
}

// As `is_break` tells it.
struct IsBreak {
    template <typename Char>
    bool operator()(Char code) const {
        return lies_in<0x0A, 0x0D>(code) | lies_in<0x1C, 0x1E>(code) | lies_in<0x85, 0x85>(code) |
               lies_in<0x2028, 0x2029>(code);
    }
};

inline bool is_break(uint32_t code) {
    return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 || code == 0x2028 ||
           code == 0x2029;
}

// As `str.isspace` of Python tells it.
inline bool is_space(uint32_t code) {
    return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
           code == 0x205F || code == 0x3000;
}

template <typename Char>
std::vector<int32_t> find_breaks(const Char *text, size_t size) {
    std::vector<int32_t> found;
    for (size_t i = 0; i < size; ++i) {
        Interrupts::at(i);
        if (is_break(text[i])) found.push_back(static_cast<int32_t>(i));
    }
    return found;
}

}  // namespace neardup
