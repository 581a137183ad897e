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

// Scores of an alignment as bytes, in a lane for each diagonal of the band.
struct Scores {
    static constexpr int32_t zero = 128;  // stands for a score of 0, and 0 for none

    __m256i lanes;

    NEARDUP_AVX2 static __m256i all(int32_t value) { return _mm256_set1_epi8(static_cast<char>(value)); }

    NEARDUP_AVX2 static __m256i less(__m256i scores, int32_t by) { return _mm256_subs_epu8(scores, all(by)); }

    // The score of the diagonal before, as far as another one, in each lane.
    template <int By>
    NEARDUP_AVX2 __m256i from_below() const {
        const __m256i low = _mm256_permute2x128_si256(lanes, lanes, 0x08);
        if constexpr (By == 16) {
            return low;
        } else {
            return _mm256_alignr_epi8(lanes, low, 16 - By);
        }
    }

    NEARDUP_AVX2 __m256i from_above() const {
        return _mm256_alignr_epi8(_mm256_permute2x128_si256(lanes, lanes, 0x81), lanes, 1);
    }

    template <int By>
    NEARDUP_AVX2 void go_on() {
        lanes = _mm256_max_epu8(lanes, less(from_below<By>(), By));
    }

    // Those of at least `score`, a bit for each.
    NEARDUP_AVX2 uint32_t at_least(int32_t score) const {
        const __m256i wanted = all(zero + score);
        return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(lanes, wanted), lanes)));
    }
};

// Ones in the bytes whose bits are set.
NEARDUP_AVX2 inline __m256i bytes_of(uint32_t bits) {
    const __m256i place = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,  //
                                           2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)), place);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}

// A row at a time. Scores of more rows than a byte counts are worked out one by one.
NEARDUP_AVX2 inline Reached reach_avx2(const uint32_t *codes, const Reach &from, int32_t least, Splits splits,
                                       const void *aligner) {
    constexpr int32_t band = reach_band, most = 126, lanes = 2 * band + 1;
    if (from.rows > most || least < 1 || least > most) return reach(codes, from, least, splits, aligner);
    // The codes of the columns in order, and of any kind around them.
    uint32_t columns[band + most + band + 32];
    const int32_t needed = std::min(from.columns, from.rows + band);
    for (int32_t j = 0; j < needed; ++j) columns[band + j] = codes[from.copy + from.step * j];
    for (int32_t j = needed; j < from.rows + band + 16; ++j) columns[band + j] = 0;
    for (int32_t j = 0; j < band; ++j) columns[j] = 0;
    alignas(32) uint8_t start[32] = {};
    for (int32_t j = 0; j <= band; ++j) start[band + j] = static_cast<uint8_t>(Scores::zero - j);
    Scores scores{_mm256_load_si256(reinterpret_cast<const __m256i *>(start))};
    int32_t best = least - 1, highest = 0;
    Reached reached{0, 0};
    for (int32_t i = 1; i <= from.rows; ++i) {
        const int32_t first = std::max(0, band - i), stop = std::min(lanes, from.columns + band - i + 1);
        if (stop <= first) break;
        const uint32_t valid = ((uint32_t{1} << stop) - 1) & ~((uint32_t{1} << first) - 1);
        const __m256i code = _mm256_set1_epi32(static_cast<int>(codes[from.original + from.step * (i - 1)]));
        uint32_t equal = 0;
        for (int32_t k = 0; k < lanes; k += 8) {
            const auto *some = reinterpret_cast<const __m256i *>(columns + i - 1 + k);
            const __m256i same = _mm256_cmpeq_epi32(_mm256_loadu_si256(some), code);
            equal |= static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(same))) << k;
        }
        const __m256i is_valid = bytes_of(valid), matches = _mm256_and_si256(bytes_of(equal), Scores::all(2));
        const __m256i diagonal = _mm256_adds_epu8(Scores::less(scores.lanes, 1), matches);
        scores.lanes = _mm256_max_epu8(diagonal, Scores::less(scores.from_above(), 1));
        scores.lanes = _mm256_and_si256(scores.lanes, is_valid);
        scores.go_on<1>();
        scores.go_on<2>();
        scores.go_on<4>();
        scores.go_on<8>();
        scores.go_on<16>();
        scores.lanes = _mm256_and_si256(scores.lanes, is_valid);
        if (uint32_t better = scores.at_least(best + 1)) {
            alignas(32) uint8_t all[32];
            _mm256_store_si256(reinterpret_cast<__m256i *>(all), scores.lanes);
            for (; better != 0; better &= better - 1) {
                const int32_t d = __builtin_ctz(better), j = i + d - band, score = all[d] - Scores::zero;
                if (score > best && may_stop(from, i, j, splits, aligner)) {
                    best = score;
                    reached = {i, j};
                }
            }
        }
        highest += scores.at_least(highest + 1) != 0;  // no row scores more than one more than the row before
        if (!scores.at_least(highest - reach_drop)) break;
    }
    return reached;
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
