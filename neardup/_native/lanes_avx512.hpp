// The loops for AVX-512 that the compiler does not find itself.
#pragma once

#include "utf8.hpp"
#include "vectors.hpp"

#ifdef NEARDUP_X86
#define NEARDUP_AVX512 NEARDUP_TARGET("avx512f,avx512dq,avx512vl,popcnt")
#define NEARDUP_AVX512_VBMI2 NEARDUP_TARGET("avx512f,avx512dq,avx512vl,avx512bw,avx512vbmi,avx512vbmi2,popcnt")

namespace neardup {

template <typename Char>
NEARDUP_AVX512 __m128i look_up_four(const Char *points, const uint32_t *entries) {
    const auto entry = [&](ptrdiff_t i) { return static_cast<int>(entries[points[i]]); };
    return _mm_setr_epi32(entry(0), entry(1), entry(2), entry(3));
}

// One by one, which is faster than the instruction that gathers them.
template <typename Char>
NEARDUP_AVX512 __m512i look_up(const Char *points, const uint32_t *entries) {
    const __m256i low = _mm256_set_m128i(look_up_four(points + 4, entries), look_up_four(points, entries));
    const __m256i high = _mm256_set_m128i(look_up_four(points + 12, entries), look_up_four(points + 8, entries));
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

template <typename Char>
NEARDUP_AVX512 size_t fold_singles_avx512(const Char *&points, const Char *end, const uint32_t *entries,
                                          uint32_t *codes) {
    constexpr ptrdiff_t group = 16;
    const Char *point = points;
    size_t size = 0;
    for (; end - point >= group; point += group) {
        const __m512i found = look_up(point, entries);
        const __mmask16 single = _mm512_cmpge_epi32_mask(found, _mm512_setzero_si512());
        const __mmask16 dropped = _mm512_cmpeq_epi32_mask(found, _mm512_set1_epi32(-1));
        if ((single | dropped) != 0xFFFF) break;
        _mm512_storeu_si512(codes + size, _mm512_maskz_compress_epi32(single, found));
        size += static_cast<size_t>(__builtin_popcount(single));
    }
    points = point;
    return size + fold_one_by_one(points, end, entries, codes + size);
}

template <typename Char>
NEARDUP_AVX512 size_t locate_singles_avx512(const Char *&points, const Char *end, const uint32_t *entries,
                                            int32_t position, uint32_t *codes, int32_t *positions) {
    constexpr ptrdiff_t group = 16;
    const Char *point = points;
    size_t size = 0;
    __m512i places = _mm512_add_epi32(_mm512_set1_epi32(position), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                                                                                     11, 12, 13, 14, 15));
    for (; end - point >= group; point += group) {
        const __m512i found = look_up(point, entries);
        const __mmask16 single = _mm512_cmpge_epi32_mask(found, _mm512_setzero_si512());
        const __mmask16 dropped = _mm512_cmpeq_epi32_mask(found, _mm512_set1_epi32(-1));
        if ((single | dropped) != 0xFFFF) break;
        _mm512_storeu_si512(codes + size, _mm512_maskz_compress_epi32(single, found));
        _mm512_storeu_si512(positions + size, _mm512_maskz_compress_epi32(single, places));
        size += static_cast<size_t>(__builtin_popcount(single));
        places = _mm512_add_epi32(places, _mm512_set1_epi32(group));
    }
    position += static_cast<int32_t>(point - points);
    points = point;
    return size + locate_singles(points, end, entries, position, codes + size, positions + size);
}

NEARDUP_AVX512 inline uint64_t equal_codes_avx512(const uint32_t *codes, uint32_t code) {
    const __m512i wanted = _mm512_set1_epi32(static_cast<int>(code));
    const auto equal = [&](size_t i) NEARDUP_AVX512 {
        return uint64_t{_mm512_cmpeq_epi32_mask(_mm512_loadu_si512(codes + i), wanted)} << i;
    };
    return equal(0) | equal(16) | equal(32) | equal(48);
}

NEARDUP_AVX512 inline bool has_code_avx512(const uint32_t *codes, uint32_t code) {
    const __m512i wanted = _mm512_set1_epi32(static_cast<int>(code));
    return _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(codes), wanted) || codes[2 * reach_band] == code;
}

// Compressed and stored whether there are any or not: no branch to guess wrong.
NEARDUP_AVX512 inline size_t select_small_avx512(const uint64_t *hashes, size_t size, uint64_t limit,
                                                 uint64_t *small) {
    constexpr size_t group = 8;
    const __m512i last = _mm512_set1_epi64(static_cast<long long>(limit));
    size_t count = 0, i = 0;
    for (; i + group <= size; i += group) {
        const __m512i some = _mm512_loadu_si512(hashes + i);
        const __mmask8 found = _mm512_cmple_epu64_mask(some, last);
        _mm512_storeu_si512(small + count, _mm512_maskz_compress_epi64(found, some));
        count += static_cast<size_t>(__builtin_popcount(found));
    }
    return count + select_small(hashes + i, size - i, limit, small + count);
}

struct ByteVector {
    alignas(64) uint8_t bytes[64];
    NEARDUP_AVX512 __m512i load() const { return _mm512_load_si512(bytes); }
};

// The numbers from `first` on, each `times` times.
constexpr ByteVector counting(uint8_t first, size_t times) {
    ByteVector numbers{};
    for (size_t i = 0; i < sizeof numbers.bytes; ++i) numbers.bytes[i] = static_cast<uint8_t>(first + i / times);
    return numbers;
}

