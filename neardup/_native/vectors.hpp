// The loops that the compiler itself turns into vector instructions, whatever the instruction set: templates that are
// inlined into one function for each set, and compiled for it there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "bits.hpp"
#include "breaks.hpp"
#include "digits.hpp"
#include "fold.hpp"
#include "lanes.hpp"
#include "shingle.hpp"

#if defined(__GNUC__) || defined(__clang__)
#define NEARDUP_TARGET(features) __attribute__((target(features)))
#endif

#if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(_M_X64))
#define NEARDUP_X86 1
// GCC takes the undefined vectors inside of its own header for a mistake.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

namespace neardup {

// One code point after another, up to the first that gives several codes.
template <typename Char>
NEARDUP_INLINE size_t fold_one_by_one(const Char *&points, const Char *end, const uint32_t *entries,
                                      uint32_t *__restrict codes) {
    const Char *point = points;
    size_t size = 0;
    for (; point != end; ++point) {
        const uint32_t entry = entries[*point];
        if (FoldingTable::is_several(entry)) break;
        // Written anyway, and written over if it is dropped: no branch to guess wrong.
        codes[size] = entry;
        size += entry != FoldingTable::dropped;
    }
    points = point;
    return size;
}

// The same, with the position of the code point that each code came from; the first is at `position`.
template <typename Char>
NEARDUP_INLINE size_t locate_singles(const Char *&points, const Char *end, const uint32_t *entries, int32_t position,
                                     uint32_t *__restrict codes, int32_t *__restrict positions) {
    const Char *point = points;
    size_t size = 0;
    for (; point != end; ++point, ++position) {
        const uint32_t entry = entries[*point];
        if (FoldingTable::is_several(entry)) break;
        codes[size] = entry;
        positions[size] = position;
        size += entry != FoldingTable::dropped;
    }
    points = point;
    return size;
}

// So many code points at a time that one look tells whether any of them gives several codes.
template <typename Char>
NEARDUP_INLINE size_t fold_singles(const Char *&points, const Char *end, const uint32_t *entries,
                                   uint32_t *__restrict codes) {
    constexpr ptrdiff_t group = 16;
    const Char *point = points;
    size_t size = 0;
    for (; end - point >= group; point += group) {
        const size_t before = size;
        uint64_t any = 0;
        for (ptrdiff_t i = 0; i < group; ++i) {
            const uint32_t entry = entries[point[i]];
            codes[size] = entry;
            // Of one more than the entry, bit 32 is set if it is dropped, and bit 31 if it gives several codes.
            const uint64_t next = uint64_t{entry} + 1;
            size += 1 - (next >> 32);
            any |= next;
        }
        if (any & FoldingTable::expansion_bit) {
            size = before;
            break;
        }
    }
    points = point;
    return size + fold_one_by_one(points, end, entries, codes + size);
}

// 0 at a code point, given the next, where something may begin or be that is no content. In no more bits than a code point
// has, so that more of them fit into a vector; and without a comparison, which compilers make of wider ones.
template <typename Char>
NEARDUP_INLINE Char off_trigger(Char code, Char next) {
    const auto least = [](Char a, Char b) { return a < b ? a : b; };
    const Char lower = code | 0x20, lower_next = next | 0x20;
    Char off = code ^ '<';
    off = least(off, code ^ '&');
    off = least(off, code ^ '+');
    off = least(off, lower ^ '`');  // and @
    off = least(off, (code | 2) ^ '~');  // and |
    off = least(off, (code ^ ':') | (next ^ '/'));
    off = least(off, (code ^ ']') | (next ^ '('));
    off = least(off, (code ^ '!') | (next ^ '['));
    return least(off, (lower ^ 'w') | (lower_next ^ 'w'));
}

// A bit for each of 64 code points, whether something may begin or be there that is no content; reads one more.
template <typename Char>
NEARDUP_INLINE uint64_t trigger_bits(const Char *points) {
    // Chinese text has few code points that trigger or are near those: this look spares most others.
    Char may_be = 0;
    for (size_t i = 0; i < 64; ++i)
        may_be |= static_cast<Char>(lies_in<'!', '+'>(points[i])) | static_cast<Char>(lies_in<':', '~'>(points[i]));
    if (may_be == 0) return 0;
    alignas(64) uint8_t is[64];
    for (size_t i = 0; i < 64; ++i) is[i] = off_trigger(points[i], points[i + 1]) == 0;
    return packed(is);
}

// Whole vectors of any width, so that loops have no rest to do one by one.
NEARDUP_INLINE size_t whole_vectors(size_t size) { return (size + 15) / 16 * 16; }

// The sums of windows of twice a width, or of one more than that if `last` is given: the sum of 2k codes from i on is
// that of the k codes from i on, times `power` = B^k, plus that of the k codes from i + k on.
template <typename Sum, typename Finish>
NEARDUP_INLINE void widen(const Sum *__restrict from, size_t width, uint64_t multiplier, uint64_t power,
                          const uint32_t *__restrict last, size_t size, uint64_t *__restrict to, Finish finish) {
    const Sum *__restrict ahead = from + width;
    size = whole_vectors(size);
    if (last) {
        for (size_t i = 0; i < size; ++i) to[i] = finish((from[i] * power + ahead[i]) * multiplier + last[i]);
    } else {
        for (size_t i = 0; i < size; ++i) to[i] = finish(from[i] * power + ahead[i]);
    }
}

// The window sums of shingle.hpp by doubling the width, from the first bit of `ngram` to its last. The loops read one
// buffer and write the other; the first reads the codes, and the last mixes what it writes.
NEARDUP_INLINE void hash_windows(const uint32_t *__restrict codes, size_t windows, size_t ngram, uint64_t multiplier,
                                 uint64_t *__restrict hashes) {
    if (ngram == 1) {
        windows = whole_vectors(windows);
        for (size_t i = 0; i < windows; ++i) hashes[i] = mix(multiplier + codes[i]);
        return;
    }
    alignas(64) uint64_t buffers[2][block_size + max_ngram + overrun];
    uint64_t *from = buffers[0], *to = buffers[1];
    size_t bit = 1;
    while (2 * bit <= ngram) bit *= 2;
    size_t width = 1, valid = windows + ngram - 1;
    uint64_t power = multiplier;
    for (bit /= 2; bit != 0; bit /= 2) {
        const bool odd = ngram & bit;
        const uint32_t *last = odd ? codes + 2 * width : nullptr;
        const size_t doubled = 2 * width + odd;
        const uint64_t doubled_power = odd ? power * power * multiplier : power * power;
        valid -= doubled - width;
        const auto keep = [](uint64_t sum) { return sum; };
        const auto mixed = [start = ngram * doubled_power](uint64_t sum) { return mix(sum + start); };
        if (width == 1 && bit == 1) {
            widen(codes, width, multiplier, power, last, valid, hashes, mixed);
        } else if (width == 1) {
            widen(codes, width, multiplier, power, last, valid, to, keep);
        } else if (bit == 1) {
            widen(from, width, multiplier, power, last, valid, hashes, mixed);
        } else {
            widen(from, width, multiplier, power, last, valid, to, keep);
        }
        width = doubled;
        power = doubled_power;
        std::swap(from, to);
    }
}

// The same for two widths, by what they have in common: 5 = 2 + 2 + 1, and 13 = 5 + 5 + (2 + 1).
NEARDUP_INLINE void hash_5_and_13(const uint32_t *__restrict codes, size_t windows, uint64_t *__restrict of_5,
                                  uint64_t *__restrict of_13) {
    constexpr uint64_t base = hash_multiplier, to_2 = base * base, to_3 = to_2 * base, to_5 = to_3 * to_2;
    constexpr uint64_t to_8 = to_5 * to_3, start_5 = 5 * to_5, start_13 = 13 * to_8 * to_5;
    windows = whole_vectors(windows);
    alignas(64) uint64_t twos[block_size + 32], fives[block_size + 16];
    for (size_t i = 0; i < windows + 32; ++i) twos[i] = codes[i] * base + codes[i + 1];
    for (size_t i = 0; i < windows + 16; ++i) fives[i] = (twos[i] * to_2 + twos[i + 2]) * base + codes[i + 4];
    for (size_t i = 0; i < windows; ++i) {
        of_5[i] = mix(fives[i] + start_5);
        of_13[i] = mix(fives[i] * to_8 + fives[i + 5] * to_3 + twos[i + 10] * base + codes[i + 12] + start_13);
    }
}

NEARDUP_INLINE size_t select_small(const uint64_t *__restrict hashes, size_t size, uint64_t limit,
                                   uint64_t *__restrict small) {
    size_t count = 0;
    for (size_t i = 0; i < size; ++i) {
        small[count] = hashes[i];
        count += hashes[i] <= limit;
    }
    return count;
}

NEARDUP_INLINE uint64_t least_hash(const uint64_t *hashes, size_t size) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < size; ++i) least = std::min(least, hashes[i]);
    return least;
}

