// The numbers that a text says, as neardup/numerals.py reads them; each as a hash of its plain form.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interrupts.hpp"
#include "shingle.hpp"
#include "texts.hpp"

namespace neardup {

class NumberReader {
  public:
    explicit NumberReader(const SimdKernels &lanes) : lanes_(lanes) {}

    // Calls `put(word)` with the code points of the plain forms of the numbers of a text that `folder` has folded last, in
    // order, and behind each number with a word that is no code point.
    template <typename Put>
    static void read(const TextFolder &folder, const TextView &text, Put put) {
        folder.with_points(text, [&](const auto *points, size_t size) { read_all(points, size, put); });
    }

    // The different numbers, sorted; valid until the next call.
    const std::vector<uint64_t> &read_different(const TextView &text) {
        found_.clear();
        written_.clear();
        with_points(text, lanes_, points_, [&](const auto *points, size_t size) {
            read_all(points, size, [&](uint32_t word) {
                if (word != end_of_number) {
                    written_.push_back(word);
                    return;
                }
                found_.push_back(hash_words(written_.data(), written_.size(), written_.size()));
                written_.clear();
            });
        });
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        return found_;
    }

    // Calls `visit(start, stop, hash)` with each number: where it stands, and a hash of its plain form.
    template <typename Char, typename Visit>
    static void locate(const Char *text, size_t size, Visit visit) {
        std::vector<uint32_t> written;
        for (size_t i = next_digit(text, 0, size); i < size; i = next_digit(text, i, size)) {
            const size_t start = i;
            written.clear();
            i = read_one(text, start, size, [&](uint32_t word) {
                if (word != end_of_number) written.push_back(word);
            });
            Interrupts::count(4 * (i - start));
            visit(start - (written.front() == '-'), i, hash_words(written.data(), written.size(), written.size()));
        }
    }

  private:
    static constexpr uint32_t end_of_number = UINT32_MAX;

    template <typename Char, typename Put>
    static void read_all(const Char *text, size_t size, Put put) {
        for (size_t i = next_digit(text, 0, size); i < size; i = next_digit(text, i, size)) {
            const size_t start = i;
            i = read_one(text, start, size, put);
            Interrupts::count(4 * (i - start));
        }
    }

    // Where the next digit stands, or `size`. Most texts have few: many code points are looked at together.
    template <typename Char>
    static size_t next_digit(const Char *text, size_t start, size_t size) {
        while (start + 32 <= size && !has_digit<32>(text + start)) start += 32;
        while (start + 8 <= size && !has_digit<8>(text + start)) start += 8;
        while (start < size && !is_digit(text[start])) ++start;
        return start;
    }

    template <size_t size, typename Char>
    static bool has_digit(const Char *text) {
        Char found = 0;
        for (size_t i = 0; i < size; ++i) found |= is_digit_among(text[i]);
        return found;
    }

    static uint32_t plain(uint32_t code) {
        if (code >= 0xFF01 && code <= 0xFF5E) return code - 0xFEE0;  // full width
        return code == 0x2212 ? '-' : code;
    }
    static bool is_digit(uint32_t code) { return code - '0' < 10u || code - 0xFF10 < 10u; }

    // The same, in no more bits than a code point has, so that more of them fit into a vector.
    template <typename Char>
    static Char is_digit_among(Char code) {
        const Char ascii = static_cast<Char>(code - '0') < 10;
        if (sizeof(Char) == 1) return ascii;
        return ascii | static_cast<Char>(static_cast<Char>(code - static_cast<Char>(0xFF10)) < 10);
    }
    static bool is_letter(uint32_t code) { return (code | 0x20) >= 'a' && (code | 0x20) <= 'z'; }
    static bool joins_parts(uint32_t code) {
        return plain(code) == '.' || plain(code) == ':' || plain(code) == '/' || code == 0x2044;
    }

    // Reads the number whose first digit stands at `start`, and returns where it stops.
    template <typename Char, typename Put>
    static size_t read_one(const Char *text, size_t start, size_t size, Put put) {
        const auto is_digit_at = [&](size_t i) { return i < size && is_digit(text[i]); };
        const auto digits_until = [&](size_t i) {
            while (is_digit_at(i)) ++i;
            return i;
        };
        const auto write = [&](size_t from, size_t to) {
            for (; from < to; ++from) put(plain(text[from]));
        };
        const bool is_signed = start > 0 && plain(text[start - 1]) == '-' &&
                               !(start > 1 && (is_digit(text[start - 2]) || is_letter(text[start - 2])));
        if (is_signed) put('-');
        size_t stop = digits_until(start);
        write(start, stop);
        if (stop - start <= 3) {  // separators of thousands
            size_t last = stop;
            while (last < size && plain(text[last]) == ',' && digits_until(last + 1) == last + 4) last += 4;
            for (; stop < last; stop += 4) write(stop + 1, stop + 4);
        }
        while (stop < size && joins_parts(text[stop]) && is_digit_at(stop + 1)) {
            const size_t last = digits_until(stop + 1);
            write(stop, last);
            stop = last;
        }
        if (stop < size && (plain(text[stop]) == '%' || text[stop] == 0x2030)) {
            write(stop, stop + 1);
            ++stop;
        }
        put(end_of_number);
        return stop;
    }

    const SimdKernels &lanes_;
    std::vector<uint64_t> found_;
    std::vector<uint32_t> written_, points_;
};

}  // namespace neardup
