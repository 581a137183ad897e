// Where a hash goes in a table, by a secret of the process: nobody can write texts whose hashes all go to one place. No
// result depends on the secret.
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
    explicit Slots(size_t least) {
        while (count() < least) --shift_;
    }

    size_t count() const { return size_t{1} << (64 - shift_); }
    size_t of(uint64_t hash) const { return static_cast<size_t>(hash * secret_multiplier >> shift_); }
    size_t after(size_t slot) const { return (slot + 1) & (count() - 1); }

  private:
    int shift_ = 60;
};

}  // namespace neardup
