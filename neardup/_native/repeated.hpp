// The windows of a text that stand more than once, and where each stands first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "interrupts.hpp"
#include "lanes.hpp"
#include "memory.hpp"
#include "runs.hpp"
#include "slots.hpp"
#include "windows.hpp"

namespace neardup {

// Whether hashes were seen: a bit for each, of which few are set, so that most answers are right. To be copied into loops,
// where it stays in registers.
class SeenHashes {
  public:
    // For so many, in room that is used again.
    SeenHashes(size_t most, Room<uint64_t> &room) {
        size_t words = 16;
        for (; words < most / 4 && shift_ > 6; --shift_) words *= 2;
        words_ = room.zeroed(words);
    }

    bool has(uint32_t hash) const { return words_[hash >> shift_] >> (hash % 64) & 1; }

    // Returns whether it had the hash, or one with the same bit.
    bool add(uint32_t hash) {
        uint64_t &word = words_[hash >> shift_];
        const uint64_t before = word;
        word = before | uint64_t{1} << (hash % 64);
        return before >> (hash % 64) & 1;
    }

  private:
    uint64_t *words_;
    uint32_t shift_ = 28;
};

// So many windows to look up do not stay in the caches.
constexpr size_t outside_of_caches = 10'000;

// Where windows stand first, by their hashes. Windows that share a slot are compared, and a slot is seldom shared, so that
// no branch is guessed wrong where a window stands first.
class FirstStarts {
  public:
    // For so many windows, in room that is used again.
    FirstStarts(const uint32_t *codes, size_t width, size_t windows, Room<uint32_t> &room)
        : codes_(codes), width_(width) {
        // Outside of the caches, clearing the table takes longer than looking twice.
        const size_t least = windows < outside_of_caches ? 4 * windows : 2 * windows;
        size_t size = 16;
        for (; size < least && shift_ > 0; --shift_) size *= 2;
        mask_ = size - 1;
        slots_ = room.zeroed(size);
    }

    void prefetch(uint32_t hash) const { neardup::prefetch(slots_ + (hash >> shift_)); }

    // The first start of the window at `start`. Windows are given in order of their starts.
    int32_t find_or_insert(uint32_t hash, int32_t start) const {
        for (size_t slot = hash >> shift_;; slot = (slot + 1) & mask_) {
            const uint32_t taken = slots_[slot], plus_one = taken ? taken : static_cast<uint32_t>(start) + 1;
            slots_[slot] = plus_one;
            if (is_equal(plus_one - 1, static_cast<size_t>(start))) return static_cast<int32_t>(plus_one - 1);
        }
    }

  private:
    bool is_equal(size_t a, size_t b) const {
        // One width is known, so that no function is called.
        constexpr size_t often = 8;
        return width_ == often ? std::memcmp(codes_ + a, codes_ + b, often * sizeof(uint32_t)) == 0
                               : std::memcmp(codes_ + a, codes_ + b, width_ * sizeof(uint32_t)) == 0;
    }

    const uint32_t *codes_;
    size_t width_, mask_ = 0;
    uint32_t shift_ = 28;
    uint32_t *slots_;
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
            copies_count_ = find_copies();
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
        alignas(64) uint64_t block[block_size + overrun];
        uint32_t *hashes = hashes_.of(windows);
        int32_t *again = starts_.of(windows);
        size_t count = 0;
        SeenHashes seen(windows, seen_);
        for (size_t begin = 0; begin < windows; begin += block_size) {
            const size_t size = std::min(block_size, windows - begin);
            Interrupts::count(4 * size);
            lanes_.hash_windows(codes_ + begin, size, width_, secret_multiplier, block);
            for (size_t i = 0; i < size; ++i) hashes[begin + i] = static_cast<uint32_t>(block[i] >> 32);
            for (size_t i = begin; i < begin + size; ++i) {
                again[count] = static_cast<int32_t>(i);
                count += seen.add(hashes[i]);
            }
        }
        return count;
    }

    // Puts the windows with the hashes of `again` windows into starts_ in their place, and returns how many there are.
    size_t keep_all_like(size_t windows, size_t again) {
        const uint32_t *hashes = hashes_.get();
        int32_t *starts = starts_.get();
        SeenHashes seen(2 * again, seen_);
        Interrupts::in_blocks(again, [&](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) seen.add(hashes[starts[i]]);
        });
        size_t count = 0;
        Interrupts::in_blocks(windows, [&](size_t begin, size_t end) {
            const SeenHashes here = seen;
            size_t kept = count;
            for (size_t i = begin; i < end; ++i) {
                starts[kept] = static_cast<int32_t>(i);
                kept += here.has(hashes[i]);
            }
            count = kept;
        });
        return count;
    }

    // Looks the windows in starts_ up, and returns how many of them are copies.
    size_t find_copies() {
        const uint32_t *hashes = hashes_.get();
        const int32_t *starts = starts_.get();
        WindowCopy *copies = copies_.of(count_);
        const auto width = static_cast<int32_t>(width_);
        const FirstStarts first_starts(codes_, width_, count_, slots_);
        const size_t ahead = count_ < outside_of_caches ? count_ : 16;
        size_t found = 0;
        Interrupts::in_blocks(count_, [&, first_starts](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                if (i + ahead < count_) first_starts.prefetch(hashes[starts[i + ahead]]);
                const int32_t start = starts[i], first = first_starts.find_or_insert(hashes[start], start);
                copies[found] = {start, first};
                found += first + width <= start;
            }
        });
        return found;
    }

    const SimdKernels &lanes_;
    const uint32_t *codes_ = nullptr;
    size_t width_ = 0, count_ = 0, copies_count_ = 0;
    Room<uint64_t> seen_;
    Room<uint32_t> slots_;
    Room<uint32_t> hashes_;
    Room<int32_t> starts_;
    Room<WindowCopy> copies_;
};

}  // namespace neardup
