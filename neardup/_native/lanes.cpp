#include "lanes.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

#include "lanes_avx2.hpp"
#include "lanes_avx512.hpp"
#include "utf8.hpp"
#include "vectors.hpp"

namespace neardup {
namespace {

size_t decode_utf8_plain(const uint8_t *bytes, size_t size, uint32_t *points) {
    const uint32_t *const first = points;
    for (const uint8_t *const end = bytes + size; bytes != end;) *points++ = decode_utf8(bytes, end);
    return static_cast<size_t>(points - first);
}

// The platform's baseline: SSE2 on x86-64, NEON on AArch64.
void hash_windows_plain(const uint32_t *codes, size_t windows, size_t ngram, uint64_t multiplier, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, multiplier, hashes);
}

void hash_5_and_13_plain(const uint32_t *codes, size_t windows, uint64_t *of_5, uint64_t *of_13) {
    hash_5_and_13(codes, windows, of_5, of_13);
}

void lower_minima_plain(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
#if defined(__aarch64__)
    constexpr size_t registers = 8;
#else
    constexpr size_t registers = 4;
#endif
    lower_minima<16, registers>(hashes, size, permutations, minima);
}

template <typename Char>
size_t fold_singles_plain(const Char *&points, const Char *end, const uint32_t *entries, uint32_t *codes) {
    return fold_singles(points, end, entries, codes);
}

template <typename Char>
size_t locate_singles_plain(const Char *&points, const Char *end, const uint32_t *entries, int32_t position,
                            uint32_t *codes, int32_t *positions) {
    return locate_singles(points, end, entries, position, codes, positions);
}

template <typename Char>
uint64_t triggers_plain(const Char *points) {
    return trigger_bits(points);
}

template <typename Char, typename Is>
uint64_t bits_plain(const Char *points) {
    return bits_of<Char, Is>(points);
}

size_t select_small_plain(const uint64_t *hashes, size_t size, uint64_t limit, uint64_t *small) {
    return select_small(hashes, size, limit, small);
}

uint64_t least_hash_plain(const uint64_t *hashes, size_t size) { return least_hash(hashes, size); }

void sort_few_plain(uint64_t *hashes, size_t size, uint64_t *sorted) { sort_few<16>(hashes, size, sorted); }

size_t equal_bytes_plain(const uint8_t *a, const uint8_t *b, size_t size) { return equal_bytes(a, b, size); }

uint64_t ordered_sum_plain(const uint64_t *hashes, size_t size, uint64_t place) {
    return ordered_sum(hashes, size, place);
}

void subsequence_plain(const Stretches &stretches, uint64_t *waits, uint64_t *level) {
    subsequence(stretches, waits, level, equal_codes);
}

bool may_reach_plain(const uint32_t *codes, int32_t size, const Reach &reach, int32_t least) {
    return may_reach(codes, size, reach, least, has_code);
}

Reached reach_plain(const uint32_t *codes, const Reach &from, int32_t least, Splits splits, const void *aligner) {
    return reach(codes, from, least, splits, aligner);
}

constexpr SimdKernels plain{"plain",
                      decode_utf8_plain,
                      {fold_singles_plain<uint8_t>, fold_singles_plain<uint16_t>, fold_singles_plain<uint32_t>},
                      {locate_singles_plain<uint8_t>, locate_singles_plain<uint16_t>, locate_singles_plain<uint32_t>},
                      {triggers_plain<uint8_t>, triggers_plain<uint16_t>, triggers_plain<uint32_t>},
                      {bits_plain<uint8_t, MayBeDigit>, bits_plain<uint16_t, MayBeDigit>, bits_plain<uint32_t, MayBeDigit>},
                      {bits_plain<uint8_t, IsBreak>, bits_plain<uint16_t, IsBreak>, bits_plain<uint32_t, IsBreak>},
                      bits_plain<uint32_t, IsChineseDigit>,
                      hash_windows_plain,
                      hash_5_and_13_plain,
                      select_small_plain,
                      least_hash_plain,
                      sort_few_plain,
                      24,
                      lower_minima_plain,
                      equal_bytes_plain,
                      subsequence_plain,
                      may_reach_plain,
                      reach_plain,
                      ordered_sum_plain};

#ifdef NEARDUP_X86
template <typename Char>
NEARDUP_AVX2 uint64_t triggers_avx2(const Char *points) {
    return trigger_bits(points);
}

template <typename Char, typename Is>
NEARDUP_AVX2 uint64_t bits_avx2(const Char *points) {
    return bits_of<Char, Is>(points);
}

template <typename Char>
NEARDUP_AVX512 uint64_t triggers_avx512(const Char *points) {
    return trigger_bits(points);
}

template <typename Char, typename Is>
NEARDUP_AVX512 uint64_t bits_avx512(const Char *points) {
    return bits_of<Char, Is>(points);
}

NEARDUP_AVX2
void hash_windows_avx2(const uint32_t *codes, size_t windows, size_t ngram, uint64_t multiplier, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, multiplier, hashes);
}

