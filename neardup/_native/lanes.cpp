#include "lanes.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

#include "shingle.hpp"
#include "utf8.hpp"

// The loops are templates that are inlined into one function for each instruction set, and compiled for it there.
#if defined(__GNUC__) || defined(__clang__)
#define NEARDUP_INLINE inline __attribute__((always_inline))
#define NEARDUP_TARGET(features) __attribute__((target(features)))
#else
#define NEARDUP_INLINE inline
#endif

#if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(_M_X64))
#define NEARDUP_X86 1
#include <immintrin.h>
#endif

namespace neardup {
namespace {

// The window sums of shingle.hpp by doubling the width: the sum of 2k codes from i on is that of the k codes from i
// on, times B^k, plus that of the k codes from i + k on. The loops read one buffer and write the other.
NEARDUP_INLINE void hash_windows(const uint32_t *__restrict codes, size_t windows, size_t ngram,
                                 uint64_t *__restrict hashes) {
    uint64_t buffers[2][block_size + max_ngram];
    uint64_t *__restrict from = buffers[0], *__restrict to = buffers[1];
    size_t width = 1, valid = windows + ngram - 1;
    uint64_t power = hash_multiplier;
    for (size_t i = 0; i < valid; ++i) from[i] = codes[i];
    size_t bit = 1;
    while (2 * bit <= ngram) bit *= 2;
    for (bit /= 2; bit != 0; bit /= 2) {
        valid -= width;
        const uint64_t *__restrict ahead = from + width;
        if (ngram & bit) {
            valid -= 1;
            const uint32_t *__restrict last = codes + 2 * width;
            for (size_t i = 0; i < valid; ++i) to[i] = (from[i] * power + ahead[i]) * hash_multiplier + last[i];
            power = power * power * hash_multiplier;
        } else {
            for (size_t i = 0; i < valid; ++i) to[i] = from[i] * power + ahead[i];
            power *= power;
        }
        width = 2 * width + (ngram & bit ? 1 : 0);
        uint64_t *swapped = from;
        from = to;
        to = swapped;
    }
    const uint64_t start = ngram * power;
    for (size_t i = 0; i < windows; ++i) hashes[i] = mix(from[i] + start);
}

// The MurmurHash3 finalizer for 32 bits, which comes before the permutations.
NEARDUP_INLINE uint32_t mix32(uint32_t value) {
    value = (value ^ (value >> 16)) * 0x85EBCA6Bu;
    value = (value ^ (value >> 13)) * 0xC2B2AE35u;
    return value ^ (value >> 16);
}

#if defined(__GNUC__) || defined(__clang__)
template <size_t Bytes>
struct Vector {
    typedef uint32_t type __attribute__((vector_size(Bytes)));
    static constexpr size_t lanes = Bytes / sizeof(uint32_t);
};
#else
template <size_t Bytes>
struct Vector {
    typedef uint32_t type;
    static constexpr size_t lanes = 1;
};
#endif

// `Registers` vectors of permutations at a time, held in registers over all values.
template <size_t Bytes, size_t Registers>
NEARDUP_INLINE void lower_some(const uint32_t *values, size_t size, const uint32_t *multipliers,
                               const uint32_t *addends, uint32_t *minima) {
    using V = typename Vector<Bytes>::type;
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
    uint32_t values[block_size];
    for (size_t i = 0; i < size; ++i) values[i] = mix32(static_cast<uint32_t>(hashes[i]));
    constexpr size_t lanes = Vector<Bytes>::lanes;
    size_t k = 0;
    for (; k + Registers * lanes <= permutations.count; k += Registers * lanes)
        lower_some<Bytes, Registers>(values, size, permutations.multipliers + k, permutations.addends + k, minima + k);
    for (; k < permutations.count; k += lanes)
        lower_some<Bytes, 1>(values, size, permutations.multipliers + k, permutations.addends + k, minima + k);
}

size_t decode_utf8_plain(const uint8_t *bytes, size_t size, uint32_t *points) {
    const uint32_t *const first = points;
    for (const uint8_t *const end = bytes + size; bytes != end;) *points++ = decode_utf8(bytes, end);
    return static_cast<size_t>(points - first);
}

// The platform's baseline: SSE2 on x86-64, NEON on AArch64.
void hash_windows_plain(const uint32_t *codes, size_t windows, size_t ngram, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, hashes);
}

void lower_minima_plain(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
#if defined(__aarch64__)
    constexpr size_t registers = 8;
#else
    constexpr size_t registers = 4;
#endif
    lower_minima<16, registers>(hashes, size, permutations, minima);
}

constexpr Lanes plain{"plain", decode_utf8_plain, hash_windows_plain, lower_minima_plain};

#ifdef NEARDUP_X86
// Eight code points of three bytes at a time, the rule in Chinese; what is between them, one by one.
NEARDUP_TARGET("avx2")
size_t decode_utf8_avx2(const uint8_t *bytes, size_t size, uint32_t *points) {
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
            const __m256i is_surrogate = _mm256_cmpeq_epi32(_mm256_and_si256(codes, _mm256_set1_epi32(0xF800)), _mm256_set1_epi32(0xD800));
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

NEARDUP_TARGET("avx2")
void hash_windows_avx2(const uint32_t *codes, size_t windows, size_t ngram, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, hashes);
}

NEARDUP_TARGET("avx2")
void lower_minima_avx2(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
    lower_minima<32, 4>(hashes, size, permutations, minima);
}

NEARDUP_TARGET("avx512f,avx512dq,avx512vl")
void hash_windows_avx512(const uint32_t *codes, size_t windows, size_t ngram, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, hashes);
}

NEARDUP_TARGET("avx512f,avx512dq,avx512vl")
void lower_minima_avx512(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
    lower_minima<64, 8>(hashes, size, permutations, minima);
}

constexpr Lanes avx2{"avx2", decode_utf8_avx2, hash_windows_avx2, lower_minima_avx2};
constexpr Lanes avx512{"avx512", decode_utf8_avx2, hash_windows_avx512, lower_minima_avx512};
#endif

}  // namespace

const Lanes &choose_lanes(const char *name) {
#ifdef NEARDUP_X86
    __builtin_cpu_init();
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl");
    const bool has_avx2 = __builtin_cpu_supports("avx2");
    if (has_avx512 && (!name || !std::strcmp(name, avx512.name))) return avx512;
    if (has_avx2 && (!name || !std::strcmp(name, avx2.name))) return avx2;
#endif
    if (!name || !std::strcmp(name, plain.name)) return plain;
    throw std::invalid_argument(std::string("NEARDUP_ISA=") + name +
                                ": this machine has no such instruction set; use plain, avx2 or avx512");
}

}  // namespace neardup
