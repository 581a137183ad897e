// A batch of texts read in place: where each lies, and how to walk over its code points.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "content.hpp"
#include "fold.hpp"
#include "interrupts.hpp"
#include "lanes.hpp"
#include "utf8.hpp"

namespace neardup {

enum class Encoding : uint8_t { latin1, ucs2, ucs4, utf8 };

struct TextView {
    const void *data;
    size_t size;  // in units of the encoding: bytes for UTF-8
    Encoding encoding;
};

inline size_t size_in_bytes(const TextView &text) {
    return text.size * (text.encoding == Encoding::ucs4 ? 4 : text.encoding == Encoding::ucs2 ? 2 : 1);
}

// Prefetches every `step`-th byte of a text, as far as it stays in the cache.
inline void prefetch(const TextView &text, size_t step) {
#if defined(__GNUC__) || defined(__clang__)
    constexpr size_t most = size_t{1} << 16;
    const auto *const data = static_cast<const char *>(text.data);
    for (size_t i = 0; i < std::min(size_in_bytes(text), most); i += step) __builtin_prefetch(data + i);
    asm volatile("");  // else GCC leaves the call out, since the function does nothing
#else
    (void)text, (void)step;
#endif
}

// Prefetches the texts behind a row, which lie anywhere in memory. Translating an address takes about as long as fetching
// the data, so pages are touched first, for many texts at a time.
inline void prefetch_after(const std::vector<TextView> &texts, size_t row) {
    constexpr size_t line = 64, page = 4096, many = 32;
    if (row % many == 0) {
        for (size_t ahead = row + many; ahead < std::min(row + 2 * many, texts.size()); ++ahead)
            prefetch(texts[ahead], page);
    }
    if (row + 1 < texts.size()) prefetch(texts[row + 1], line);
}

// An error that names the row of a batch.
inline std::invalid_argument bad_text(size_t row, const std::string &what) {
    return std::invalid_argument("text " + std::to_string(row) + " " + what);
}

constexpr const char *too_long = "is longer than 2**30 code points; split it";

// Whether a text has more than `max_size` code points; of UTF-8, which need not be valid, continuing bytes do not count.
inline bool is_too_long(const TextView &text) {
    if (text.size <= max_size || text.encoding != Encoding::utf8) return text.size > max_size;
    if (text.size > 4 * max_size) return true;
    const auto *const bytes = static_cast<const uint8_t *>(text.data);
    return static_cast<size_t>(std::count_if(bytes, bytes + text.size, [](uint8_t byte) {
               return (byte & 0xC0) != 0x80;
           })) > max_size;
}

inline TextView checked(const TextView &text, size_t row) {
    if (is_too_long(text)) throw bad_text(row, too_long);
    return text;
}

// Calls `work`, and names the row where its text cannot be read or folded.
template <typename Work>
void naming(size_t row, Work work) {
    try {
        work();
    } catch (const InvalidUtf8 &) {
        throw bad_text(row, "is not valid UTF-8");
    } catch (const TooLong &) {
        throw bad_text(row, too_long);
    }
}

// Calls `visit(points, count)` with the code points of a text that is not UTF-8, in the width in which they are stored.
template <typename Visit>
void with_stored_points(const TextView &text, Visit visit) {
    if (text.encoding == Encoding::latin1) return visit(static_cast<const uint8_t *>(text.data), text.size);
    if (text.encoding == Encoding::ucs2) return visit(static_cast<const uint16_t *>(text.data), text.size);
    visit(static_cast<const uint32_t *>(text.data), text.size);
}

// The same for any text; UTF-8 is decoded into `decoded`. Throws InvalidUtf8.
template <typename Visit>
void with_points(const TextView &text, const SimdKernels &lanes, std::vector<uint32_t> &decoded, Visit visit) {
    if (text.encoding != Encoding::utf8) return with_stored_points(text, visit);
    if (decoded.size() < text.size + overrun) decoded.resize(text.size + overrun);
    const auto *bytes = static_cast<const uint8_t *>(text.data);
    const size_t count = lanes.decode_utf8(bytes, text.size, decoded.data());
    visit(const_cast<const uint32_t *>(decoded.data()), count);
}

// The folded codes of one text after another, or of their content if the table says so, in a buffer that is kept.
class TextFolder {
  public:
    // `located`: the positions of the codes are wanted too; `in_content`: those in the content, not in the text.
    TextFolder(const FoldingTable &table, const SimdKernels &lanes, bool located = false, bool in_content = false)
        : table_(table), lanes_(lanes), content_(table, lanes), located_(located), in_content_(in_content) {}

