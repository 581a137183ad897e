// How much of a text is printed again, for many texts, without where it stands.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sketch.hpp"
#include "windows.hpp"

namespace neardup {

class CopyCounter {
  public:
    CopyCounter(size_t min_chars, size_t max_gap, const Lanes &lanes)
        : min_chars_(min_chars), max_gap_(max_gap), lanes_(lanes) {}

    // Counts the codes that lie in a window of min_chars codes which stands before without overlapping itself, and
    // those between two such windows, at most max_gap, if the originals are as near to each other as the copies.
    size_t count(const Folder &text) {
        if (text.size() < 2 * min_chars_ || !may_repeat(text)) return 0;
        const size_t windows = text.size() - min_chars_ + 1;
        first_.resize(windows);
        find_twice();
        leftmost_windows_among(text.codes(), windows, min_chars_, twice_.data(), twice_.size(), first_.data());
        size_t copied = 0, settled = 0, shift = 0;
        for (size_t i = min_chars_; i < windows; ++i) {
            const size_t original = first_[i];
            if (original + min_chars_ > i) continue;
            const size_t drift = std::max(i - original, shift) - std::min(i - original, shift);
            const bool continues = settled > 0 && i <= settled + max_gap_ && drift <= max_gap_;
            copied += i + min_chars_ - (continues ? settled : std::max(i, settled));
            settled = i + min_chars_;
            shift = i - original;
        }
        return copied;
    }

  private:
    // Windows narrower than those that count: where a wide one stands twice, all narrow ones in it do, one after the
    // other. Hashes only mark slots, so this may say yes in vain, seldom.
    bool may_repeat(const Folder &text) {
        const size_t width = std::min<size_t>(min_chars_, narrow);
        const size_t enough = min_chars_ - width + 1;
        size_t slots = 1024;
        while (slots < 16 * text.size()) slots *= 2;
        slot_mask_ = slots - 1;
        marks_.assign(slots / 64, 0);
        hashes_.clear();
        size_t in_a_row = 0, most = 0;
        for_each_shingle(text, width, lanes_, [&](const uint64_t *hashes, size_t size) {
            hashes_.insert(hashes_.end(), hashes, hashes + size);
            for (size_t i = 0; i < size; ++i) {
                in_a_row = mark(hashes[i]) ? in_a_row + 1 : 0;
                most = std::max(most, in_a_row);
            }
        });
        return most >= enough;
    }

    // Tells of each narrow window whether its slot was marked twice.
    void find_twice() {
        std::vector<uint64_t> again(marks_.size(), 0);
        std::fill(marks_.begin(), marks_.end(), 0);
        for (const uint64_t hash : hashes_) {
            if (mark(hash)) again[(hash & slot_mask_) / 64] |= uint64_t{1} << (hash % 64);
        }
        twice_.resize(hashes_.size());
        for (size_t i = 0; i < hashes_.size(); ++i)
            twice_[i] = again[(hashes_[i] & slot_mask_) / 64] >> (hashes_[i] % 64) & 1;
    }

    // Marks the slot of a hash, and tells whether it was marked.
    bool mark(uint64_t hash) {
        uint64_t &word = marks_[(hash & slot_mask_) / 64];
        const uint64_t bit = uint64_t{1} << (hash % 64);
        const bool was = word & bit;
        word |= bit;
        return was;
    }

    static constexpr size_t narrow = 13;
    size_t min_chars_, max_gap_;
    const Lanes &lanes_;
    std::vector<uint64_t> marks_, hashes_;
    std::vector<uint8_t> twice_;
    uint64_t slot_mask_ = 0;
    std::vector<int32_t> first_;
};

}  // namespace neardup