NEARDUP_INLINE size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t size) {
    constexpr size_t block = 128;  // as many as a byte counts
    size_t equal = 0;
    for (size_t begin = 0; begin < size; begin += block) {
        const size_t end = begin + block < size ? begin + block : size;
        uint8_t here = 0;
        for (size_t i = begin; i < end; ++i) here += a[i] == b[i];
        equal += here;
    }
    return equal;
}

// Which of 64 codes are a certain one, a bit for each.
NEARDUP_INLINE uint64_t equal_codes(const uint32_t *codes, uint32_t code) {
    uint64_t equal = 0;
    for (size_t i = 0; i < 64; i += 8) {
        uint64_t eight = 0;
        for (size_t k = 0; k < 8; ++k) eight |= uint64_t{codes[i + k] == code} << k;
        equal |= eight << i;
    }
    return equal;
}

// Bit by bit, 64 columns at a time (Crochemore et al. 2001). With L(i, j) the length for what follows row i and column j,
// the zeros of `level` stand where L(i, j) > L(i, j + 1), and the ones of `waits`, the carries of an addition, where
// L(i, j) > L(i + 1, j).
template <typename EqualCodes>
NEARDUP_INLINE void subsequence(const Stretches &stretches, uint64_t *waits, uint64_t *level, EqualCodes equal_codes) {
    const size_t words = stretches.words;
    for (size_t w = 0; w < words; ++w) level[w] = ~uint64_t{0};
    for (size_t i = stretches.row_count; i-- > 0;) {
        uint64_t carry = 0;
        for (size_t w = 0; w < words; ++w) {
            const uint64_t both = level[w] & equal_codes(stretches.columns + 64 * w, stretches.rows[i]);
            const uint64_t sum = level[w] + both + carry, waiting = both | (level[w] & ~sum);
            waits[i * words + w] = waiting;
            carry = waiting >> 63;
            level[w] = sum | (level[w] & ~both);
        }
    }
}

