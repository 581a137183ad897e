// A batch of texts read in place: where each lies, and how to walk over its code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "fold.hpp"

namespace neardup {

enum class Encoding : uint8_t { latin1, ucs2, ucs4, utf8 };

struct TextView {
    const void *data;
    size_t size;  // in units of the encoding: bytes for UTF-8
    Encoding encoding;
};

struct InvalidUtf8 {};

// What is wrong with an item of a batch.
inline std::invalid_argument bad_text(size_t row, const std::string &what) {
    return std::invalid_argument("text " + std::to_string(row) + " " + what);
}

// Decodes the code point that starts at `byte` and moves past it; throws InvalidUtf8.
inline uint32_t decode_utf8(const uint8_t *&byte, const uint8_t *end) {
    const auto continues = [](uint8_t value) { return (value & 0xC0) == 0x80; };
    const size_t left = static_cast<size_t>(end - byte);
    const uint32_t lead = byte[0];
    if (lead >= 0xE0 && lead < 0xF0 && left >= 3 && continues(byte[1]) && continues(byte[2])) {
        const uint32_t code = (lead & 0x0F) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
        if (code < 0x800 || (code & 0xFFFFF800u) == 0xD800) throw InvalidUtf8{};
        byte += 3;
        return code;
    }
    if (lead < 0x80) {
        byte += 1;
        return lead;
    }
    if (lead >= 0xC2 && lead < 0xE0 && left >= 2 && continues(byte[1])) {
        const uint32_t code = (lead & 0x1F) << 6 | (byte[1] & 0x3Fu);
        byte += 2;
        return code;
    }
    if (lead >= 0xF0 && lead < 0xF5 && left >= 4 && continues(byte[1]) && continues(byte[2]) && continues(byte[3])) {
        const uint32_t code =
            (lead & 0x07) << 18 | (byte[1] & 0x3Fu) << 12 | (byte[2] & 0x3Fu) << 6 | (byte[3] & 0x3Fu);
        if (code < 0x10000 || code > 0x10FFFF) throw InvalidUtf8{};
        byte += 4;
        return code;
    }
    throw InvalidUtf8{};
}

// The folded codes of one text after another, in a buffer that is kept.
class Folder {
  public:
    explicit Folder(const FoldingTable &table) : table_(table) {}

    // The codes stay valid until the next call. Throws InvalidUtf8.
    void fold(const TextView &text) {
        // No encoding has more code points than units.
        if (codes_.size() < text.size) codes_.resize(text.size);
        switch (text.encoding) {
            case Encoding::latin1: return fold_points(static_cast<const uint8_t *>(text.data), text.size);
            case Encoding::ucs2: return fold_points(static_cast<const uint16_t *>(text.data), text.size);
            case Encoding::ucs4: return fold_points(static_cast<const uint32_t *>(text.data), text.size);
            case Encoding::utf8: return fold_utf8(static_cast<const uint8_t *>(text.data), text.size);
        }
    }

    const uint32_t *codes() const { return codes_.data(); }
    size_t size() const { return size_; }

  private:
    template <typename Char>
    void fold_points(const Char *point, size_t size) {
        const Char *end = point + size;
        fold_all(point, end, [](const Char *&next, const Char *) -> uint32_t { return *next++; });
    }

    void fold_utf8(const uint8_t *byte, size_t size) { fold_all(byte, byte + size, decode_utf8); }

    // `next(unit, end)` gives the code point at `unit` and moves past it.
    template <typename Unit, typename Next>
    void fold_all(const Unit *unit, const Unit *end, Next next) {
        const uint32_t *const entries = table_.entries;
        uint32_t *codes = codes_.data();
        size_t size = 0;
        while (unit != end) {
            const uint32_t entry = entries[next(unit, end)];
            if (entry + 1 > FoldingTable::expansion_bit) {
                size = expand(entry, size, static_cast<size_t>(end - unit));
                codes = codes_.data();
            } else {
                codes[size] = entry;
                size += entry != FoldingTable::dropped;
            }
        }
        size_ = size;
    }

    // Writes several codes behind the first `size`, and makes room for as many more as `left`.
    size_t expand(uint32_t entry, size_t size, size_t left) {
        const uint32_t length = FoldingTable::length(entry), offset = FoldingTable::offset(entry);
        if (offset + length > table_.expansions_size)
            throw std::out_of_range("the folding table points past its expansions");
        if (codes_.size() < size + length + left) codes_.resize(2 * (size + length + left));
        for (uint32_t i = 0; i < length; ++i) codes_[size++] = table_.expansions[offset + i];
        return size;
    }

    const FoldingTable table_;
    std::vector<uint32_t> codes_;
    size_t size_ = 0;
};

}  // namespace neardup
