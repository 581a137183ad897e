// Folding by table: one code point in, zero, one or a few codes out, whatever stands beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "interrupts.hpp"

namespace neardup {

// Positions are int32, and the sum of two of them must be one too: a text and its folded form end here.
constexpr size_t max_size = size_t{1} << 30;

struct TooLong : std::invalid_argument {
    TooLong() : std::invalid_argument("a text is longer than 2**30 code points; split it") {}
};

inline void check_size(size_t size) {
    if (size > max_size) throw TooLong{};
}

struct FoldingTable {
    static constexpr uint32_t dropped = 0xFFFFFFFFu;
    static constexpr uint32_t expansion_bit = 0x80000000u;
    static constexpr size_t max_length = 127;  // codes of one code point

    const uint32_t *entries;     // one a code point, 0 to 0x10FFFF
    const uint32_t *expansions;  // the codes of entries that fold to several
    size_t expansions_size;
    bool content = false;  // whether of a text the content is folded, not all of it

    static bool is_several(uint32_t entry) { return entry + 1 > expansion_bit; }
    static uint32_t length(uint32_t entry) { return (entry >> 24) & 0x7Fu; }
    static uint32_t offset(uint32_t entry) { return entry & 0xFFFFFFu; }
};

// `Char` is the width in which CPython stores the text: uint8_t, uint16_t or uint32_t.
template <typename Char>
size_t folded_length(const Char *text, size_t size, const FoldingTable &table) {
    size_t total = 0;
    for (size_t i = 0; i < size; ++i) {
        Interrupts::at(i);
        const uint32_t entry = table.entries[text[i]];
        if (!(entry & FoldingTable::expansion_bit)) {
            total += 1;
        } else if (entry != FoldingTable::dropped) {
            const uint32_t length = FoldingTable::length(entry);
            if (FoldingTable::offset(entry) + length > table.expansions_size)
                throw std::out_of_range("the folding table points past its expansions");
            total += length;
        }
    }
    return total;
}

template <typename Char>
void fold_into(const Char *text, size_t size, const FoldingTable &table, uint32_t *codes, int32_t *positions) {
    for (size_t i = 0; i < size; ++i) {
        Interrupts::at(i);
        const uint32_t entry = table.entries[text[i]];
        if (!(entry & FoldingTable::expansion_bit)) {
            *codes++ = entry;
            *positions++ = static_cast<int32_t>(i);
        } else if (entry != FoldingTable::dropped) {
            const uint32_t *expansion = table.expansions + FoldingTable::offset(entry);
            for (uint32_t k = 0; k < FoldingTable::length(entry); ++k) {
                *codes++ = expansion[k];
                *positions++ = static_cast<int32_t>(i);
            }
        }
    }
}

}  // namespace neardup
