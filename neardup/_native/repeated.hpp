// The windows of a text that stand more than once, and where each stands first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interrupts.hpp"
#include "lanes.hpp"
#include "memory.hpp"
#include "runs.hpp"
#include "slots.hpp"
#include "windows.hpp"

namespace neardup {

// Whether hashes were seen: a bit for each, of which few are set, so that most answers are right.
class SeenHashes {
  public:
    // Forgets all, and makes room for so many.
    void reset(size_t most) {
        size_t words = 16;
        for (shift_ = 60; words < most / 4; --shift_) words *= 2;
        words_ = room_.zeroed(words);
    }

    bool has(uint64_t hash) const { return words_[hash >> shift_] >> (hash % 64) & 1; }

    // Returns whether it had the hash, or one with the same bit.
    bool add(uint64_t hash) {
        uint64_t &word = words_[hash >> shift_];
        const uint64_t before = word;
        word = before | uint64_t{1} << (hash % 64);
        return before >> (hash % 64) & 1;
    }

  private:
    Room<uint64_t> room_;
    uint64_t *words_ = nullptr;
    uint64_t shift_ = 60;
};

// One for a thread: its buffers are kept from text to text.
//
// Most windows stand once. A pass over bits gives those whose hash was seen before, a second one those that share a hash
// with them, and only these are looked up.
class RepeatedWindows {
  public:
    explicit RepeatedWindows(const SimdKernels &lanes) : lanes_(lanes) {}

    // Finds windows of `width` codes, at most max_ngram. The codes have room for `overrun` more behind them.
    void find(const uint32_t *codes, size_t size, size_t width) {
        codes_ = codes;
        width_ = width;
        count_ = copies_count_ = 0;
        const size_t windows = size < width ? 0 : size - width + 1;
        if (const size_t again = hash_all(windows)) {
            count_ = keep_all_like(windows, again);
            copies_count_ = find_first(windows);
        }
    }

    // Where windows start that stand more than once, and a few others, ascending.
    const int32_t *starts() const { return starts_.get(); }
    size_t count() const { return count_; }

    // Those that stand before without overlapping themselves.
    const WindowCopy *copies() const { return copies_.get(); }
    size_t copies_count() const { return copies_count_; }

  private:
    // Returns how many windows have a hash that was seen before, and puts them at the beginning of starts_.
    size_t hash_all(size_t windows) {
        uint64_t *hashes = hashes_.of(windows + overrun);
        int32_t *again = starts_.of(windows);
        size_t count = 0;
        seen_.reset(windows);
        for (size_t begin = 0; begin < windows; begin += block_size) {
            const size_t size = std::min(block_size, windows - begin);
            Interrupts::count(4 * size);
            lanes_.hash_windows(codes_ + begin, size, width_, secret_multiplier, hashes + begin);
            for (size_t i = begin; i < begin + size; ++i) {
                again[count] = static_cast<int32_t>(i);
                count += seen_.add(hashes[i]);
            }
        }
        return count;
    }

    // Puts the windows with the hashes of `again` windows into starts_ in their place, and returns how many there are.
    size_t keep_all_like(size_t windows, size_t again) {
        const uint64_t *hashes = hashes_.get();
        int32_t *starts = starts_.get();
        seen_.reset(again);
        for (size_t i = 0; i < again; ++i) seen_.add(hashes[starts[i]]);
        size_t count = 0;
        Interrupts::in_blocks(windows, [&](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                starts[count] = static_cast<int32_t>(i);
                count += seen_.has(hashes[i]);
            }
        });
        return count;
    }

    // Returns how many copies there are.
    size_t find_first(size_t windows) {
        const uint64_t *hashes = hashes_.get();
        const int32_t *starts = starts_.get();
        int32_t *first = first_.of(windows);
        WindowCopy *copies = copies_.of(count_);
        const auto width = static_cast<int32_t>(width_);
        size_t found = 0;
        occurrences_.reset(codes_, width_, count_);
        constexpr size_t ahead = 16;
        int32_t previous = -2, last = -2;  // where the window before in the list stands first, and where itself
        for (size_t i = 0; i < count_; ++i) {
            Interrupts::at(i);
            if (i + ahead < count_) occurrences_.prefetch(hashes[starts[i + ahead]]);
            const int32_t start = starts[i];
            const bool follows = last + 1 == start && previous + 1 < start &&
                                 codes_[previous + width_] == codes_[start + width_ - 1];
            previous = follows ? first[previous + 1] : occurrences_.find_or_insert(hashes[start], start);
            first[start] = previous;
            last = start;
            copies[found] = {start, previous};
            found += previous + width <= start;
        }
        return found;
    }

    const SimdKernels &lanes_;
    const uint32_t *codes_ = nullptr;
    size_t width_ = 0, count_ = 0, copies_count_ = 0;
    SeenHashes seen_;
    FirstOccurrences occurrences_;
    Room<uint64_t> hashes_;
    Room<int32_t> starts_, first_;
    Room<WindowCopy> copies_;
};

}  // namespace neardup
