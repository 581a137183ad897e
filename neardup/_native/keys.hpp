// Keys that several texts share, numbered without gaps: what most texts have for themselves alone is left out.
#pragma once

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
        Numbers numbers(kept);
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
    }

    // How many different keys there are.
    size_t count() const { return count_; }
    const uint32_t *begin(size_t text) const { return numbers_.data() + offsets_[text]; }
    const uint32_t *end(size_t text) const { return numbers_.data() + offsets_[text + 1]; }

  private:
    static size_t power_of_two(size_t least) {
        size_t size = 64;
        while (size < least) size *= 2;
        return size;
    }

    // Two bits for each of many slots: whether a key fell there, and whether a second one did.
    class Marks {
      public:
        explicit Marks(size_t keys) : mask_(power_of_two(16 * keys) - 1) {
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

    // Open addressing from a key to its number.
    class Numbers {
      public:
        explicit Numbers(size_t keys) : mask_(power_of_two(2 * keys) - 1) {
            keys_ = zeroed<uint64_t>(mask_ + 1);
            next_ = zeroed<uint32_t>(mask_ + 1);
        }

        uint32_t of(uint64_t key) {
            // The high half: the low bits chose which keys are here.
            for (size_t slot = (key >> 32) & mask_;; slot = (slot + 1) & mask_) {
                if (next_[slot] == 0) {
                    keys_[slot] = key;
                    next_[slot] = ++count_;
                }
                if (keys_[slot] == key) return next_[slot] - 1;
            }
        }

        size_t count() const { return count_; }

      private:
        uint64_t mask_;
        std::unique_ptr<uint64_t[], Free> keys_;
        std::unique_ptr<uint32_t[], Free> next_;  // one more than the number; 0 for none
        uint32_t count_ = 0;
    };

    std::vector<uint32_t> numbers_;
    std::vector<size_t> offsets_;
    size_t count_ = 0;
};

}  // namespace neardup
