// Two stretches of one text, aligned.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "interrupts.hpp"

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
    // `positions`: of each code, the code point it came from.
    void reset(const uint32_t *codes, const int32_t *positions, int32_t size) {
        codes_ = codes;
        positions_ = positions;
        size_ = size;
    }

    // A longest common subsequence of [original, original_stop) and [copy, copy_stop), each at most 255 long; valid until
    // the next call.
    const std::vector<Piece> &common(int32_t original, int32_t original_stop, int32_t copy, int32_t copy_stop) {
        pieces_.clear();
        const int32_t rows = original_stop - original, columns = copy_stop - copy;
        if (rows == 0 || columns == 0) return pieces_;
        Interrupts::count(static_cast<size_t>(rows) * columns);
        lengths_.assign(static_cast<size_t>(rows + 1) * (columns + 1), 0);
        const auto length = [&](int32_t i, int32_t j) -> uint8_t & { return lengths_[i * (columns + 1) + j]; };
        for (int32_t i = rows; i-- > 0;) {
            for (int32_t j = columns; j-- > 0;) {
                length(i, j) = codes_[original + i] == codes_[copy + j] ? length(i + 1, j + 1) + 1
                                                                       : std::max(length(i + 1, j), length(i, j + 1));
            }
        }
        for (int32_t i = 0, j = 0; i < rows && j < columns;) {
            if (codes_[original + i] == codes_[copy + j]) {
                append({original + i++, copy + j++, 1}, pieces_);
            } else if (length(i + 1, j) >= length(i, j + 1)) {
                ++i;
            } else {
                ++j;
            }
        }
        return pieces_;
    }

    bool splits_code_point(int32_t original, int32_t copy) const {
        const auto is_inside = [&](int32_t i) { return i > 0 && i < size_ && positions_[i - 1] == positions_[i]; };
        return is_inside(original) || is_inside(copy);
    }

    // Aligns the codes from two positions on, in steps of 1 or -1, as far as the score grows: 1 for a match, -1 for any
    // other step. Stays near the diagonal, and stops where the score falls far behind the best (the X-drop of BLAST,
    // Altschul et al. 1997). Gives nothing if the best score is below `least`.
    std::pair<int32_t, int32_t> reach(int32_t original, int32_t copy, int32_t step, int32_t rows,
                                      int32_t columns, int32_t least) const {
        constexpr int32_t band = 8, drop = 8, never = -1000;
        std::array<int32_t, 2 * band + 2> scores, before;  // of j = i + d - band; the last is a border
        Interrupts::count(2 * band * static_cast<size_t>(rows));
        before.fill(never);
        for (int32_t j = 0; j <= band; ++j) before[band + j] = -j;
        int32_t best = least - 1, best_row = 0, best_column = 0, highest = 0;
        for (int32_t i = 1; i <= rows; ++i) {
            scores.fill(never);
            int32_t row_best = never;
            for (int32_t d = std::max(0, band - i); d <= 2 * band && i + d - band <= columns; ++d) {
                const int32_t j = i + d - band;
                int32_t score = before[d + 1] - 1;
                if (j > 0) {
                    const bool match = codes_[original + step * (i - 1)] == codes_[copy + step * (j - 1)];
                    score = std::max(score, before[d] + (match ? 1 : -1));
                    if (d > 0) score = std::max(score, scores[d - 1] - 1);
                }
                scores[d] = score;
                row_best = std::max(row_best, score);
                const int32_t before_it = step < 0;  // a position lies before its code
                if (score > best && !splits_code_point(original + step * i + before_it, copy + step * j + before_it)) {
                    best = score;
                    best_row = i;
                    best_column = j;
                }
            }
            highest = std::max(highest, row_best);
            if (row_best < highest - drop) break;
            std::swap(scores, before);
        }
        return {best_row, best_column};
    }

  private:
    const uint32_t *codes_ = nullptr;
    const int32_t *positions_ = nullptr;
    int32_t size_ = 0;
    std::vector<uint8_t> lengths_;
    std::vector<Piece> pieces_;
};

}  // namespace neardup
