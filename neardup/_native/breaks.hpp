// Where the lines of a text end: the code points at which Unicode breaks a line whatever stands beside them.
#pragma once

#include <cstdint>
#include <vector>

#include "interrupts.hpp"

namespace neardup {

inline bool is_break(uint32_t code) {
    return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 || code == 0x2028 ||
           code == 0x2029;
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
