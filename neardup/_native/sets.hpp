// Shingle sets of single texts, made when they are needed, and how many shingles two of them share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sketch.hpp"

namespace neardup {

// The sets of a batch of texts, each kept until there is no more room; then all are made anew.
class ShingleSets {
  public:
    // `room`: how many hashes may be kept.
    ShingleSets(const std::vector<TextView> &texts, const FoldingTable &table, const Lanes &lanes, size_t ngram,
                size_t room)
        : texts_(texts), folder_(table, lanes), lanes_(lanes), ngram_(ngram), room_(room), sets_(texts.size()) {}

    // Sorted and unique; valid until the next call.
    const std::vector<uint64_t> &get(size_t text) {
        std::vector<uint64_t> &set = sets_[text];
        if (!set.empty()) return set;
        std::vector<uint64_t> made;
        folder_.fold(texts_[text]);
        for_each_shingle(folder_, ngram_, lanes_, [&](const uint64_t *hashes, size_t size) {
            made.insert(made.end(), hashes, hashes + size);
        });
        sorter_.sort_unique(made);
        made.shrink_to_fit();
        if (kept_ + made.size() > room_) clear();
        kept_ += made.size();
        filled_.push_back(text);
        set = std::move(made);
        return set;
    }

  private:
    void clear() {
        for (const size_t text : filled_) std::vector<uint64_t>().swap(sets_[text]);
        filled_.clear();
        kept_ = 0;
    }

    const std::vector<TextView> &texts_;
    Folder folder_;
    HashSorter sorter_;
    const Lanes &lanes_;
    size_t ngram_, room_, kept_ = 0;
    std::vector<std::vector<uint64_t>> sets_;
    std::vector<size_t> filled_;
};

// One set, for counting how many hashes of others are in it.
class Members {
  public:
    void assign(const std::vector<uint64_t> &set) {
        size_ = set.size();
        size_t slots = 16;
        while (slots < 2 * size_) slots *= 2;
        mask_ = slots - 1;
        slots_.assign(slots, 0);
        has_zero_ = !set.empty() && set.front() == 0;
        mark_mask_ = marks_per_slot * slots - 1;
        marks_.assign((mark_mask_ + 1) / 64, 0);
        for (const uint64_t hash : set) marks_[(hash & mark_mask_) / 64] |= uint64_t{1} << (hash % 64);
        for (size_t i = has_zero_; i < size_; ++i) slots_[slot_of(set[i])] = set[i];
    }

    size_t size() const { return size_; }

    // No less than `count`, and little more, in a fraction of the time.
    size_t count_at_most(const std::vector<uint64_t> &set) const {
        size_t found = 0;
        for (const uint64_t hash : set) found += marks_[(hash & mark_mask_) / 64] >> (hash % 64) & 1;
        return found;
    }

    size_t count(const std::vector<uint64_t> &set) const {
        if (set.empty()) return 0;
        size_t found = has_zero_ && set.front() == 0;
        for (size_t i = set.front() == 0; i < set.size(); ++i) found += slots_[slot_of(set[i])] != 0;
        return found;
    }

  private:
    // Where a hash stands, or would stand: an empty slot holds 0.
    size_t slot_of(uint64_t hash) const {
        size_t slot = hash & mask_;
        while (slots_[slot] != hash && slots_[slot] != 0) slot = (slot + 1) & mask_;
        return slot;
    }

    static constexpr size_t marks_per_slot = 8;
    std::vector<uint64_t> slots_, marks_;
    uint64_t mask_ = 0, mark_mask_ = 0;
    size_t size_ = 0;
    bool has_zero_ = false;
};

}  // namespace neardup
