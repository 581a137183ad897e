// Kinds of ASCII characters among code points.
#pragma once

#include <cstdint>

namespace neardup {

inline bool is_ascii_letter(uint32_t code) { return (code | 0x20) - 'a' < 26u; }
inline bool is_ascii_digit(uint32_t code) { return code - '0' < 10u; }
inline bool is_alphanumeric(uint32_t code) { return is_ascii_letter(code) || is_ascii_digit(code); }
inline uint32_t lower(uint32_t code) { return code - 'A' < 26u ? code | 0x20 : code; }

}  // namespace neardup
