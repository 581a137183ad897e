// The paragraphs of a text, the stretches between its line breaks, with hashes of what they fold to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "breaks.hpp"
#include "interrupts.hpp"
#include "lanes.hpp"
#include "shingle.hpp"
#include "texts.hpp"

namespace neardup {

struct Paragraph {
    uint64_t hash;        // of its folded codes, as one shingle
    int32_t start, stop;  // in code points of the text
    int32_t chars;        // how many folded codes
};

// One for a thread: its buffers are kept from text to text.
class ParagraphFinder {
  public:
    ParagraphFinder(const FoldingTable &table, const SimdKernels &lanes, size_t min_chars)
        : folder_(table, lanes), lanes_(lanes), min_chars_(min_chars) {}

    // Replaces `found` by the paragraphs of at least `min_chars` folded codes, and returns a hash of the text as it is.
    // Throws InvalidUtf8, TooLong.
    uint64_t find(const TextView &text, std::vector<Paragraph> &found) {
        found.clear();
        switch (text.encoding) {
            case Encoding::latin1: return find_in(static_cast<const uint8_t *>(text.data), text.size, found);
            case Encoding::ucs2: return find_in(static_cast<const uint16_t *>(text.data), text.size, found);
            case Encoding::ucs4: return find_in(static_cast<const uint32_t *>(text.data), text.size, found);
            case Encoding::utf8: break;
        }
        if (points_.size() < text.size + overrun) points_.resize(text.size + overrun);
        const auto *bytes = static_cast<const uint8_t *>(text.data);
        return find_in(points_.data(), lanes_.decode_utf8(bytes, text.size, points_.data()), found);
    }

  private:
    template <typename Char>
    uint64_t find_in(const Char *points, size_t size, std::vector<Paragraph> &found) {
        constexpr Encoding encoding = sizeof(Char) == 1   ? Encoding::latin1
                                      : sizeof(Char) == 2 ? Encoding::ucs2
                                                          : Encoding::ucs4;
        uint64_t digest = size;
        size_t start = 0, folded = 0;
        for (size_t i = 0; i <= size; ++i) {
            Interrupts::at(i);
            if (i < size) digest = digest * hash_multiplier + points[i];
            if (i < size && !is_break(points[i])) continue;
            if (start < i) {
                folder_.fold({points + start, i - start, encoding});
                const size_t chars = folder_.size();
                check_size(folded += chars);
                if (chars >= min_chars_)
                    found.push_back({hash_words(folder_.codes(), chars, chars), static_cast<int32_t>(start),
                                     static_cast<int32_t>(i), static_cast<int32_t>(chars)});
            }
            start = i + 1;
        }
        return mix(digest);
    }

    TextFolder folder_;
    const SimdKernels &lanes_;
    size_t min_chars_;
    std::vector<uint32_t> points_;
};

}  // namespace neardup
