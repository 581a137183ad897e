// Two stretches of one text, aligned.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "interrupts.hpp"
#include "slots.hpp"

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
    // the next call. Of several, the one that takes equal codes as soon as it meets them and else goes on in the original
    // where that loses nothing.
    const std::vector<Piece> &common(int32_t original, int32_t original_stop, int32_t copy, int32_t copy_stop) {
        pieces_.clear();
        int32_t head = 0;
        const int32_t shorter = std::min(original_stop - original, copy_stop - copy);
        while (head < shorter && codes_[original + head] == codes_[copy + head]) ++head;
        if (head > 0) pieces_.push_back({original, copy, head});
        original += head;
        copy += head;
        const int32_t rows = original_stop - original, columns = copy_stop - copy;
        if (rows == 0 || columns == 0) return pieces_;
        Interrupts::count(static_cast<size_t>(rows) * static_cast<size_t>(columns / 64 + 4));
        if (columns <= 64) {
            trace<1>(original, rows, copy, columns);
        } else {
            trace<4>(original, rows, copy, columns);
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
        if (!may_reach(original, copy, step, rows, columns, least)) return {0, 0};
        constexpr int32_t never = -1000;
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
    static constexpr int32_t band = 8, drop = 8;

    // A bit for each column, the last column first, in as many words.
    template <size_t Words>
    using Columns = std::array<uint64_t, Words>;

    // Bit by bit, 64 columns at a time (Crochemore et al. 2001). With L(i, j) the length for what follows row i and column
    // j, the ones of `level` stand where L(i, j) = L(i, j + 1), and carries of the addition where L(i, j) > L(i + 1, j):
    // there the original must not go on alone.
    template <size_t Words>
    void trace(int32_t original, int32_t rows, int32_t copy, int32_t columns) {
        const auto equal = equal_columns<Words>(copy, columns);
        Columns<Words> level, waits[255];
        level.fill(~uint64_t{0});
        for (int32_t i = rows; i-- > 0;) {
            const Columns<Words> &same = equal[column_of(codes_[original + i], copy)];
            uint64_t carry = 0;
            for (size_t w = 0; w < Words; ++w) {
                const uint64_t both = level[w] & same[w], sum = level[w] + both + carry;
                waits[i][w] = both | (level[w] & ~sum);
                carry = waits[i][w] >> 63;
                level[w] = sum | (level[w] & ~both);
            }
        }
        for (int32_t i = 0, j = 0; i < rows && j < columns;) {
            const int32_t bit = columns - 1 - j;
            if (codes_[original + i] == codes_[copy + j]) {
                append({original + i++, copy + j++, 1}, pieces_);
            } else if (waits[i][static_cast<size_t>(bit / 64)] >> (bit % 64) & 1) {
                ++j;
            } else {
                ++i;
            }
        }
    }

    // Gives for the first column of each code, which is put into slots_, all its columns, and none for column 255.
    template <size_t Words>
    std::array<Columns<Words>, 256> equal_columns(int32_t copy, int32_t columns) {
        std::array<Columns<Words>, 256> equal;
        for (int32_t j = 0; j < columns; ++j) equal[static_cast<size_t>(j)].fill(0);
        equal[255].fill(0);
        slots_.fill(255);
        for (int32_t j = 0; j < columns; ++j) {
            size_t slot = slot_of(codes_[copy + j], copy);
            if (slots_[slot] == 255) slots_[slot] = static_cast<uint8_t>(j);
            const int32_t bit = columns - 1 - j;
            equal[slots_[slot]][static_cast<size_t>(bit / 64)] |= uint64_t{1} << (bit % 64);
        }
        return equal;
    }

    size_t column_of(uint32_t code, int32_t copy) const { return slots_[slot_of(code, copy)]; }

    size_t slot_of(uint32_t code, int32_t copy) const {
        size_t slot = code * secret_multiplier >> 55;
        while (slots_[slot] != 255 && codes_[copy + slots_[slot]] != code) slot = (slot + 1) % slots_.size();
        return slot;
    }

    // Whether what `reach` aligns may score `least`: no score grows in a row without equal codes.
    bool may_reach(int32_t original, int32_t copy, int32_t step, int32_t rows, int32_t columns, int32_t least) const {
        for (int32_t i = 1, most = 0; i <= rows; ++i) {
            const uint32_t code = codes_[original + step * (i - 1)];
            // More than the band where it is cut off, which does no harm.
            const int32_t middle = copy + step * (i - 1), first = middle - band, last = middle + band;
            const bool any = i <= columns + band && (first >= 0 && last < size_ ? has<2 * band + 1>(first, code)
                                                                                : has(std::max(0, first), last + 1, code));
            most += any ? 1 : -1;
            if (most >= least) return true;
            if (most < -drop) return false;
        }
        return false;
    }

    template <size_t Size>
    bool has(int32_t first, uint32_t code) const {
        uint32_t any = 0;
        for (size_t k = 0; k < Size; ++k) any |= codes_[first + static_cast<int32_t>(k)] == code;
        return any;
    }

    bool has(int32_t first, int32_t stop, uint32_t code) const {
        return std::find(codes_ + first, codes_ + std::min(stop, size_), code) != codes_ + std::min(stop, size_);
    }

    const uint32_t *codes_ = nullptr;
    const int32_t *positions_ = nullptr;
    int32_t size_ = 0;
    std::array<uint8_t, 512> slots_;  // the first column of each code that the copy has, or 255
    std::vector<Piece> pieces_;
};

}  // namespace neardup