// Whether one of the codes of the band is a certain one.
NEARDUP_INLINE bool has_code(const uint32_t *codes, uint32_t code) {
    uint32_t equal = 0;
    for (size_t k = 0; k < 2 * reach_band + 1; ++k) equal |= codes[k] == code;
    return equal;
}

template <typename HasCode>
NEARDUP_INLINE bool may_reach(const uint32_t *codes, int32_t size, const Reach &reach, int32_t least, HasCode has_code) {
    const int32_t rows = std::min(reach.rows, reach.columns + reach_band);
    int32_t original = reach.original, first = reach.copy - reach_band, most = 0;
    for (int32_t i = 0; i < rows; ++i, original += reach.step, first += reach.step) {
        // More than the band where columns end, which does no harm; where the text ends, all may be equal.
        const bool is_whole = first >= 0 && first + 2 * reach_band < size;
        most += !is_whole || has_code(codes + first, codes[original]) ? 1 : -1;
        if (most >= least) return true;
        if (most < -reach_drop) return false;
    }
    return false;
}

// Whether an alignment may stop behind so many rows and columns.
NEARDUP_INLINE bool may_stop(const Reach &from, int32_t rows, int32_t columns, Splits splits, const void *aligner) {
    const int32_t before_it = from.step < 0;  // a position lies before its code
    return !splits(aligner, from.original + from.step * rows + before_it, from.copy + from.step * columns + before_it);
}

NEARDUP_INLINE Reached reach(const uint32_t *codes, const Reach &from, int32_t least, Splits splits,
                             const void *aligner) {
    constexpr int32_t band = reach_band, never = -1000;
    int32_t scores[2 * band + 2], before[2 * band + 2];  // of column j = i + d - band; the last is a border
    std::fill(std::begin(before), std::end(before), never);
    for (int32_t j = 0; j <= band; ++j) before[band + j] = -j;
    int32_t best = least - 1, highest = 0;
    Reached reached{0, 0};
    for (int32_t i = 1; i <= from.rows; ++i) {
        std::fill(std::begin(scores), std::end(scores), never);
        int32_t row_best = never;
        for (int32_t d = std::max(0, band - i); d <= 2 * band && i + d - band <= from.columns; ++d) {
            const int32_t j = i + d - band;
            int32_t score = before[d + 1] - 1;
            if (j > 0) {
                const bool match =
                    codes[from.original + from.step * (i - 1)] == codes[from.copy + from.step * (j - 1)];
                score = std::max(score, before[d] + (match ? 1 : -1));
                if (d > 0) score = std::max(score, scores[d - 1] - 1);
            }
            scores[d] = score;
            row_best = std::max(row_best, score);
            if (score > best && may_stop(from, i, j, splits, aligner)) {
                best = score;
                reached = {i, j};
            }
        }
        highest = std::max(highest, row_best);
        if (row_best < highest - reach_drop) break;
        std::copy(std::begin(scores), std::end(scores), std::begin(before));
    }
    return reached;
}