NEARDUP_AVX2
void hash_5_and_13_avx2(const uint32_t *codes, size_t windows, uint64_t *of_5, uint64_t *of_13) {
    hash_5_and_13(codes, windows, of_5, of_13);
}

NEARDUP_AVX2
void lower_minima_avx2(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
    lower_minima<32, 4>(hashes, size, permutations, minima);
}

NEARDUP_AVX512
void hash_windows_avx512(const uint32_t *codes, size_t windows, size_t ngram, uint64_t multiplier, uint64_t *hashes) {
    hash_windows(codes, windows, ngram, multiplier, hashes);
}

NEARDUP_AVX512
void hash_5_and_13_avx512(const uint32_t *codes, size_t windows, uint64_t *of_5, uint64_t *of_13) {
    hash_5_and_13(codes, windows, of_5, of_13);
}

NEARDUP_AVX512
uint64_t least_hash_avx512(const uint64_t *hashes, size_t size) { return least_hash(hashes, size); }

NEARDUP_AVX512
void sort_few_avx512(uint64_t *hashes, size_t size, uint64_t *sorted) { sort_few<64>(hashes, size, sorted); }

NEARDUP_AVX512
void lower_minima_avx512(const uint64_t *hashes, size_t size, const Permutations &permutations, uint32_t *minima) {
    lower_minima<64, 8>(hashes, size, permutations, minima);
}

NEARDUP_AVX2
size_t equal_bytes_avx2(const uint8_t *a, const uint8_t *b, size_t size) { return equal_bytes(a, b, size); }

NEARDUP_AVX2
uint64_t ordered_sum_avx2(const uint64_t *hashes, size_t size, uint64_t place) {
    return ordered_sum(hashes, size, place);
}

NEARDUP_AVX2
void subsequence_avx2(const Stretches &stretches, uint64_t *waits, uint64_t *level) {
    subsequence(stretches, waits, level, equal_codes_avx2);
}

NEARDUP_AVX2
bool may_reach_avx2(const uint32_t *codes, int32_t size, const Reach &reach, int32_t least) {
    return may_reach(codes, size, reach, least, has_code);
}

constexpr SimdKernels avx2{"avx2",
                     decode_utf8_avx2,
                     plain.fold_singles,
                     plain.locate_singles,
                     {triggers_avx2<uint8_t>, triggers_avx2<uint16_t>, triggers_avx2<uint32_t>},
                     {bits_avx2<uint8_t, MayBeDigit>, bits_avx2<uint16_t, MayBeDigit>, bits_avx2<uint32_t, MayBeDigit>},
                     {bits_avx2<uint8_t, IsBreak>, bits_avx2<uint16_t, IsBreak>, bits_avx2<uint32_t, IsBreak>},
                     bits_avx2<uint32_t, IsChineseDigit>,
                     hash_windows_avx2,
                     hash_5_and_13_avx2,
                     select_small_plain,
                     least_hash_plain,
                     sort_few_plain,
                     24,
                     lower_minima_avx2,
                     equal_bytes_avx2,
                     subsequence_avx2,
                     may_reach_avx2,
                     reach_avx2,
                     ordered_sum_avx2};

