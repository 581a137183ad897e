// Two stretches of one text, aligned.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "bits.hpp"
#include "interrupts.hpp"
#include "lanes.hpp"

namespace neardup {

// `length` codes from `copy` on equal those from `original` on.
struct Piece {
    int32_t original, copy, length;

    int32_t original_stop() const { return original + length; }
    int32_t copy_stop() const { return copy + length; }
};

// Adds a piece, or extends the last one by it where it continues that.
inline void append(Piece piece, std::vector<Piece> &pieces) {
    if (!pieces.empty() && pieces.back().original_stop() == piece.original &&
        pieces.back().copy_stop() == piece.copy) {
        pieces.back().length += piece.length;
    } else {
        pieces.push_back(piece);
    }
}

inline int32_t matched(const std::vector<Piece> &pieces) {
    int32_t total = 0;
    for (const Piece &piece : pieces) total += piece.length;
    return total;
}

class Aligner {
  public:
    explicit Aligner(const SimdKernels &lanes) : lanes_(lanes) {}

    // `positions`: of each code, the code point it came from.
    void reset(const uint32_t *codes, const int32_t *positions, int32_t size) {
        codes_ = codes;
        positions_ = positions;
        size_ = size;
    }

    // The length of a longest common subsequence of [original, original_stop) and [copy, copy_stop), each at most 255 long.
    int32_t measure(int32_t original, int32_t original_stop, int32_t copy, int32_t copy_stop) {
        const int32_t shorter = std::min(original_stop - original, copy_stop - copy);
        head_ = 0;
        while (head_ < shorter && codes_[original + head_] == codes_[copy + head_]) ++head_;
        original_ = original, copy_ = copy;
        rows_ = original_stop - original - head_, columns_ = copy_stop - copy - head_;
        return head_ + (rows_ > 0 && columns_ > 0 ? measure_rest() : 0);
    }

    // Gives the one that was measured last; valid until the next call. Of several, the one that takes equal codes as soon
    // as it meets them, and else goes on in the original where that loses nothing.
    const std::vector<Piece> &pieces() {
        pieces_.clear();
        if (head_ > 0) pieces_.push_back({original_, copy_, head_});
        const int32_t original = original_ + head_, copy = copy_ + head_;
        for (int32_t i = 0, j = 0; i < rows_ && j < columns_;) {
            if (codes_[original + i] == codes_[copy + j]) {
                append({original + i++, copy + j++, 1}, pieces_);
            } else if (must_wait(static_cast<size_t>(i), static_cast<size_t>(columns_ - 1 - j))) {
                ++j;
            } else {
                ++i;
            }
        }
        return pieces_;
    }

    // Both steps.
    const std::vector<Piece> &common(int32_t original, int32_t original_stop, int32_t copy, int32_t copy_stop) {
        measure(original, original_stop, copy, copy_stop);
        return pieces();
    }

    bool splits_code_point(int32_t original, int32_t copy) const {
        const auto is_inside = [&](int32_t i) { return i > 0 && i < size_ && positions_[i - 1] == positions_[i]; };
        return is_inside(original) || is_inside(copy);
    }

    // Aligns the codes from two positions on, in steps of 1 or -1, as far as the score grows: 1 for a match, -1 for any
    // other step. Stays near the diagonal, and stops where the score falls far behind the best (the X-drop of BLAST,
    // Altschul et al. 1997). Gives nothing if the best score is below `least`.
    Reached reach(const Reach &from, int32_t least) {
        steps_.count(32);
        if (!lanes_.may_reach(codes_, size_, from, least)) return {0, 0};
        steps_.count(2 * reach_band * static_cast<size_t>(from.rows));
        return lanes_.reach(codes_, from, least, [](const void *self, int32_t original, int32_t copy) {
            return static_cast<const Aligner *>(self)->splits_code_point(original, copy);
        }, this);
    }

  private:
    int32_t measure_rest() {
        const auto rows = static_cast<size_t>(rows_), columns = static_cast<size_t>(columns_);
        words_ = (columns + 63) / 64;
        steps_.count(rows * (words_ + 4));
        const uint32_t *const last = codes_ + copy_ + head_ + columns;
        std::reverse_copy(last - columns, last, reversed_.begin());
        uint64_t level[max_words];
        lanes_.subsequence({codes_ + original_ + head_, reversed_.data(), rows, words_}, waits_.data(), level);
        int32_t length = 0;
        for (size_t w = 0; w < words_; ++w) {
            const size_t left = columns - 64 * w;
            length += count_bits(~level[w] & (left < 64 ? (uint64_t{1} << left) - 1 : ~uint64_t{0}));
        }
        return length;
    }

    // Whether the original must not go on alone.
    bool must_wait(size_t row, size_t bit) const { return waits_[row * words_ + bit / 64] >> (bit % 64) & 1; }

    const SimdKernels &lanes_;
    const uint32_t *codes_ = nullptr;
    const int32_t *positions_ = nullptr;
    int32_t size_ = 0;
    // What was measured last, behind the codes that both start with.
    int32_t original_ = 0, copy_ = 0, head_ = 0, rows_ = 0, columns_ = 0;
    size_t words_ = 0;
    std::array<uint32_t, 64 * max_words> reversed_{};
    std::array<uint64_t, max_aligned * max_words> waits_{};
    std::vector<Piece> pieces_;
    Steps steps_;
};

}  // namespace neardup
