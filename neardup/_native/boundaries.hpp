// The boundaries of the units of a text, in folded codes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bits.hpp"
#include "interrupts.hpp"

namespace neardup {

class Boundaries {
  public:
    Boundaries() = default;
    Boundaries(const int32_t *starts, size_t count, int32_t size) { reset(starts, count, size); }

    // `starts`: of units; `size`: of the text, whose end is a boundary too.
    void reset(const int32_t *starts, size_t count, int32_t size) {
        size_ = size;
        set_.reset(size);
        for (size_t i = 0; i < count; ++i) {
            Interrupts::at(i);
            if (starts[i] >= 0 && starts[i] <= size) set_.add(starts[i]);
        }
        not_start_ = set_.has(size) ? -1 : size;
        set_.add(size);
    }

    const PositionSet &set() const { return set_; }

    // Whether a unit starts at a position; the text does not start with its end.
    bool is_start(int32_t position) const { return position == 0 || (set_.has(position) && position != not_start_); }

    // The last boundary up to a position, the start of the text too, if it is at most so far; else what is further.
    int32_t before(int32_t position, int32_t most) const {
        const int32_t found = set_.last(std::max(0, position - most), position + 1);
        return found < 0 ? std::max(0, position - most - 1) : found;
    }

    // The same for the first from there on.
    int32_t behind(int32_t position, int32_t most) const {
        const int32_t found = set_.first(position, std::min(size_, position + most) + 1);
        return found < 0 ? position + most + 1 : found;
    }

  private:
    int32_t size_ = 0, not_start_ = -1;
    PositionSet set_;
};

}  // namespace neardup
