// For every window of a text, where the same window stands first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "interrupts.hpp"
#include "memory.hpp"
#include "slots.hpp"

namespace neardup {

// Arithmetic modulo the Mersenne prime 2^61 - 1, for polynomial hashes (Karp and Rabin 1987). Modulo 2^64 would be
// cheaper, but Thue-Morse strings collide there for every base.
class Mersenne {
  public:
    static constexpr uint64_t prime = (uint64_t{1} << 61) - 1;
    // A secret of the process, so that nobody can write texts that collide: no hash of this kind is in a result.
    static inline const uint64_t base = random_bits() % (prime - 2) + 2;

    static uint64_t add(uint64_t a, uint64_t b) {
        const uint64_t sum = a + b;
        return sum >= prime ? sum - prime : sum;
    }

    static uint64_t multiply(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
        const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
        return add(static_cast<uint64_t>(product) & prime, static_cast<uint64_t>(product >> 61));
#else
        // a * b = high * 2^61 + low, by halves of 31 and 30 bits.
        const uint64_t a1 = a >> 31, a0 = a & 0x7FFFFFFFull, b1 = b >> 31, b0 = b & 0x7FFFFFFFull;
        const uint64_t middle = a1 * b0 + a0 * b1;
        const uint64_t folded = 2 * a1 * b1 + (middle >> 30) + ((middle & 0x3FFFFFFFull) << 31) + a0 * b0;
        return add(folded & prime, folded >> 61);
#endif
    }
};

// words[0] * base^(size-1) + ... + words[size-1], four words at a time: only one multiplication in four waits for another.
inline uint64_t polynomial_hash(const uint32_t *words, size_t size) {
    constexpr auto multiply = Mersenne::multiply;
    constexpr auto add = Mersenne::add;
    const uint64_t base = Mersenne::base, square = multiply(base, base), cube = multiply(square, base);
    const uint64_t fourth = multiply(square, square);
    uint64_t value = 0;
    size_t i = 0;
    for (; i + 4 <= size; i += 4) {
        Interrupts::at(i);
        const uint64_t first = add(multiply(cube, words[i]), multiply(square, words[i + 1]));
        const uint64_t last = add(multiply(base, words[i + 2]), words[i + 3]);
        value = add(multiply(value, fourth), add(first, last));
    }
    for (; i < size; ++i) value = add(multiply(value, base), words[i]);
    return value;
}

// The polynomial hash of each window of a text.
class RollingHash {
  public:
    RollingHash(const uint32_t *codes, size_t width) : codes_(codes), width_(width) {
        uint64_t leaving = 1;
        for (size_t i = 0; i < width; ++i) {
            leaving = Mersenne::multiply(leaving, Mersenne::base);
            value_ = Mersenne::add(Mersenne::multiply(value_, Mersenne::base), codes[i]);
        }
        leaving_ = Mersenne::prime - leaving;
    }

    uint64_t value() const { return value_; }

    void advance() {
        const uint64_t out = Mersenne::multiply(leaving_, *codes_);
        value_ = Mersenne::add(Mersenne::add(Mersenne::multiply(value_, Mersenne::base), codes_[width_]), out);
        ++codes_;
    }

  private:
    const uint32_t *codes_;
    size_t width_;
    uint64_t value_ = 0;
    uint64_t leaving_ = 0;  // minus base^width, the weight of the code that leaves the window
};

inline void prefetch(const void *address) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}

// The first start of each window, by open addressing. Windows with equal hashes are compared, so no answer rests on a
// hash.
class FirstOccurrences {
  public:
    FirstOccurrences() = default;
    FirstOccurrences(const uint32_t *codes, size_t width, size_t windows) { reset(codes, width, windows); }

    // Forgets all. `windows`: how many will be looked up.
    void reset(const uint32_t *codes, size_t width, size_t windows) {
        codes_ = codes;
        width_ = width;
        size_t size = 16;
        while (size < windows + windows / 2) size *= 2;
        slots_.zeroed(size);
        mask_ = size - 1;
    }

    static uint64_t mix(uint64_t hash) {
        hash *= 0x9E3779B97F4A7C15ull;
        return hash ^ (hash >> 32);
    }

    void prefetch(uint64_t mixed) const { neardup::prefetch(slots_.get() + (mixed & mask_)); }

