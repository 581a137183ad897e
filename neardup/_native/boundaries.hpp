// The boundaries of the units of a text, in folded codes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bits.hpp"

namespace neardup {

class Boundaries {
  public:
    Boundaries() = default;
    Boundaries(const int32_t *sorted, size_t count, int32_t size) { reset(sorted, count, size); }

    // `sorted`: where units start, which must stay; `size`: of the text, whose end is a boundary too.
    void reset(const int32_t *sorted, size_t count, int32_t size) {
        first_ = sorted;
        last_ = sorted + count;
        size_ = size;
        set_.reset(size);
        for (const int32_t *each = first_; each != last_; ++each) {
            if (*each >= 0 && *each < size) set_.add(*each);
        }
        set_.add(size);
    }

    const PositionSet &set() const { return set_; }

    // The last boundary up to a position, and the first from there on.
    int32_t before(int32_t position) const {
        const int32_t *above = std::upper_bound(first_, last_, position);
        return above == first_ ? 0 : above[-1];
    }
    int32_t behind(int32_t position) const {
        const int32_t *found = std::lower_bound(first_, last_, position);
        return found == last_ ? size_ : *found;
    }

  private:
    const int32_t *first_ = nullptr, *last_ = nullptr;
    int32_t size_ = 0;
    PositionSet set_;
};

}  // namespace neardup