NEARDUP_AVX512
size_t equal_bytes_avx512(const uint8_t *a, const uint8_t *b, size_t size) { return equal_bytes(a, b, size); }

NEARDUP_AVX512
uint64_t ordered_sum_avx512(const uint64_t *hashes, size_t size, uint64_t place) {
    return ordered_sum(hashes, size, place);
}

NEARDUP_AVX512
void subsequence_avx512(const Stretches &stretches, uint64_t *waits, uint64_t *level) {
    subsequence(stretches, waits, level, equal_codes_avx512);
}

NEARDUP_AVX512
bool may_reach_avx512(const uint32_t *codes, int32_t size, const Reach &reach, int32_t least) {
    return may_reach(codes, size, reach, least, has_code_avx512);
}

constexpr SimdKernels avx512{
    "avx512",
    decode_utf8_avx2,
    {fold_singles_avx512<uint8_t>, fold_singles_avx512<uint16_t>, fold_singles_avx512<uint32_t>},
    {locate_singles_avx512<uint8_t>, locate_singles_avx512<uint16_t>, locate_singles_avx512<uint32_t>},
    {triggers_avx512<uint8_t>, triggers_avx512<uint16_t>, triggers_avx512<uint32_t>},
    {bits_avx512<uint8_t, MayBeDigit>, bits_avx512<uint16_t, MayBeDigit>, bits_avx512<uint32_t, MayBeDigit>},
    {bits_avx512<uint8_t, IsBreak>, bits_avx512<uint16_t, IsBreak>, bits_avx512<uint32_t, IsBreak>},
    bits_avx512<uint32_t, IsChineseDigit>,
    hash_windows_avx512,
    hash_5_and_13_avx512,
    select_small_avx512,
    least_hash_avx512,
    sort_few_avx512,
    40,
    lower_minima_avx512,
    equal_bytes_avx512,
    subsequence_avx512,
    may_reach_avx512,
    reach_avx2,
    ordered_sum_avx512};

constexpr SimdKernels avx512vbmi2{"avx512vbmi2",
                            decode_utf8_avx512,
                            avx512.fold_singles,
                            avx512.locate_singles,
                            avx512.triggers,
                            avx512.digits,
                            avx512.breaks,
                            avx512.chinese_digits,
                            hash_windows_avx512,
                            hash_5_and_13_avx512,
                            select_small_avx512,
                            least_hash_avx512,
                            sort_few_avx512,
                            40,
                            lower_minima_avx512,
                            equal_bytes_avx512,
                            subsequence_avx512,
                            may_reach_avx512,
                            reach_avx2,
                            ordered_sum_avx512};
#endif

}  // namespace

const SimdKernels &choose_lanes(const char *name) {
    const auto is_wanted = [&](const SimdKernels &lanes) { return !name || !std::strcmp(name, lanes.name); };
#ifdef NEARDUP_X86
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2");
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("popcnt");
    const bool has_vbmi2 = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
                           __builtin_cpu_supports("avx512vbmi2");
    if (has_avx512 && has_vbmi2 && is_wanted(avx512vbmi2)) return avx512vbmi2;
    if (has_avx512 && is_wanted(avx512)) return avx512;
    if (has_avx2 && is_wanted(avx2)) return avx2;
#endif
    if (is_wanted(plain)) return plain;
    throw std::invalid_argument(std::string("NEARDUP_ISA=") + name +
                                ": this machine has no such instruction set; use plain, avx2, avx512 or avx512vbmi2");
}

}  // namespace neardup