constexpr ByteVector each_once = counting(0, 1);
constexpr ByteVector each_four_times[] = {counting(0, 4), counting(16, 4), counting(32, 4), counting(48, 4)};

// Decodes the 16 code points, of one byte or of three, that start at places `Group` * 16 and so on of `leads`.
template <size_t Group>
NEARDUP_AVX512_VBMI2 inline void decode_group(__m512i bytes, __m512i leads, uint32_t *points) {
    const __m512i places = _mm512_add_epi8(_mm512_permutexvar_epi8(each_four_times[Group].load(), leads),
                                           _mm512_set1_epi32(0x000102));
    // Three bytes in each lane, the first of them on top.
    const __m512i triples = _mm512_maskz_permutexvar_epi8(0x7777777777777777, places, bytes);
    const __m512i top = _mm512_and_si512(_mm512_srli_epi32(triples, 4), _mm512_set1_epi32(0xF000));
    const __m512i middle = _mm512_and_si512(_mm512_srli_epi32(triples, 2), _mm512_set1_epi32(0x0FC0));
    const __m512i low = _mm512_and_si512(triples, _mm512_set1_epi32(0x003F));
    const __m512i codes = _mm512_or_si512(_mm512_or_si512(top, middle), low);
    const __mmask16 is_triple = _mm512_test_epi32_mask(triples, _mm512_set1_epi32(0x800000));
    _mm512_storeu_si512(points + 16 * Group, _mm512_mask_mov_epi32(_mm512_srli_epi32(triples, 16), is_triple, codes));
}

// How far a text is decoded.
struct Utf8Cursor {
    const uint8_t *byte;
    uint32_t *point;
    uint64_t carried;  // the first bytes, if they must continue the last code point; bit i of a mask stands for byte i
};

constexpr ptrdiff_t utf8_loaded = 64, utf8_stride = 61;

NEARDUP_AVX512_VBMI2 inline __m512i all_bytes(int value) { return _mm512_set1_epi8(static_cast<char>(value)); }

// Decodes 61 bytes, if there is nothing else in them than code points of one byte and of three, the rule in Chinese:
// those of three that begin there end in the 64 bytes that are given. Else returns false.
// Of the last bytes there may be fewer, `left`, with zeros behind them.
NEARDUP_AVX512_VBMI2 inline bool decode_window(__m512i text, ptrdiff_t left, Utf8Cursor &at) {
    constexpr uint64_t window = ~uint64_t{0} >> (utf8_loaded - utf8_stride);
    const __m512i high_halves = _mm512_and_si512(text, all_bytes(0xF0));
    const uint64_t ascii = window & ~_mm512_movepi8_mask(text);
    const uint64_t triple = window & _mm512_cmpeq_epi8_mask(high_halves, all_bytes(0xE0));
    const uint64_t continues = _mm512_cmplt_epi8_mask(text, all_bytes(0xC0));  // signed: 0x80 is the least
    const uint64_t must_continue = triple << 1 | triple << 2 | at.carried;
    const uint64_t leads = ascii | triple;
    if (window & ((must_continue ^ continues) | ~(leads | continues))) return false;
    const uint64_t e0 = _mm512_cmpeq_epi8_mask(text, all_bytes(0xE0));
    const uint64_t ed = _mm512_cmpeq_epi8_mask(text, all_bytes(0xED));
    if (e0 | ed) {
        const uint64_t from_a0 = _mm512_cmpge_epu8_mask(text, all_bytes(0xA0));
        const uint64_t too_short = e0 << 1 & ~from_a0, surrogate = ed << 1 & from_a0;
        if (too_short | surrogate) return false;
    }
    const __m512i places = _mm512_maskz_compress_epi8(leads, each_once.load());
    const auto count = __builtin_popcountll(leads);
    decode_group<0>(text, places, at.point);
    decode_group<1>(text, places, at.point);
    if (count > 32) {
        decode_group<2>(text, places, at.point);
        decode_group<3>(text, places, at.point);
    }
    const ptrdiff_t step = std::min(left, utf8_stride);
    at = {at.byte + step, at.point + count - (utf8_stride - step), must_continue >> utf8_stride};
    return true;
}

// Decodes as many bytes one code point after another.
inline Utf8Cursor decode_one_by_one(Utf8Cursor at, const uint8_t *end) {
    const uint8_t *const stop = at.byte + std::min(end - at.byte, utf8_stride);
    if (at.carried) {
        // Back to where the code point begins.
        at.byte -= at.carried == 3 ? 1 : 2;
        --at.point;
        at.carried = 0;
    }
    while (at.byte < stop) *at.point++ = decode_utf8(at.byte, end);
    return at;
}

NEARDUP_AVX512_VBMI2 inline size_t decode_utf8_avx512(const uint8_t *bytes, size_t size, uint32_t *points) {
    const uint8_t *const end = bytes + size;
    Utf8Cursor at{bytes, points, 0};
    while (end - at.byte >= utf8_loaded) {
        if (!decode_window(_mm512_loadu_si512(at.byte), utf8_loaded, at)) at = decode_one_by_one(at, end);
    }
    // Masked loads are slow where the text comes from memory, so only at the end.
    while (at.byte != end) {
        const ptrdiff_t left = end - at.byte;
        const __m512i text = _mm512_maskz_loadu_epi8(~uint64_t{0} >> (utf8_loaded - left), at.byte);
        if (!decode_window(text, left, at)) at = decode_one_by_one(at, end);
    }
    if (at.carried) throw InvalidUtf8{};
    return static_cast<size_t>(at.point - points);
}

}  // namespace neardup
#endif
