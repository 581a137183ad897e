// UTF-8 to code points, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace neardup {

struct InvalidUtf8 {};

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

}  // namespace neardup
