// A set of positions in a text, a bit for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "memory.hpp"

#if defined(__GNUC__) || defined(__clang__)
#define NEARDUP_INLINE inline __attribute__((always_inline))
#else
#define NEARDUP_INLINE inline
#endif

namespace neardup {

inline int32_t lowest_bit(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(bits);
#else
    int32_t place = 0;
    while (!(bits >> place & 1)) ++place;
    return place;
#endif
}

inline int32_t highest_bit(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return 63 - __builtin_clzll(bits);
#else
    int32_t place = 63;
    while (!(bits >> place & 1)) --place;
    return place;
#endif
}

inline int32_t count_bits(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return static_cast<int32_t>(bits * 0x0101010101010101 >> 56);
}

// The lowest bits of 64 bytes.
NEARDUP_INLINE uint64_t packed(const uint8_t *bytes) {
    // Moves the lowest bits of 8 bytes to the top.
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    constexpr uint64_t side_by_side = 0x8040201008040201;
#else
    constexpr uint64_t side_by_side = 0x0102040810204080;
#endif
    uint64_t bits = 0;
    for (size_t i = 0; i < 64; i += 8) {
        uint64_t eight;
        std::memcpy(&eight, bytes + i, sizeof eight);
        bits |= eight * side_by_side >> 56 << i;
    }
    return bits;
}

// A bit for each of 64 code points, whether `Is` holds of it.
template <typename Char, typename Is>
NEARDUP_INLINE uint64_t bits_of(const Char *points) {
    alignas(64) uint8_t is[64];
    for (size_t i = 0; i < 64; ++i) is[i] = static_cast<uint8_t>(Is()(points[i]));
    return packed(is);
}

class PositionSet {
  public:
    // Forgets all; positions are at most `size`.
    void reset(int32_t size) { words_ = room_.zeroed(static_cast<size_t>(size) / 64 + 2); }  // one word more, for `from`

    bool has(int32_t position) const { return words_[position >> 6] >> (position & 63) & 1; }

    void add(int32_t position) { words_[position >> 6] |= uint64_t{1} << (position & 63); }

    void add_range(int32_t start, int32_t stop) {
        for (int32_t end; start < stop; start = end) {
            end = std::min(stop, (start | 63) + 1);
            words_[start >> 6] |= (~uint64_t{0} >> (64 - (end - start))) << (start & 63);
        }
    }

    // A bit for each of the 64 positions from one on.
    uint64_t from(int32_t position) const {
        const uint64_t *word = words_ + (position >> 6);
        const int32_t skipped = position & 63;
        return skipped == 0 ? word[0] : word[0] >> skipped | word[1] << (64 - skipped);
    }

    // The first and the last position in [start, stop), or -1.
    int32_t first(int32_t start, int32_t stop) const {
        return first_of(start, stop, [&](int32_t i) { return from(i); });
    }
    int32_t last(int32_t start, int32_t stop) const {
        return last_of(start, stop, [&](int32_t i) { return from(i); });
    }

    // The same of positions of which the set has the one `shift` before too.
    int32_t first_shared(int32_t start, int32_t stop, int32_t shift) const {
        return first_of(start, stop, [&](int32_t i) { return from(i) & from(i - shift); });
    }
    int32_t last_shared(int32_t start, int32_t stop, int32_t shift) const {
        return last_of(start, stop, [&](int32_t i) { return from(i) & from(i - shift); });
    }

  private:
    template <typename Bits>
    static int32_t first_of(int32_t start, int32_t stop, Bits bits_from) {
        for (int32_t i = start; i < stop; i += 64) {
            if (const uint64_t bits = bits_from(i)) return i + lowest_bit(bits) < stop ? i + lowest_bit(bits) : -1;
        }
        return -1;
    }

    template <typename Bits>
    static int32_t last_of(int32_t start, int32_t stop, Bits bits_from) {
        for (int32_t begin, end = stop; end > start; end = begin) {
            begin = std::max(start, end - 64);
            const uint64_t bits = bits_from(begin) & ~uint64_t{0} >> (64 - (end - begin));
            if (bits) return begin + highest_bit(bits);
        }
        return -1;
    }

    Room<uint64_t> room_;
    uint64_t *words_ = nullptr;
};

}  // namespace neardup