    // The codes stay valid until the next call. Throws InvalidUtf8, TooLong.
    void fold(const TextView &text) {
        neardup::with_points(text, lanes_, points_, [&](const auto *points, size_t count) {
            decoded_ = count;
            content_.read(points, count);
            if (content_.is_whole()) return fold_all(points, count);
            fold_all(content_.points(), content_.size());
            if (!located_ || in_content_) return;
            for (size_t i = 0; i < size_; ++i) positions_[i] = content_.positions()[static_cast<size_t>(positions_[i])];
        });
    }

    // Calls `visit(points, count)` with the code points of the text that was folded last.
    template <typename Visit>
    void with_points(const TextView &text, Visit visit) const {
        if (text.encoding == Encoding::utf8) return visit(points_.data(), decoded_);
        with_stored_points(text, visit);
    }

    // The same with the code points that were folded.
    template <typename Visit>
    void with_content(const TextView &text, Visit visit) const {
        if (content_.is_whole()) return with_points(text, visit);
        visit(content_.points(), content_.size());
    }

    // Calls `visit(points, count)` with each stretch of what was taken of the text that was folded last: no number goes on
    // from one to the next.
    template <typename Visit>
    void for_each_stretch(const TextView &text, Visit visit) const {
        if (content_.is_whole()) return with_points(text, visit);
        content_.for_each_stretch(visit);
    }

    const uint32_t *codes() const { return codes_.data(); }
    size_t size() const { return size_; }
    const FoldingTable &table() const { return table_; }
    const SimdKernels &lanes() const { return lanes_; }

    // Of each code, the code point that it came from, or where the reference begins that names that.
    const int32_t *positions() const { return positions_.data(); }

    // Whether a code point of the text gave several codes.
    bool has_several() const { return has_several_; }

  private:
    // Of content that folds to nothing the code points are taken as they are, but for those that show nothing.
    template <typename Char>
    void fold_all(const Char *points, size_t count) {
        fold_points(points, count);
        if (!table_.content || size_ > 0) return;
        for (size_t i = 0; i < count; ++i) {
            Interrupts::at(i);
            if (is_blank(points[i])) continue;
            if (located_) positions_[size_] = static_cast<int32_t>(i);
            codes_[size_++] = points[i];
        }
    }

    template <typename Char>
    void fold_points(const Char *points, size_t count) {
        // Few texts are long enough to be worth a look ahead.
        if (count > max_size / FoldingTable::max_length) check_size(folded_length(points, count, table_));
        make_room(count, count);
        size_ = 0;
        has_several_ = false;
        constexpr size_t slice = size_t{1} << 20;
        const Char *const start = points;
        for (const Char *const end = points + count; points != end;) {
            const Char *const before = points;
            const Char *const stop = points + std::min(slice, static_cast<size_t>(end - points));
            size_ += fold_singles(points, stop, static_cast<int32_t>(points - start));
            // Such code points stand together: the syllables of Korean.
            for (; points != stop && FoldingTable::is_several(table_.entries[*points]); ++points)
                expand(table_.entries[*points], static_cast<int32_t>(points - start), static_cast<size_t>(end - points));
            Interrupts::count(static_cast<size_t>(points - before));
        }
    }

    template <typename Char>
    size_t fold_singles(const Char *&points, const Char *stop, int32_t position) {
        if (!located_)
            return std::get<FoldSingles<Char>>(lanes_.fold_singles)(points, stop, table_.entries, codes_.data() + size_);
        return std::get<LocateSingles<Char>>(lanes_.locate_singles)(points, stop, table_.entries, position,
                                                                    codes_.data() + size_, positions_.data() + size_);
    }

    // Writes several codes, and makes room for as many more as `left`.
    void expand(uint32_t entry, int32_t position, size_t left) {
        const uint32_t length = FoldingTable::length(entry), offset = FoldingTable::offset(entry);
        if (offset + length > table_.expansions_size)
            throw std::out_of_range("the folding table points past its expansions");
        make_room(size_ + length + left, 2 * (size_ + length + left));
        if (located_) std::fill_n(positions_.begin() + static_cast<ptrdiff_t>(size_), length, position);
        for (uint32_t i = 0; i < length; ++i) codes_[size_++] = table_.expansions[offset + i];
        has_several_ = true;
    }

    // Makes room for `wanted` codes where there is none for `least`.
    void make_room(size_t least, size_t wanted) {
        if (codes_.size() >= least + overrun) return;
        codes_.resize(wanted + overrun);
        if (located_) positions_.resize(wanted + overrun);
    }

    const FoldingTable table_;
    const SimdKernels &lanes_;
    ContentReader content_;
    bool located_, in_content_, has_several_ = false;
    std::vector<uint32_t> codes_, points_;
    std::vector<int32_t> positions_;
    size_t size_ = 0, decoded_ = 0;
};

}  // namespace neardup
