// Keys that several texts share, numbered without gaps: what most texts have for themselves alone is left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "memory.hpp"

namespace neardup {

// The keys of text i are keys[offsets(i)] to keys[offsets(i + 1)]; they are hashes, spread evenly, and of one text all
// different.
class SharedKeys {
  public:
    template <typename Offsets>
    SharedKeys(const uint64_t *keys, size_t texts, Offsets offsets) {
        const size_t total = offsets(texts);
        Marks marks(total);
        for (size_t i = 0; i < total; ++i) marks.add(keys[i]);
        size_t kept = 0;
        for (size_t i = 0; i < total; ++i) kept += marks.may_be_shared(keys[i]);
        Numbers numbers;
        numbers_.reserve(kept);
        offsets_.reserve(texts + 1);
        offsets_.push_back(0);
        for (size_t text = 0, i = 0; text < texts; ++text) {
            for (const size_t stop = offsets(text + 1); i < stop; ++i) {
                if (marks.may_be_shared(keys[i])) numbers_.push_back(numbers.of(keys[i]));
            }
            offsets_.push_back(numbers_.size());
        }
        count_ = numbers.count();
        leave_out_single();
    }

    // How many different keys there are.
    size_t count() const { return count_; }
    const uint32_t *begin(size_t text) const { return numbers_.data() + offsets_[text]; }
    const uint32_t *end(size_t text) const { return numbers_.data() + offsets_[text + 1]; }

  private:
    // Leaves out the keys that only seemed to be shared.
    void leave_out_single() {
        std::vector<uint32_t> uses(count_, 0);
        for (const uint32_t number : numbers_) ++uses[number];
        size_t kept = 0, i = 0;
        for (size_t text = 1; text < offsets_.size(); ++text) {
            for (const size_t stop = offsets_[text]; i < stop; ++i) {
                if (uses[numbers_[i]] > 1) numbers_[kept++] = numbers_[i];
            }
            offsets_[text] = kept;
        }
        numbers_.resize(kept);
    }

    static size_t power_of_two(size_t least) {
        size_t size = 64;
        while (size < least) size *= 2;
        return size;
    }

    // Two bits for each of many slots: whether a key fell there, and whether a second one did.
    class Marks {
      public:
        explicit Marks(size_t keys) : mask_(power_of_two(8 * keys) - 1) {
            once_ = zeroed<uint64_t>((mask_ + 1) / 64);
            twice_ = zeroed<uint64_t>((mask_ + 1) / 64);
        }

        void add(uint64_t key) {
            const uint64_t slot = key & mask_, bit = uint64_t{1} << (slot % 64);
            twice_[slot / 64] |= once_[slot / 64] & bit;
            once_[slot / 64] |= bit;
        }

        bool may_be_shared(uint64_t key) const {
            const uint64_t slot = key & mask_;
            return twice_[slot / 64] >> (slot % 64) & 1;
        }

      private:
        uint64_t mask_;
        std::unique_ptr<uint64_t[], Free> once_, twice_;
    };

    // Open addressing from a key to its number; grows, since nobody knows how many different keys there are.
    class Numbers {
      public:
        Numbers() : slots_(64) {}

        uint32_t of(uint64_t key) {
            if (2 * count_ >= slots_.size()) grow();
            Slot &slot = find(key);
            if (slot.number == 0) slot = {key, ++count_};
            return slot.number - 1;
        }

        size_t count() const { return count_; }

      private:
        struct Slot {
            uint64_t key = 0;
            uint32_t number = 0;  // one more than that of the key; 0 for none
        };

        Slot &find(uint64_t key) {
            // The high half: the low bits chose which keys are here.
            size_t slot = (key >> 32) & (slots_.size() - 1);
            while (slots_[slot].number != 0 && slots_[slot].key != key) slot = (slot + 1) & (slots_.size() - 1);
            return slots_[slot];
        }

        void grow() {
            std::vector<Slot> old(2 * slots_.size());
            old.swap(slots_);
            for (const Slot &slot : old) {
                if (slot.number != 0) find(slot.key) = slot;
            }
        }

        std::vector<Slot> slots_;
        uint32_t count_ = 0;
    };

    std::vector<uint32_t> numbers_;
    std::vector<size_t> offsets_;
    size_t count_ = 0;
};

// For each key the first texts that were added to it, no more than a limit.
class KeyLists {
  public:
    KeyLists(const SharedKeys &keys, size_t texts, size_t limit) : sizes_(keys.count(), 0), starts_(keys.count() + 1, 0) {
        for (const uint32_t *key = keys.begin(0); key != keys.end(texts - 1); ++key) ++starts_[*key + 1];
        for (size_t i = 0; i < sizes_.size(); ++i) starts_[i + 1] = starts_[i] + std::min(starts_[i + 1], limit);
        texts_.resize(starts_.back());
    }

    // Tells whether there was room; never more is asked for than the keys have.
    bool add(uint32_t key, uint32_t text) {
        const size_t place = starts_[key] + sizes_[key];
        if (place == starts_[key + 1]) return false;
        texts_[place] = text;
        ++sizes_[key];
        return true;
    }

    const uint32_t *begin(uint32_t key) const { return texts_.data() + starts_[key]; }
    const uint32_t *end(uint32_t key) const { return begin(key) + sizes_[key]; }

  private:
    std::vector<uint32_t> texts_, sizes_;
    std::vector<size_t> starts_;
};

}  // namespace neardup
