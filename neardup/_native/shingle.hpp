// The hash of a sequence of codes. For c[0..n) and a start s, with everything modulo 2^64:
//     hash = mix(s * B^n + c[0] * B^(n-1) + ... + c[n-2] * B + c[n-1])
// A shingle starts at its length, so shingles of different lengths differ; see neardup/shingling.py for the sources.
#pragma once

#include <cstddef>
#include <cstdint>

namespace neardup {

constexpr uint64_t hash_multiplier = 0xD1342543DE82EF95ull;

// Stafford's variant 13 of the MurmurHash3 finalizer: a bijection.
constexpr uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

inline uint64_t hash_words(const uint32_t *words, size_t size, uint64_t start) {
    uint64_t value = start;
    for (size_t i = 0; i < size; ++i) value = value * hash_multiplier + words[i];
    return mix(value);
}

}  // namespace neardup
