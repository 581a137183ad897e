// The loops for AVX2 that the compiler does not find itself.
#pragma once

#include "utf8.hpp"
#include "vectors.hpp"

#ifdef NEARDUP_X86
#define NEARDUP_AVX2 NEARDUP_TARGET("avx2")

namespace neardup {

NEARDUP_AVX2 inline uint64_t equal_codes_avx2(const uint32_t *codes, uint32_t code) {
    const __m256i wanted = _mm256_set1_epi32(static_cast<int>(code));
    uint64_t equal = 0;
    for (size_t i = 0; i < 64; i += 8) {
        const __m256i some = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(codes + i));
        const int found = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(some, wanted)));
        equal |= static_cast<uint64_t>(found) << i;
    }
    return equal;
}

// Eight code points of three bytes at a time, the rule in Chinese; what is between them, one by one.
NEARDUP_AVX2 inline size_t decode_utf8_avx2(const uint8_t *bytes, size_t size, uint32_t *points) {
    const uint32_t *const first = points;
    const uint8_t *const end = bytes + size;
    const __m256i spread = _mm256_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1,  //
                                            2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
    constexpr ptrdiff_t read = 12 + 16;
    while (bytes != end) {
        if (end - bytes >= read) {
            const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes));
            const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + 12));
            const __m256i triples = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
            const __m256i codes = _mm256_or_si256(
                _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(triples, 4), _mm256_set1_epi32(0xF000)),
                                _mm256_and_si256(_mm256_srli_epi32(triples, 2), _mm256_set1_epi32(0x0FC0))),
                _mm256_and_si256(triples, _mm256_set1_epi32(0x003F)));
            const __m256i is_triple =
                _mm256_cmpeq_epi32(_mm256_and_si256(triples, _mm256_set1_epi32(0xF0C0C0)), _mm256_set1_epi32(0xE08080));
            const __m256i is_surrogate =
                _mm256_cmpeq_epi32(_mm256_and_si256(codes, _mm256_set1_epi32(0xF800)), _mm256_set1_epi32(0xD800));
            const __m256i is_long = _mm256_cmpgt_epi32(codes, _mm256_set1_epi32(0x7FF));
            const __m256i is_right = _mm256_andnot_si256(is_surrogate, _mm256_and_si256(is_triple, is_long));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(points), codes);
            const int right = _mm256_movemask_ps(_mm256_castsi256_ps(is_right));
            if (right == 0xFF) {
                bytes += 24;
                points += 8;
                continue;
            }
            const int count = __builtin_ctz(~right);
            bytes += 3 * count;
            points += count;
        }
        do {
            *points++ = decode_utf8(bytes, end);
        } while (bytes != end && *bytes < 0x80);
    }
    return static_cast<size_t>(points - first);
}

}  // namespace neardup
#endif
