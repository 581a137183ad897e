// The shingles of single texts, hashed when they are needed, and how many of them two texts share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sketch.hpp"
#include "slots.hpp"

namespace neardup {

// Hashes one text of a batch after another.
class ShingleReader {
  public:
    ShingleReader(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes, size_t ngram)
        : texts_(texts), folder_(table, lanes, true, true), lanes_(lanes), ngram_(ngram) {}

    // The hashes in the order of the text, with duplicates; valid until the next call.
    const std::vector<uint64_t> &read(size_t text) {
        if (text == last_) return hashes_;
        last_ = text;
        hashes_.clear();
        fold_row(folder_, texts_, text);
        for_each_shingle(folder_, ngram_, lanes_, [&](const uint64_t *hashes, size_t size) {
            hashes_.insert(hashes_.end(), hashes, hashes + size);
        });
        return hashes_;
    }

    // The text that was read last, folded.
    const TextFolder &folder() const { return folder_; }
    const TextView &view(size_t text) const { return texts_[text]; }
    size_t ngram() const { return ngram_; }

  private:
    const std::vector<TextView> &texts_;
    TextFolder folder_;
    const SimdKernels &lanes_;
    size_t ngram_, last_ = SIZE_MAX;
    std::vector<uint64_t> hashes_;
};

// Where hashes stand first in a sequence of them, by open addressing. What a loop needs is in `Finder`, by value: then it
// stays in registers.
class FirstPlaces {
  public:
    static constexpr uint32_t none = UINT32_MAX;

    class Finder {
      public:
        Finder(const Slots &places, uint32_t *slots, const uint64_t *hashes)
            : places_(places), slots_(slots), hashes_(hashes) {}

        // Where the hash stands in the sequence, or the empty slot for it.
        uint32_t &of(uint64_t hash) const {
            size_t slot = places_.of(hash);
            while (slots_[slot] != none && hashes_[slots_[slot]] != hash) slot = places_.after(slot);
            return slots_[slot];
        }

      private:
        Slots places_;
        uint32_t *slots_;
        const uint64_t *hashes_;
    };

    // Empties the slots for a sequence of `most` hashes. More slots are faster as long as they are near.
    void reset(size_t most) {
        places_ = Slots((most < many ? 8 : 2) * most);
        slots_.assign(places_.count(), none);
    }

    Finder in(const std::vector<uint64_t> &hashes) { return {places_, slots_.data(), hashes.data()}; }

    // How many of the hashes are different.
    size_t count_different(const std::vector<uint64_t> &hashes) {
        reset(hashes.size());
        size_t count = 0;
        Interrupts::in_blocks(hashes.size(), [&, places = in(hashes)](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                uint32_t &place = places.of(hashes[i]);
                count += place == none;
                if (place == none) place = static_cast<uint32_t>(i);
            }
        });
        return count;
    }

  private:
    static constexpr size_t many = size_t{1} << 14;
    Slots places_;
    std::vector<uint32_t> slots_;
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

// A sequence of hashes, to be compared with others.
class HashSequence {
  public:
    void assign(const std::vector<uint64_t> &hashes) {
        hashes_ = hashes;
        places_.reset(hashes.size());
        first_.resize(hashes.size());
        different_.resize(hashes.size());
        size_t count = 0;
        Interrupts::in_blocks(hashes.size(), [&, places = places_.in(hashes_)](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                uint32_t &place = places.of(hashes[i]);
                if (place == FirstPlaces::none) {
                    place = static_cast<uint32_t>(i);
                    different_[count++] = hashes[i];
                }
                first_[i] = place;
            }
        });
        different_.resize(count);
    }

    const std::vector<uint64_t> &different() const { return different_; }

    // Compares with another sequence, which must stay as it is while places are asked for. Nothing is looked up where both
    // go on alike.
    Overlap compare(const std::vector<uint64_t> &others) {
        shared_places_.assign(hashes_.size(), FirstPlaces::none);
        other_places_.resize(others.size());
        unshared_.clear();
        size_t shared = 0;
        uint32_t next = 0;
        Interrupts::in_blocks(others.size(), [&, places = places_.in(hashes_), own = hashes_.data(),
                                              size = hashes_.size()](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                const uint64_t hash = others[i];
                const uint32_t at = next < size && own[next] == hash ? next : places.of(hash);
                other_places_[i] = at;
                if (at == FirstPlaces::none) {
                    unshared_.push_back(hash);
                    continue;
                }
                next = at + 1;
                other_places_[i] = first_[at];
                uint32_t &place = shared_places_[first_[at]];
                shared += place == FirstPlaces::none;
                if (place == FirstPlaces::none) place = static_cast<uint32_t>(i);
            }
        });
        return {shared, different_.size(), shared + other_.count_different(unshared_)};
    }

    // Of each hash of the sequence that was compared last, where this one has it first, or `FirstPlaces::none`.
    const std::vector<uint32_t> &places_of_other() const { return other_places_; }

    // Of each hash of this one, where that has it first.
    const std::vector<uint32_t> &places_in_other() {
        own_places_.resize(hashes_.size());
        for (size_t i = 0; i < hashes_.size(); ++i) own_places_[i] = shared_places_[first_[i]];
        Interrupts::count(hashes_.size());
        return own_places_;
    }

  private:
    FirstPlaces places_, other_;
    std::vector<uint64_t> hashes_, different_, unshared_;
    std::vector<uint32_t> first_;          // where each hash stands first
    std::vector<uint32_t> shared_places_;  // by that, where the other has it first
    std::vector<uint32_t> own_places_, other_places_;
};

// One bit for each of many slots: those into which hashes of a text fall.
class Bitmap {
  public:
    void assign(const std::vector<uint64_t> &hashes) {
        size_t slots = 64;
        while (slots < 8 * hashes.size()) slots *= 2;
        mask_ = slots - 1;
        words_.assign(slots / 64, 0);
        bits_ = 0;
        for (const uint64_t hash : hashes) {
            uint64_t &word = words_[(hash & mask_) / 64];
            bits_ += ~word >> (hash % 64) & 1;
            word |= uint64_t{1} << (hash % 64);
        }
    }

    // How many different hashes the text has at least.
    size_t least() const { return bits_; }

    // Whether a share of hashes may be in the text; at most one hash in eight is there by chance.
    bool may_have(const std::vector<uint64_t> &hashes, double part) const {
        constexpr size_t block = 64;
        const auto size = static_cast<double>(hashes.size());
        size_t missing = 0;
        for (size_t begin = 0; begin < hashes.size(); begin += block) {
            const size_t end = std::min(begin + block, hashes.size());
            for (size_t i = begin; i < end; ++i) missing += ~words_[(hashes[i] & mask_) / 64] >> (hashes[i] % 64) & 1;
            if ((size - static_cast<double>(missing)) / size < part) return false;
        }
        return true;
    }

    bool is_empty() const { return words_.empty(); }
    size_t words() const { return words_.size(); }
    void clear() { std::vector<uint64_t>().swap(words_); }

  private:
    std::vector<uint64_t> words_;
    uint64_t mask_ = 0;
    size_t bits_ = 0;
};

}  // namespace neardup