    // The first start of the window at `start`. Windows are given in order of their starts.
    int32_t find_or_insert(uint64_t mixed, int32_t start) {
        const uint32_t tag = static_cast<uint32_t>(mixed >> 32);
        for (size_t slot = mixed & mask_;; slot = (slot + 1) & mask_) {
            Slot &found = slots_.get()[slot];
            if (found.start_plus_one == 0) {
                found = {tag, static_cast<uint32_t>(start) + 1};
                return start;
            }
            const int32_t earlier = static_cast<int32_t>(found.start_plus_one - 1);
            if (found.tag == tag && equal(earlier, start)) return earlier;
        }
    }

  private:
    struct Slot {
        uint32_t tag, start_plus_one;
    };

    bool equal(int32_t a, int32_t b) const {
        return std::memcmp(codes_ + a, codes_ + b, width_ * sizeof(uint32_t)) == 0;
    }

    const uint32_t *codes_ = nullptr;
    size_t width_ = 0, mask_ = 0;
    Room<Slot> slots_;
};

class LeftmostWindows {
  public:
    LeftmostWindows() = default;
    LeftmostWindows(const uint32_t *codes, size_t width, size_t windows) { reset(codes, width, windows); }

    // `windows`: how many will be looked up.
    void reset(const uint32_t *codes, size_t width, size_t windows) {
        codes_ = codes;
        width_ = width;
        occurrences_.reset(codes, width, windows);
    }

    // Writes the first starts of the windows that start in [begin, end); to be called in their order.
    void find(size_t begin, size_t end, int32_t *first) {
        RollingHash hash(codes_ + begin, width_);
        constexpr size_t block = 64;  // slots on their way from memory at a time
        uint64_t mixed[block];
        int32_t previous = -2;
        for (; begin < end; begin += block) {
            const size_t count = std::min(block, end - begin);
            Interrupts::count(16 * count);
            for (size_t i = 0; i < count; ++i) {
                mixed[i] = FirstOccurrences::mix(hash.value());
                occurrences_.prefetch(mixed[i]);
                if (begin + i + 1 < end) hash.advance();
            }
            for (size_t i = 0; i < count; ++i) {
                const int32_t start = static_cast<int32_t>(begin + i);
                previous = follows(previous, start) ? first[previous + 1] : occurrences_.find_or_insert(mixed[i], start);
                first[start] = previous;
            }
        }
    }

  private:
    // Whether the window at `start` is equal to the one behind `previous`, where the window before it stands first: only
    // the last code has to be compared.
    bool follows(int32_t previous, int32_t start) const {
        return previous >= 0 && previous + 1 < start && codes_[previous + width_] == codes_[start + width_ - 1];
    }

    const uint32_t *codes_ = nullptr;
    size_t width_ = 0;
    FirstOccurrences occurrences_;
};

inline void leftmost_windows(const uint32_t *codes, size_t windows, size_t width, int32_t *first) {
    if (windows > 0) LeftmostWindows(codes, width, windows).find(0, windows, first);
}

// The same, skipping windows that hold a narrower window known to stand once.
inline void leftmost_windows_among(const uint32_t *codes, size_t windows, size_t width, const uint8_t *may_stand_twice,
                                   size_t narrower_windows, int32_t *first) {
    const size_t inside = narrower_windows - windows + 1;  // narrower windows in a wide one
    // Stretches of wide windows that may stand twice.
    std::vector<std::pair<size_t, size_t>> stretches;
    size_t total = 0;
    for (size_t i = 0, begin = 0; i <= narrower_windows; ++i) {
        if (i < narrower_windows && may_stand_twice[i]) continue;
        Interrupts::count(2);
        if (i >= begin + inside) {
            stretches.emplace_back(begin, i - inside + 1);
            total += i - inside + 1 - begin;
        }
        begin = i + 1;
    }
    for (size_t i = 0; i < windows; ++i) first[i] = static_cast<int32_t>(i);
    LeftmostWindows leftmost(codes, width, total);
    for (const auto &[begin, end] : stretches) leftmost.find(begin, end, first);
}

// The same from where the narrower windows stand first.
inline void leftmost_wider_windows(const uint32_t *codes, size_t windows, size_t width, const int32_t *narrower,
                                   size_t narrower_windows, int32_t *first) {
    std::vector<uint8_t> stands_twice(narrower_windows, 0);
    for (size_t i = 0; i < narrower_windows; ++i) {
        if (narrower[i] != static_cast<int32_t>(i)) stands_twice[i] = stands_twice[narrower[i]] = 1;
    }
    leftmost_windows_among(codes, windows, width, stands_twice.data(), narrower_windows, first);
}

}  // namespace neardup
