// The numbers that a text says, as neardup/numerals.py reads them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <tuple>
#include <utility>
#include <vector>

#include "ascii.hpp"
#include "breaks.hpp"
#include "digits.hpp"
#include "interrupts.hpp"
#include "shingle.hpp"
#include "texts.hpp"
#include "units.hpp"

namespace neardup {

// A number: where it stands in the text, its plain form, and whether it marks an item of a list.
struct WrittenNumber {
    size_t start = 0, stop = 0;
    std::vector<uint32_t> form;
    bool is_marker = false, may_lead = false, may_follow = false;

    void assign(size_t from, size_t to, bool marks) {
        start = from, stop = to, is_marker = marks;
        may_lead = may_follow = false;
        form.clear();
    }
};

// What a scanner reads into; kept from text to text, it spares allocations.
struct NumberRoom {
    WrittenNumber last;
    std::vector<WrittenNumber> read;
};

template <typename Char>
class NumberScanner {
  public:
    NumberScanner(const Char *text, size_t size, const SimdKernels &lanes, NumberRoom &room)
        : text_(text), size_(size), digits_(text, size, std::get<BitsOf<Char>>(lanes.digits)), last_(room.last),
          read_(room.read) {}

    // Calls `visit(number)` with each number, in order.
    template <typename Visit>
    void scan(Visit visit) {
        bool has_last = false;
        WrittenNumber &last = last_;
        for (size_t i = next_digit(0); i < size_; i = next_digit(i)) {
            if (const size_t stop = stop_of_simple(i)) {
                if (has_last) emit(last, visit);
                has_last = false;
                last.assign(i, stop, false);
                last.form.assign(text_ + i, text_ + stop);
                emit(last, visit);
                i = stop;
                continue;
            }
            const size_t count = read(i);
            for (size_t k = 0; k < count; ++k) {
                WrittenNumber &found = read_[k];
                Interrupts::count(4 * (found.stop - i));
                i = std::max(i, found.stop);
                if (has_last && goes_on(last, found)) {
                    last.form.insert(last.form.end(), found.form.begin(), found.form.end());
                    last.stop = found.stop;
                    last.may_lead = found.may_lead;
                    continue;
                }
                if (has_last) emit(last, visit);
                std::swap(last, found);
                has_last = true;
            }
        }
        if (has_last) emit(last, visit);
    }

  private:
    static constexpr size_t max_joined_spaces = 3, max_joined_digits = 16, max_marker_digits = 3, max_indent = 8;

    template <typename Visit>
    static void emit(WrittenNumber &number, Visit visit) {
        std::vector<uint32_t> &form = number.form;
        const size_t begin = form[0] == '-';
        size_t zeros = begin;
        while (zeros + 1 < form.size() && form[zeros] == '0' && is_ascii_digit(form[zeros + 1])) ++zeros;
        form.erase(form.begin() + static_cast<ptrdiff_t>(begin), form.begin() + static_cast<ptrdiff_t>(zeros));
        visit(const_cast<const WrittenNumber &>(number));
    }

    // Where from a place on the next digit stands, or the end.
    size_t next_digit(size_t start) {
        do start = digits_.next(start);
        while (start < size_ && kind_at(start) == Digit::none && ++start);
        return start;
    }

    static uint32_t plain(uint32_t code) {
        if (code >= 0xFF01 && code <= 0xFF5E) return code - 0xFEE0;  // full width
        return code == 0x2212 ? '-' : code == 0x2044 ? '/' : code;
    }
    // A null behind the end.
    uint32_t at(size_t place) const { return place < size_ ? text_[place] : 0; }
    uint32_t plain_at(size_t place) const { return plain(at(place)); }
    Digit kind_at(size_t place) const {
        if (place >= size_ || !may_be_digit(text_[place])) return Digit::none;
        return is_ascii_digit(text_[place]) ? Digit::plain : digit_of(text_[place]).kind;
    }
    bool is_plain_digit(size_t place) const { return kind_at(place) == Digit::plain; }
    static bool is_one_of(uint32_t code, std::initializer_list<uint32_t> codes) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    }
    static bool separates(uint32_t code) { return is_one_of(plain(code), {'.', ':', '/'}); }

    bool is_joined_space(size_t place) const {
        const uint32_t code = at(place);
        return place < size_ && code != '\t' && is_space(code);
    }

    void write(size_t start, size_t stop, std::vector<uint32_t> &form) const {
        for (; start < stop; ++start) {
            uint32_t number = digit_of(text_[start]).number, digits[10];
            size_t count = 0;
            do digits[count++] = '0' + number % 10;
            while (number /= 10);
            while (count > 0) form.push_back(digits[--count]);
        }
    }

    // Where digits written in one way stop; an enclosed one stands for itself.
    size_t stop_of_digits(size_t start) const {
        const Digit kind = kind_at(start);
        size_t stop = start + 1;
        while (kind != Digit::enclosed && stop < size_ && kind_at(stop) == kind) ++stop;
        return stop;
    }

    // Where ASCII digits stop that a Chinese character follows, and none of what may belong to the number stands before;
    // 0 for others. Most are like that, so they are read without more.
    size_t stop_of_simple(size_t start) const {
        if (start > 0 && !lies_in<0x4E00, 0x9FFF>(static_cast<uint32_t>(text_[start - 1]))) return 0;
        size_t stop = start;
        while (stop < size_ && is_ascii_digit(text_[stop])) ++stop;
        return stop < size_ && lies_in<0x4E00, 0x9FFF>(static_cast<uint32_t>(text_[stop])) ? stop : 0;
    }

