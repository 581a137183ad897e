// The shingles of single texts, hashed when they are needed, and how many of them two texts share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sketch.hpp"

namespace neardup {

// Hashes one text of a batch after another.
class ShingleReader {
  public:
    ShingleReader(const std::vector<TextView> &texts, const FoldingTable &table, const Lanes &lanes, size_t ngram)
        : texts_(texts), folder_(table, lanes), lanes_(lanes), ngram_(ngram) {}

    // The hashes in the order of the text, some of them more than once; valid until the next call.
    const std::vector<uint64_t> &read(size_t text) {
        hashes_.clear();
        fold_row(folder_, texts_, text);
        for_each_shingle(folder_, ngram_, lanes_, [&](const uint64_t *hashes, size_t size) {
            hashes_.insert(hashes_.end(), hashes, hashes + size);
        });
        return hashes_;
    }

    // The folded codes of the text that was read last.
    Codes codes() const { return {folder_.codes(), folder_.size()}; }
    const TextView &view(size_t text) const { return texts_[text]; }

  private:
    const std::vector<TextView> &texts_;
    Folder folder_;
    const Lanes &lanes_;
    size_t ngram_;
    std::vector<uint64_t> hashes_;
};

// A set of hashes, by open addressing.
class HashTable {
  public:
    // Empties the set and makes room for so many hashes.
    void reset(size_t most) {
        size_t slots = 16;
        while (slots < 2 * most) slots *= 2;
        mask_ = slots - 1;
        slots_.assign(slots, 0);
        has_zero_ = false;
        size_ = 0;
    }

    // Adds a hash and tells whether it is new.
    bool add(uint64_t hash) {
        if (has(hash)) return false;
        if (hash == 0) {
            has_zero_ = true;
        } else {
            slots_[slot_of(hash)] = hash;
        }
        ++size_;
        return true;
    }

    bool has(uint64_t hash) const { return hash == 0 ? has_zero_ : slots_[slot_of(hash)] != 0; }
    size_t size() const { return size_; }

  private:
    // Where a hash stands, or would stand: an empty slot holds 0.
    size_t slot_of(uint64_t hash) const {
        size_t slot = hash & mask_;
        while (slots_[slot] != hash && slots_[slot] != 0) slot = (slot + 1) & mask_;
        return slot;
    }

    std::vector<uint64_t> slots_;
    uint64_t mask_ = 0;
    size_t size_ = 0;
    bool has_zero_ = false;
};

// How many shingles two texts share, and have.
struct Overlap {
    size_t shared, own, other;

    double jaccard() const { return ratio(shared, own + other - shared); }
    double containment() const { return ratio(shared, own); }
    double containment_of_other() const { return ratio(shared, other); }

  private:
    static double ratio(size_t part, size_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }
};

// One bit for each of many slots: those into which hashes of a text fall.
class Marks {
  public:
    void assign(const std::vector<uint64_t> &hashes) {
        size_t slots = 64;
        while (slots < 8 * hashes.size()) slots *= 2;
        mask_ = slots - 1;
        words_.assign(slots / 64, 0);
        for (const uint64_t hash : hashes) words_[(hash & mask_) / 64] |= uint64_t{1} << (hash % 64);
    }

    // How many hashes are in the text; more by those that share a slot with others, one in eight or fewer.
    size_t count_at_most(const std::vector<uint64_t> &hashes) const {
        size_t found = 0;
        for (const uint64_t hash : hashes) found += words_[(hash & mask_) / 64] >> (hash % 64) & 1;
        return found;
    }

    bool is_empty() const { return words_.empty(); }
    size_t words() const { return words_.size(); }
    void clear() { std::vector<uint64_t>().swap(words_); }

  private:
    std::vector<uint64_t> words_;
    uint64_t mask_ = 0;
};

}  // namespace neardup