NEARDUP_INLINE uint64_t ordered_sum(const uint64_t *hashes, size_t size, uint64_t place) {
    uint64_t total = 0, step = place * hash_multiplier;
    for (size_t i = 0; i < size; ++i, step += hash_multiplier) {
        const uint64_t value = hashes[i] + step;
        total += value ^ (value >> 32);
    }
    return total;
}

#if defined(__GNUC__) || defined(__clang__)
template <typename T, size_t Bytes>
struct Vector {
    typedef T type __attribute__((vector_size(Bytes)));
    static constexpr size_t lanes = Bytes / sizeof(T);
};
#else
template <typename T, size_t Bytes>
struct Vector {
    typedef T type;
    static constexpr size_t lanes = 1;
};
#endif

// Sorts few hashes, each to the place that is the number of those before it: no branch to guess wrong. There is room for
// the greatest hash behind them, to fill the last vector.
template <size_t Bytes>
NEARDUP_INLINE void sort_few(uint64_t *hashes, size_t size, uint64_t *__restrict sorted) {
    using V = typename Vector<uint64_t, Bytes>::type;
    constexpr size_t lanes = Vector<uint64_t, Bytes>::lanes;
    for (size_t i = 0; i < lanes; ++i) hashes[size + i] = UINT64_MAX;
    for (size_t begin = 0; begin < size; begin += lanes) {
        V some, places{}, ones = places + 1;
        std::memcpy(&some, hashes + begin, sizeof some);
        const size_t end = std::min(begin + lanes, size);
        for (size_t k = 0; k < begin; ++k) places += some >= hashes[k] ? ones : ones - 1;
        for (size_t k = end; k < size; ++k) places += some > hashes[k] ? ones : ones - 1;
        uint64_t place[lanes];
        std::memcpy(place, &places, sizeof place);
        for (size_t i = begin; i < end; ++i) {
            size_t before = place[i - begin];
            for (size_t k = begin; k < end; ++k)
                before += hashes[k] < hashes[i] || (hashes[k] == hashes[i] && k < i);
            sorted[before] = hashes[i];
        }
    }
}

// The MurmurHash3 finalizer for 32 bits, which comes before the permutations.
NEARDUP_INLINE uint32_t mix32(uint32_t value) {
    value = (value ^ (value >> 16)) * 0x85EBCA6Bu;
    value = (value ^ (value >> 13)) * 0xC2B2AE35u;
    return value ^ (value >> 16);
}

// `Registers` vectors of permutations at a time, held in registers over all values.
template <size_t Bytes, size_t Registers>
NEARDUP_INLINE void lower_some(const uint32_t *values, size_t size, const uint32_t *multipliers,
                               const uint32_t *addends, uint32_t *minima) {
    using V = typename Vector<uint32_t, Bytes>::type;
    V a[Registers], b[Registers], least[Registers];
    std::memcpy(a, multipliers, sizeof a);
    std::memcpy(b, addends, sizeof b);
    std::memcpy(least, minima, sizeof least);
    for (size_t i = 0; i < size; ++i) {
        for (size_t r = 0; r < Registers; ++r) {
            const V permuted = a[r] * values[i] + b[r];
            least[r] = permuted < least[r] ? permuted : least[r];
        }
    }
    std::memcpy(minima, least, sizeof least);
}

template <size_t Bytes, size_t Registers>
NEARDUP_INLINE void lower_minima(const uint64_t *__restrict hashes, size_t size, const Permutations &permutations,
                                 uint32_t *minima) {
    alignas(64) uint32_t values[block_size];
    for (size_t i = 0; i < whole_vectors(size); ++i) values[i] = mix32(static_cast<uint32_t>(hashes[i]));
    constexpr size_t lanes = Vector<uint32_t, Bytes>::lanes;
    size_t k = 0;
    for (; k + Registers * lanes <= permutations.count; k += Registers * lanes)
        lower_some<Bytes, Registers>(values, size, permutations.multipliers + k, permutations.addends + k, minima + k);
    for (; k < permutations.count; k += lanes)
        lower_some<Bytes, 1>(values, size, permutations.multipliers + k, permutations.addends + k, minima + k);
}

}  // namespace neardup
