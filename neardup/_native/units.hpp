// The units that copies are made of: paragraphs, and the sentences of very long ones. See neardup/segmentation.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "bits.hpp"
#include "breaks.hpp"
#include "interrupts.hpp"
#include "lanes.hpp"

namespace neardup {

// [start, stop) in code points of a text.
struct TextSpan {
    int32_t start, stop;

    int32_t length() const { return stop - start; }
};

// What may stand behind the end of a sentence and belong to it: Pe, Pf, and straight quotes.
constexpr uint32_t closing_marks[] = {
    0x0022, 0x0027, 0x0029, 0x005D, 0x007D, 0x00BB, 0x0F3B, 0x0F3D, 0x169C, 0x2019, 0x201D, 0x203A, 0x2046, 0x207E,
    0x208E, 0x2309, 0x230B, 0x232A, 0x2769, 0x276B, 0x276D, 0x276F, 0x2771, 0x2773, 0x2775, 0x27C6, 0x27E7, 0x27E9,
    0x27EB, 0x27ED, 0x27EF, 0x2984, 0x2986, 0x2988, 0x298A, 0x298C, 0x298E, 0x2990, 0x2992, 0x2994, 0x2996, 0x2998,
    0x29D9, 0x29DB, 0x29FD, 0x2E03, 0x2E05, 0x2E0A, 0x2E0D, 0x2E1D, 0x2E21, 0x2E23, 0x2E25, 0x2E27, 0x2E29, 0x2E56,
    0x2E58, 0x2E5A, 0x2E5C, 0x3009, 0x300B, 0x300D, 0x300F, 0x3011, 0x3015, 0x3017, 0x3019, 0x301B, 0x301E, 0x301F,
    0xFD3E, 0xFE18, 0xFE36, 0xFE38, 0xFE3A, 0xFE3C, 0xFE3E, 0xFE40, 0xFE42, 0xFE44, 0xFE48, 0xFE5A, 0xFE5C, 0xFE5E,
    0xFF02, 0xFF07, 0xFF09, 0xFF3D, 0xFF5D, 0xFF60, 0xFF63,
};

// Ps and Pi: what is opened belongs to what follows.
constexpr uint32_t opening_marks[] = {
    0x0028, 0x005B, 0x007B, 0x00AB, 0x0F3A, 0x0F3C, 0x169B, 0x2018, 0x201A, 0x201B, 0x201C, 0x201E, 0x201F, 0x2039,
    0x2045, 0x207D, 0x208D, 0x2308, 0x230A, 0x2329, 0x2768, 0x276A, 0x276C, 0x276E, 0x2770, 0x2772, 0x2774, 0x27C5,
    0x27E6, 0x27E8, 0x27EA, 0x27EC, 0x27EE, 0x2983, 0x2985, 0x2987, 0x2989, 0x298B, 0x298D, 0x298F, 0x2991, 0x2993,
    0x2995, 0x2997, 0x29D8, 0x29DA, 0x29FC, 0x2E02, 0x2E04, 0x2E09, 0x2E0C, 0x2E1C, 0x2E20, 0x2E22, 0x2E24, 0x2E26,
    0x2E28, 0x2E42, 0x2E55, 0x2E57, 0x2E59, 0x2E5B, 0x3008, 0x300A, 0x300C, 0x300E, 0x3010, 0x3014, 0x3016, 0x3018,
    0x301A, 0x301D, 0xFD3F, 0xFE17, 0xFE35, 0xFE37, 0xFE39, 0xFE3B, 0xFE3D, 0xFE3F, 0xFE41, 0xFE43, 0xFE47, 0xFE59,
    0xFE5B, 0xFE5D, 0xFF08, 0xFF3B, 0xFF5B, 0xFF5F, 0xFF62,
};

inline bool is_opening(uint32_t code) {
    return std::binary_search(std::begin(opening_marks), std::end(opening_marks), code);
}

inline bool is_closing(uint32_t code) {
    return std::binary_search(std::begin(closing_marks), std::end(closing_marks), code);
}

constexpr uint32_t spaces[] = {
    0x0009, 0x000A, 0x000B, 0x000C, 0x000D, 0x001C, 0x001D, 0x001E, 0x001F, 0x0020, 0x0085, 0x00A0, 0x1680, 0x2000, 0x2001,
    0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
};

// 。 ！ ？ … ｡ ! ?
struct IsSentenceEnd {
    template <typename Char>
    bool operator()(Char code) const {
        return lies_in<0x21, 0x21>(code) | lies_in<0x3F, 0x3F>(code) | lies_in<0x2026, 0x2026>(code) |
               lies_in<0x3002, 0x3002>(code) | lies_in<0xFF01, 0xFF01>(code) | lies_in<0xFF1F, 0xFF1F>(code) |
               lies_in<0xFF61, 0xFF61>(code);
    }
};

// Finds the code points of a kind, 64 of them at a time: `bits_of` tells which.
template <typename Char>
class Places {
  public:
    Places(const Char *points, size_t stop, BitsOf<Char> bits_of) : points_(points), stop_(stop), bits_of_(bits_of) {}