    // Whether a line starts at a place, but for spaces, brackets and bullets.
    bool starts_line(size_t place) const {
        const size_t floor = place - std::min(place, max_indent);
        while (place > floor && is_one_of(text_[place - 1], {' ', '\t', 0x3000, '(', 0xFF08, '[', 0xFF3B, 0x3010, '#', '*', '>', '-'}))
            --place;
        return place == 0 || is_break(text_[place - 1]);
    }

    bool has_thousands(size_t place) const {
        return plain_at(place) == ',' && is_plain_digit(place + 1) && is_plain_digit(place + 2) &&
               is_plain_digit(place + 3) && !is_plain_digit(place + 4);
    }

    bool has_sign(size_t start) const {
        if (start == 0 || plain_at(start - 1) != '-') return false;
        return start == 1 || !(is_ascii_letter(text_[start - 2]) || is_plain_digit(start - 2));
    }

    WrittenNumber &next(size_t &count, size_t start, size_t stop, bool is_marker = false) {
        if (count == read_.size()) read_.emplace_back();
        read_[count].assign(start, stop, is_marker);
        return read_[count++];
    }

    // Reads the number whose first digit stands at `start`, three of a date, and returns how many.
    size_t read(size_t start) {
        size_t count = 0, stop = stop_of_digits(start);
        const Digit kind = kind_at(start);
        if (kind != Digit::plain) {
            write(start, stop, next(count, start, stop, kind == Digit::enclosed && starts_line(start)).form);
            return count;
        }
        const bool may_be_marker = stop - start <= max_marker_digits && starts_line(start);
        if (may_be_marker && at(stop) == 0xFF0E) {
            write(start, stop, next(count, start, stop, true).form);
            return count;
        }
        const size_t whole = stop;
        WrittenNumber &number = next(count, start, stop);
        write(start, stop, number.form);
        if (stop - start <= 3) {
            for (; has_thousands(stop); stop += 4) write(stop + 1, stop + 4, number.form);
        }
        size_t parts = 1, second = 0, third = 0;
        bool is_short = true, is_one_separator = true;
        while (separates(at(stop)) && is_plain_digit(stop + 1)) {
            const size_t end = stop_of_digits(stop + 1);
            if (++parts == 2) second = stop + 1;
            if (parts == 3) third = stop + 1;
            is_short &= end - stop <= 3;
            is_one_separator &= plain_at(stop) != ':' && plain_at(stop) == plain_at(second - 1);
            number.form.push_back(plain_at(stop));
            write(stop + 1, end, number.form);
            stop = end;
        }
        if (parts == 3 && is_short && is_one_separator && whole == second - 1 && whole - start == 4) {
            number.stop = whole;
            number.form.resize(4);
            write(second, third - 1, next(count, second, third - 1).form);
            write(third, stop, next(count, third, stop).form);
            return count;
        }
        number.stop = stop;
        bool is_whole = stop == whole;
        if (may_be_marker && is_whole &&
            is_one_of(at(stop), {'.', 0x3001, 0xFF09, ')', ']', 0x3011, ':', 0xFF1A, 0xFF0E})) {
            number.is_marker = true;
            return count;
        }
        if (has_sign(start)) {
            number.start = start - 1;
            number.form.insert(number.form.begin(), '-');
            is_whole = false;
        }
        size_t unit = stop;
        while (unit < stop + max_joined_spaces && is_joined_space(unit)) ++unit;
        const bool has_unit = plain_at(unit) == '%' || at(unit) == 0x2030;
        if (has_unit) {
            number.form.push_back(plain_at(unit));
            number.stop = unit + 1;
        }
        number.may_lead = is_whole && !has_unit;
        number.may_follow = is_whole;
        return count;
    }

    // Whether a number goes on in the next one: nothing but a few spaces and at most one line break stand between.
    bool goes_on(const WrittenNumber &one, const WrittenNumber &other) const {
        if (!one.may_lead || !other.may_follow || one.form.size() + other.form.size() > max_joined_digits) return false;
        if (one.stop == other.start || other.start - one.stop > max_joined_spaces) return false;
        size_t breaks = 0;
        for (size_t i = one.stop; i < other.start; ++i) {
            if (!is_joined_space(i)) return false;
            breaks += is_break(text_[i]) && !(text_[i] == '\r' && at(i + 1) == '\n' && i + 1 < other.start);
        }
        return breaks <= 1;
    }

    const Char *text_;
    size_t size_;
    Places<Char> digits_;
    WrittenNumber &last_;
    std::vector<WrittenNumber> &read_;
};

class NumberReader {
  public:
    // Calls `put(word)` with the code points of the plain forms of the numbers of a text that `folder` has folded last, in
    // order, and behind each number with a word that is no code point.
    template <typename Put>
    static void read(const TextFolder &folder, const TextView &text, Put put) {
        NumberRoom room;
        folder.for_each_stretch(text, [&](const auto *points, size_t size) {
            NumberScanner(points, size, folder.lanes(), room).scan([&](const WrittenNumber &number) {
                for (const uint32_t word : number.form) put(word);
                put(UINT32_MAX);
            });
        });
    }

    // Calls `visit(start, stop, hash)` with each number: where it stands, and a hash of its plain form.
    template <typename Char, typename Visit>
    static void locate(const Char *text, size_t size, Visit visit) {
        NumberRoom room;
        NumberScanner(text, size, choose_lanes("plain"), room).scan([&](const WrittenNumber &number) {
            visit(number.start, number.stop, hash_words(number.form.data(), number.form.size(), number.form.size()));
        });
    }
};

}  // namespace neardup
