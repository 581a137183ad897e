// The code points that fold to digits, as neardup/digits.py has them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "ascii.hpp"
#include "breaks.hpp"

namespace neardup {

// How a digit is written: on the line, above or below it, or in a code point that is more than one digit.
enum class Digit : uint8_t { none, plain, script, enclosed };

struct DigitRange {
    uint32_t first, last, number;  // the number of the first; the others count up
    Digit kind;
};

// Those behind ASCII, ascending.
constexpr DigitRange digit_ranges[] = {
    {0x00B2, 0x00B3, 2, Digit::script},
    {0x00B9, 0x00B9, 1, Digit::script},
    {0x00BC, 0x00BC, 14, Digit::enclosed},
    {0x00BD, 0x00BD, 12, Digit::enclosed},
    {0x00BE, 0x00BE, 34, Digit::enclosed},
    {0x2070, 0x2070, 0, Digit::script},
    {0x2074, 0x2079, 4, Digit::script},
    {0x2080, 0x2089, 0, Digit::script},
    {0x2150, 0x2150, 17, Digit::enclosed},
    {0x2151, 0x2151, 19, Digit::enclosed},
    {0x2152, 0x2152, 110, Digit::enclosed},
    {0x2153, 0x2153, 13, Digit::enclosed},
    {0x2154, 0x2154, 23, Digit::enclosed},
    {0x2155, 0x2155, 15, Digit::enclosed},
    {0x2156, 0x2156, 25, Digit::enclosed},
    {0x2157, 0x2157, 35, Digit::enclosed},
    {0x2158, 0x2158, 45, Digit::enclosed},
    {0x2159, 0x2159, 16, Digit::enclosed},
    {0x215A, 0x215A, 56, Digit::enclosed},
    {0x215B, 0x215B, 18, Digit::enclosed},
    {0x215C, 0x215C, 38, Digit::enclosed},
    {0x215D, 0x215D, 58, Digit::enclosed},
    {0x215E, 0x215E, 78, Digit::enclosed},
    {0x215F, 0x215F, 1, Digit::enclosed},
    {0x2189, 0x2189, 3, Digit::enclosed},
    {0x2460, 0x2473, 1, Digit::enclosed},
    {0x2474, 0x2487, 1, Digit::enclosed},
    {0x2488, 0x249B, 1, Digit::enclosed},
    {0x24EA, 0x24EA, 0, Digit::enclosed},
    {0x24EB, 0x24F4, 11, Digit::enclosed},
    {0x24F5, 0x24FE, 1, Digit::enclosed},
    {0x24FF, 0x24FF, 0, Digit::enclosed},
    {0x2776, 0x277F, 1, Digit::enclosed},
    {0x2780, 0x2789, 1, Digit::enclosed},
    {0x278A, 0x2793, 1, Digit::enclosed},
    {0x3248, 0x3248, 10, Digit::enclosed},
    {0x3249, 0x3249, 20, Digit::enclosed},
    {0x324A, 0x324A, 30, Digit::enclosed},
    {0x324B, 0x324B, 40, Digit::enclosed},
    {0x324C, 0x324C, 50, Digit::enclosed},
    {0x324D, 0x324D, 60, Digit::enclosed},
    {0x324E, 0x324E, 70, Digit::enclosed},
    {0x324F, 0x324F, 80, Digit::enclosed},
    {0x3251, 0x325F, 21, Digit::enclosed},
    {0x32B1, 0x32BF, 36, Digit::enclosed},
    {0x32C0, 0x32CB, 1, Digit::enclosed},
    {0x3358, 0x3370, 0, Digit::enclosed},
    {0x3378, 0x3379, 2, Digit::enclosed},
    {0x339F, 0x339F, 2, Digit::enclosed},
    {0x33A0, 0x33A0, 2, Digit::enclosed},
    {0x33A1, 0x33A1, 2, Digit::enclosed},
    {0x33A2, 0x33A3, 2, Digit::enclosed},
    {0x33A4, 0x33A4, 3, Digit::enclosed},
    {0x33A5, 0x33A5, 3, Digit::enclosed},
    {0x33A6, 0x33A6, 3, Digit::enclosed},
    {0x33A8, 0x33A8, 2, Digit::enclosed},
    {0x33AF, 0x33AF, 2, Digit::enclosed},
    {0x33E0, 0x33FE, 1, Digit::enclosed},
    {0xFF10, 0xFF19, 0, Digit::plain},
    {0x1CCF0, 0x1CCF9, 0, Digit::plain},
    {0x1D7CE, 0x1D7D7, 0, Digit::plain},
    {0x1D7D8, 0x1D7E1, 0, Digit::plain},
    {0x1D7E2, 0x1D7EB, 0, Digit::plain},
    {0x1D7EC, 0x1D7F5, 0, Digit::plain},
    {0x1D7F6, 0x1D7FF, 0, Digit::plain},
    {0x1F100, 0x1F100, 0, Digit::enclosed},
    {0x1F101, 0x1F10A, 0, Digit::enclosed},
    {0x1F10B, 0x1F10B, 0, Digit::enclosed},
    {0x1F10C, 0x1F10C, 0, Digit::enclosed},
    {0x1FBF0, 0x1FBF9, 0, Digit::plain}};

template <uint32_t Low, uint32_t High>
struct CodeRange {
    static constexpr uint32_t low = Low, high = High;
};

// Whether a code point may be one, in no more bits than it has, so that a vector holds the answers for many.
template <typename Char>
Char may_be_digit(Char code) {
    const auto is_in = [code](auto range) { return static_cast<Char>(lies_in<range.low, range.high>(code)); };
    return is_in(CodeRange<'0', '9'>{}) | is_in(CodeRange<0xB2, 0xBE>{}) | is_in(CodeRange<0x2070, 0x2793>{}) |
           is_in(CodeRange<0x3248, 0x33FE>{}) | is_in(CodeRange<0xFF10, 0xFF19>{}) | is_in(CodeRange<0x1CCF0, 0x1FBF9>{});
}

struct MayBeDigit {
    template <typename Char>
    Char operator()(Char code) const { return may_be_digit(code); }
};

// 〇 零 一 二 三 四 五 六 七 八 九
constexpr uint32_t chinese_digits[] = {0x3007, 0x96F6, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D};

struct IsChineseDigit {
    bool operator()(uint32_t code) const {
        // Without comparisons, of which compilers make something that they cannot do for many at a time.
        uint32_t off = UINT32_MAX;
        for (const uint32_t digit : chinese_digits) off = std::min(off, code ^ digit);
        return off == 0;
    }
};

// The number that a Chinese digit is.
inline uint32_t chinese_digit(uint32_t code) {
    const auto *const found = std::find(std::begin(chinese_digits), std::end(chinese_digits), code);
    return found == std::begin(chinese_digits) ? 0 : static_cast<uint32_t>(found - std::begin(chinese_digits) - 1);
}

// The number that the digits of a code point are, and how they are written.
inline DigitRange digit_of(uint32_t code) {
    if (is_ascii_digit(code)) return {code, code, code - '0', Digit::plain};
    if (may_be_digit(code)) {
        const auto *range = std::lower_bound(std::begin(digit_ranges), std::end(digit_ranges), code,
                                             [](const DigitRange &one, uint32_t at) { return one.last < at; });
        if (range != std::end(digit_ranges) && code >= range->first)
            return {code, code, range->number + code - range->first, range->kind};
    }
    return {code, code, 0, Digit::none};
}

}  // namespace neardup