    // The first from a place on, or `stop`. Places are asked for in ascending order.
    size_t next(size_t from) {
        for (; from < stop_; from = begin_ + size) {
            if (from >= begin_ + size || !is_looked_at_) look(from);
            if (const uint64_t left = found_ >> (from - begin_)) return from + static_cast<size_t>(lowest_bit(left));
        }
        return stop_;
    }

  private:
    static constexpr size_t size = 64;

    void look(size_t begin) {
        steps_.count(size);
        begin_ = begin;
        is_looked_at_ = true;
        if (stop_ - begin > size) {
            found_ = bits_of_(points_ + begin);
        } else {
            Char last[size + 1] = {};
            std::copy(points_ + begin, points_ + stop_, last);
            found_ = bits_of_(last) & ~uint64_t{0} >> (size - (stop_ - begin));
        }
    }

    const Char *points_;
    size_t stop_, begin_ = 0;
    BitsOf<Char> bits_of_;
    bool is_looked_at_ = false;
    Steps steps_;
    uint64_t found_ = 0;
};

// Replaces `found` by the stretches between line breaks, the empty ones left out.
template <typename Char>
void find_paragraphs(const Char *points, size_t size, std::vector<TextSpan> &found) {
    found.clear();
    Places<Char> breaks(points, size, bits_of<Char, IsBreak>);
    for (size_t start = 0; start < size;) {
        const size_t stop = breaks.next(start);
        if (start < stop) found.push_back({static_cast<int32_t>(start), static_cast<int32_t>(stop)});
        start = stop + 1;
    }
}

// Adds the sentences of a paragraph. Each ends behind marks that end it and closing marks; space between them belongs to
// none.
template <typename Char>
void add_sentences(const Char *points, TextSpan paragraph, std::vector<TextSpan> &found) {
    const auto start = static_cast<size_t>(paragraph.start);
    auto stop = static_cast<size_t>(paragraph.stop);
    while (stop > start && is_space(points[stop - 1])) --stop;
    Places<Char> ends(points, stop, bits_of<Char, IsSentenceEnd>);
    Steps steps;
    for (size_t i = start; i < stop;) {
        const size_t before = i;
        if (is_space(points[i])) {
            ++i;
        } else {
            i = ends.next(i);
            while (i < stop && IsSentenceEnd()(points[i])) ++i;
            while (i < stop && is_closing(points[i])) ++i;
            found.push_back({static_cast<int32_t>(before), static_cast<int32_t>(i)});
        }
        steps.count(i - before);
    }
}

// Replaces `found` by the units of a text, given its paragraphs: those of at most a third of it, and the sentences of
// longer ones. Returns whether there are such.
template <typename Char>
bool find_units(const Char *points, size_t size, const std::vector<TextSpan> &paragraphs, std::vector<TextSpan> &found) {
    const auto is_long = [&](const TextSpan &paragraph) {
        return 3 * static_cast<int64_t>(paragraph.length()) > static_cast<int64_t>(size);
    };
    Interrupts::count(4 * paragraphs.size());
    if (std::none_of(paragraphs.begin(), paragraphs.end(), is_long)) {
        found = paragraphs;
        return false;
    }
    found.clear();
    for (const TextSpan &paragraph : paragraphs) {
        if (is_long(paragraph)) {
            add_sentences(points, paragraph, found);
        } else {
            found.push_back(paragraph);
        }
    }
    return true;
}

}  // namespace neardup
