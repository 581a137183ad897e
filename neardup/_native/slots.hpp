// The slot of a hash in a table, by a secret of the process: nobody can write texts whose hashes share one slot. No result
// depends on the secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace neardup {

inline uint64_t random_bits() {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

// Odd, for sums modulo 2^64.
inline const uint64_t secret_multiplier = random_bits() | 1;

// Of a table with a power of two of slots, by a multiplication whose upper bits are taken (Dietzfelbinger et al. 1997).
class Slots {
  public:
    Slots() = default;

    // At least `least` slots, and no fewer than 16.
    explicit Slots(size_t least) : multiplier_(secret_multiplier) {
        for (; count() < least; --shift_) mask_ = 2 * mask_ + 1;
    }

    size_t count() const { return mask_ + 1; }
    size_t of(uint64_t hash) const { return static_cast<size_t>(hash * multiplier_ >> shift_); }
    size_t after(size_t slot) const { return (slot + 1) & mask_; }

  private:
    uint64_t multiplier_ = 1;
    size_t mask_ = 15;
    uint64_t shift_ = 60;
};

}  // namespace neardup
