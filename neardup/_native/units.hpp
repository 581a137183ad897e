// The units that copies are made of: paragraphs, and the sentences of very long ones. See neardup/segmentation.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "breaks.hpp"
#include "interrupts.hpp"

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

// 。 ！ ？ … ｡ ! ?
inline bool is_sentence_end(uint32_t code) {
    return code == 0x3002 || code == 0xFF01 || code == 0xFF1F || code == 0x2026 || code == 0xFF61 || code == 0x21 ||
           code == 0x3F;
}

inline bool is_space(uint32_t code) {
    return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
           code == 0x205F || code == 0x3000;
}

// Whether a block of code points holds a line break: no branch for each, so that the compiler takes many at a time.
template <typename Char>
bool has_break(const Char *points, size_t size) {
    Char any = 0;
    for (size_t i = 0; i < size; ++i) {
        const Char code = points[i];
        Char found = (static_cast<Char>(code - 0x0A) < 4) | (static_cast<Char>(code - 0x1C) < 3) | (code == 0x85);
        if constexpr (sizeof(Char) > 1) found |= static_cast<Char>(code - 0x2028) < 2;
        any |= found;
    }
    return any != 0;
}

// Replaces `found` by the stretches between line breaks, the empty ones left out.
template <typename Char>
void find_paragraphs(const Char *points, size_t size, std::vector<TextSpan> &found) {
    found.clear();
    size_t start = 0;
    const auto add = [&](size_t stop) {
        if (start < stop) found.push_back({static_cast<int32_t>(start), static_cast<int32_t>(stop)});
        start = stop + 1;
    };
    constexpr size_t block = 32;
    for (size_t begin = 0; begin < size; begin += block) {
        Interrupts::at(begin);
        const size_t end = std::min(begin + block, size);
        if (end - begin == block && !has_break(points + begin, block)) continue;
        for (size_t i = begin; i < end; ++i) {
            if (is_break(points[i])) add(i);
        }
    }
    add(size);
}

// Adds the sentences of a paragraph. Each ends behind marks that end it and closing marks; space between them belongs to
// none.
template <typename Char>
void add_sentences(const Char *points, TextSpan paragraph, std::vector<TextSpan> &found) {
    int32_t stop = paragraph.stop;
    while (stop > paragraph.start && is_space(points[stop - 1])) --stop;
    for (int32_t i = paragraph.start; i < stop;) {
        const int32_t start = i;
        if (!is_space(points[i])) {
            while (i < stop && !is_sentence_end(points[i])) ++i;
            while (i < stop && is_sentence_end(points[i])) ++i;
            while (i < stop && is_closing(points[i])) ++i;
            found.push_back({start, i});
        } else {
            ++i;
        }
        Interrupts::count(static_cast<size_t>(i - start));
    }
}

// Replaces `found` by the units of a text, given its paragraphs: those of at most a third of it, and the sentences of
// longer ones.
template <typename Char>
void find_units(const Char *points, size_t size, const std::vector<TextSpan> &paragraphs, std::vector<TextSpan> &found) {
    found.clear();
    for (const TextSpan &paragraph : paragraphs) {
        if (3 * static_cast<int64_t>(paragraph.length()) > static_cast<int64_t>(size)) {
            add_sentences(points, paragraph, found);
        } else {
            found.push_back(paragraph);
        }
    }
}

}  // namespace neardup
