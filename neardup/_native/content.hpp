// What a text says, as a digest: texts with equal folded codes and equal numbers have equal ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "numbers.hpp"
#include "shingle.hpp"
#include "sketch.hpp"
#include "windows.hpp"

namespace neardup {

class Content {
  public:
    explicit Content(const Lanes &lanes) : numbers_(lanes) {}

    // Writes 128 bits: the hash of a shingle, and one modulo a prime, since there are texts whose hashes modulo 2^64 are
    // equal for every multiplier (Thue-Morse strings). `view` is the text that was folded.
    void digest(const Codes &codes, const TextView &view, uint64_t *two) {
        words_.assign(codes.data, codes.data + codes.size);
        for (const uint64_t number : numbers_.read(view)) {
            words_.push_back(static_cast<uint32_t>(number));
            words_.push_back(static_cast<uint32_t>(number >> 32));
        }
        words_.push_back(static_cast<uint32_t>(codes.size));
        two[0] = hash_words(words_.data(), words_.size(), words_.size());
        two[1] = polynomial_hash(words_.data(), words_.size());
    }

  private:
    NumberReader numbers_;
    std::vector<uint32_t> words_;
};

}  // namespace neardup
