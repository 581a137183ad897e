// The loops that run in vector registers, compiled for several instruction sets. Which one runs is chosen at run
// time; the results are the same bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>

namespace neardup {

// How many shingles go through the vector loops at a time: their hashes stay in the first-level cache.
constexpr size_t block_size = 512;  // a multiple of every number of lanes
constexpr size_t max_ngram = 128;

// The affine permutations h -> a * h + b modulo 2^32; `count` is a multiple of `lane_multiple`.
constexpr size_t lane_multiple = 16;
struct Permutations {
    const uint32_t *multipliers, *addends;
    size_t count;
};

// How many values the functions may read or write behind the last; those do not matter.
constexpr size_t overrun = 64;

// Folds by `entries` up to the first code point that gives several codes, or to the end; moves `points` there and
// returns how many codes there are.
template <typename Char>
using FoldSingles = size_t (*)(const Char *&points, const Char *end, const uint32_t *entries, uint32_t *codes);

// The same, with the position of the code point that each code came from; that of the first one is given.
template <typename Char>
using LocateSingles = size_t (*)(const Char *&points, const Char *end, const uint32_t *entries, int32_t position,
                                 uint32_t *codes, int32_t *positions);

// A bit for each of 64 code points, whether it is of a kind; one more may be read.
template <typename Char>
using BitsOf = uint64_t (*)(const Char *points);

// Two stretches of one text of which a common subsequence is looked for.
struct Stretches {
    const uint32_t *rows;     // the codes of one
    const uint32_t *columns;  // those of the other, the last one first, and as many of any kind as fill up the last word
    size_t row_count, words;  // words: 64 columns each
};

// At most so many codes of a stretch are aligned.
constexpr size_t max_aligned = 255, max_words = 4;

// Around the diagonal, what `may_reach` looks at.
constexpr int32_t reach_band = 8, reach_drop = 8;

// From which two codes on, in steps of 1 or -1, how many rows and columns are aligned.
struct Reach {
    int32_t original, copy, step, rows, columns;
};

// How many rows and columns.
struct Reached {
    int32_t rows, columns;
};

// Whether one of two positions lies between the codes of one code point.
using Splits = bool (*)(const void *aligner, int32_t original, int32_t copy);

struct SimdKernels {
    const char *name;
    // Decodes UTF-8 and returns how many code points there are, at most `size`; throws InvalidUtf8.
    size_t (*decode_utf8)(const uint8_t *bytes, size_t size, uint32_t *points);
    // One for each width in which texts are stored.
    std::tuple<FoldSingles<uint8_t>, FoldSingles<uint16_t>, FoldSingles<uint32_t>> fold_singles;
    std::tuple<LocateSingles<uint8_t>, LocateSingles<uint16_t>, LocateSingles<uint32_t>> locate_singles;
    // Of those at which something may begin or be that is no content, see content.hpp, of those that may be digits, of line
    // breaks, and in folded codes of Chinese digits.
    std::tuple<BitsOf<uint8_t>, BitsOf<uint16_t>, BitsOf<uint32_t>> triggers, digits, breaks;
    BitsOf<uint32_t> chinese_digits;
    // Hashes the `windows` (at most block_size) windows of `ngram` codes that start at codes[0], codes[1] and so on, with
    // a multiplier; see shingle.hpp.
    void (*hash_windows)(const uint32_t *codes, size_t windows, size_t ngram, uint64_t multiplier, uint64_t *hashes);
    // Hashes windows of 5 codes and of 13, the widths of shingles and anchors if nothing else is asked for, in less time
    // than one after the other.
    void (*hash_5_and_13)(const uint32_t *codes, size_t windows, uint64_t *of_5, uint64_t *of_13);
    // Copies the hashes up to `limit`, and returns how many there are.
    size_t (*select_small)(const uint64_t *hashes, size_t size, uint64_t limit, uint64_t *small);
    // Of none, the greatest there is.
    uint64_t (*least_hash)(const uint64_t *hashes, size_t size);
    // Sorts hashes into another array; with up to so many, faster than other ways.
    void (*sort_few)(uint64_t *hashes, size_t size, uint64_t *sorted);
    size_t few;
    // Lowers minima[k] to the least value of permutation k over the low halves of the hashes, at most block_size.
    void (*lower_minima)(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima);
    // Counts the places at which two arrays have the same byte.
    size_t (*equal_bytes)(const uint8_t *a, const uint8_t *b, size_t size);
    // Works out a longest common subsequence: for each row as many words as there are, with a bit for each column; see
    // Aligner in align.hpp. Leaves in `level` the zeros that count its length.
    void (*subsequence)(const Stretches &stretches, uint64_t *waits, uint64_t *level);
    // Whether an alignment may score `least`: no score grows in a row without equal codes in the band.
    bool (*may_reach)(const uint32_t *codes, int32_t size, const Reach &reach, int32_t least);
    // See Aligner in align.hpp.
    Reached (*reach)(const uint32_t *codes, const Reach &from, int32_t least, Splits splits, const void *aligner);
    // For the hash at place i, from `place` on, adds v ^ v >> 32, v = hash + i * hash_multiplier, modulo 2^64: in another
    // order the same hashes give another sum.
    uint64_t (*ordered_sum)(const uint64_t *hashes, size_t size, uint64_t place);
};

// The widest that this machine has; or the one of this name: "plain", "avx2", "avx512" or "avx512vbmi2".
// Throws std::invalid_argument if there is none of this name, or this machine does not have it.
const SimdKernels &choose_lanes(const char *name = nullptr);

}  // namespace neardup
