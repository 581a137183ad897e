// The content of a text: all of it but addresses and markup, found by one scan from left to right.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string_view>
#include <tuple>
#include <vector>

#include "breaks.hpp"
#include "character_references.hpp"
#include "fold.hpp"
#include "interrupts.hpp"
#include "lanes.hpp"
#include "markup.hpp"
#include "units.hpp"

namespace neardup {

// A stretch that is no content, or a character reference.
struct Found {
    static constexpr uint32_t left_out = UINT32_MAX;
    static constexpr int32_t nothing = -1;

    int32_t start = nothing, stop = nothing;
    uint32_t code = left_out;  // the code point that a reference names

    bool is_something() const { return start != nothing; }
    bool is_left_out() const { return code == left_out; }
};

// What shows nothing: white space, controls, joiners and other format characters, variation selectors, tags.
inline bool is_blank(uint32_t code) {
    constexpr uint32_t blanks[][2] = {{0x0000, 0x0020}, {0x007F, 0x00A0}, {0x00AD, 0x00AD}, {0x034F, 0x034F},
                                      {0x061C, 0x061C}, {0x1680, 0x1680}, {0x180B, 0x180F}, {0x2000, 0x200F},
                                      {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000}, {0x3164, 0x3164},
                                      {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};
    return std::any_of(std::begin(blanks), std::end(blanks),
                       [code](const auto &range) { return range[0] <= code && code <= range[1]; });
}

// The rules, each tried where one of its triggers stands; looks ahead no further than it reads once. Where something was
// found the scan goes on behind it, and nothing reaches back into it.
template <typename Char>
class ContentScanner {
  public:
    ContentScanner(const Char *points, size_t size, const SimdKernels &lanes)
        : text_(points, size), triggers_(std::get<BitsOf<Char>>(lanes.triggers)), blocks_(text_), links_(text_) {}

    // Appends what is no content, and the character references in what is; ascending and disjoint.
    void scan(std::vector<Found> &found) {
        Places<Char> triggers(text_.points(), text_.size(), triggers_);
        for (size_t place = triggers.next(0); place < text_.size(); place = triggers.next(place)) {
            const Found one = at(place++);
            if (!one.is_something()) continue;
            found.push_back(one);
            place = floor_ = static_cast<size_t>(one.stop);
        }
    }

    // Appends the character references anywhere.
    void scan_references(std::vector<Found> &found) {
        for (size_t place = 0; place < text_.size(); ++place) {
            Interrupts::at(place);
            if (text_[place] != '&') continue;
            const Found one = reference(place);
            if (!one.is_something()) continue;
            found.push_back(one);
            place = static_cast<size_t>(one.stop) - 1;
        }
    }

  private:
    static constexpr size_t none = SIZE_MAX;

    Found at(size_t place) {
        switch (text_[place]) {
            case ':': return text_.has(place, "://") ? url(place) : Found{};
            case 'w':
            case 'W': return text_.has(place, "www.") ? host(place) : Found{};
            case '@': return email(place);
            case '<': return between(place, blocks_.stop(place));
            case ']': return text_.is_at(place + 1, '(') ? between(place + 1, links_.target_stop(place + 1)) : Found{};
            case '!': return text_.is_at(place + 1, '[') ? between(place, links_.image_stop(place)) : Found{};
            case '`':
            case '~': return fence(place);
            case '|':
            case '+': return rule(place);
            case '&': return reference(place);
            default: return {};
        }
    }

    static Found between(size_t start, size_t stop, uint32_t code = Found::left_out) {
        if (stop == none) return {};
        return {static_cast<int32_t>(start), static_cast<int32_t>(stop), code};
    }

    // An address from the :// on, and its scheme before that.
    Found url(size_t colon) {
        size_t start = back(colon, is_in_scheme);
        while (start < colon && !is_ascii_letter(text_[start])) ++start;
        for (const std::string_view known : {"https", "http", "sftp", "ftp"}) {
            if (colon - start < known.size() || !text_.has(colon - known.size(), known)) continue;
            start = colon - known.size();
            break;
        }
        return start < colon ? address(start, colon + 3) : Found{};
    }

    // An address without a scheme from its www. on.
    Found host(size_t place) {
        if (place > floor_ && is_alphanumeric(text_[place - 1])) return {};
        if (place + 4 >= text_.size() || !is_alphanumeric(text_[place + 4])) return {};
        return address(place, place + 4);
    }

    // An e-mail address around its @.
    Found email(size_t at) {
        size_t start = back(at, is_in_local);
        while (start < at && (text_[start] == '.' || text_[start] == '-' || text_[start] == '+')) ++start;
        size_t stop = none;
        for (size_t label = at + 1; start < at;) {
            const auto is_in_label = [](uint32_t code) { return is_alphanumeric(code) || code == '-'; };
            const size_t end = text_.while_(label, is_in_label);
            if (end == label) break;
            if (label > at + 1 && end - label >= 2 && text_.while_(label, is_ascii_letter) == end) stop = end;
            if (!text_.is_at(end, '.')) break;
            label = end + 1;
        }
        return between(start, stop);
    }

    // The line that opens or closes a block of code; what follows the fence is ASCII, and no fence.
    Found fence(size_t mark) {
        size_t start = mark;
        while (start > floor_ && mark - start < 3 && text_[start - 1] == ' ') --start;
        if (!is_line_start(start)) return {};
        const uint32_t code = text_[mark];
        const size_t info = text_.while_(mark, [code](uint32_t other) { return other == code; });
        if (info - mark < 3) return {};
        const size_t stop = text_.while_(info, [code](uint32_t other) {
            return other < 0x80 && other != code && !is_break(other);
        });
        return stop == text_.size() || is_break(text_[stop]) ? between(start, stop) : Found{};
    }

    // A line that rules a table.
    Found rule(size_t place) {
        if (place < no_rule_) return {};
        size_t start = place;
        while (start > std::max(floor_, no_rule_) && is_in_rule(text_[start - 1])) --start;
        const size_t stop = text_.while_(start, is_in_rule);
        size_t lines = 0;
        for (size_t i = start; i < stop; ++i) lines += text_[i] == '-' || text_[i] == '=';
        Interrupts::count(2 * (stop - start));
        if (lines >= 3 && is_line_start(start) && (stop == text_.size() || is_break(text_[stop])))
            return between(start, stop);
        no_rule_ = stop;
        return {};
    }

    // A character reference.
    Found reference(size_t place) {
        size_t start = place + 1, stop = start;
        uint32_t code = 0;
        if (!text_.is_at(start, '#')) {
            char name[17];
            for (; stop < text_.size() && stop - start < 17 && is_alphanumeric(text_[stop]); ++stop)
                name[stop - start] = static_cast<char>(text_[stop]);
            code = named(std::string_view(name, stop - start));
        } else {
            const bool is_hexadecimal = text_.has(++start, "x");
            stop = start += is_hexadecimal;
            const size_t most = is_hexadecimal ? 6 : 7;
            for (; stop < text_.size() && stop - start < most && digit(text_[stop]) < (is_hexadecimal ? 16u : 10u); ++stop)
                code = code * (is_hexadecimal ? 16 : 10) + digit(text_[stop]);
        }
        const bool is_point = (code > 0 && code < 0xD800) || (code >= 0xE000 && code <= 0x10FFFF);
        return is_point && text_.is_at(stop, ';') ? between(place, stop + 1, code) : Found{};
    }

    // The code point that a name stands for, or 0.
    static uint32_t named(std::string_view name) {
        const auto *const found =
            std::lower_bound(std::begin(character_references), std::end(character_references), name,
                             [](const CharacterReference &one, std::string_view other) { return one.name < other; });
        return found != std::end(character_references) && found->name == name ? found->code : 0;
    }

    static uint32_t digit(uint32_t code) {
        if (is_ascii_digit(code)) return code - '0';
        return lower(code) - 'a' < 6u ? lower(code) - 'a' + 10 : UINT32_MAX;
    }

    static bool is_in_scheme(uint32_t code) { return is_alphanumeric(code) || code == '+' || code == '.' || code == '-'; }
    static bool is_in_local(uint32_t code) { return is_in_scheme(code) || code == '_' || code == '%'; }
    static bool is_in_rule(uint32_t code) {
        return code == '|' || code == ':' || code == '+' || code == '=' || code == ' ' || code == '\t' || code == '-';
    }
    static bool is_in_address(uint32_t code) {
        return code > 0x20 && code < 0x7F && std::string_view("<>\"'`{}|\\^").find(static_cast<char>(code)) == std::string_view::npos;
    }

    template <typename Is>
    size_t back(size_t place, Is is) const {
        const size_t stop = place;
        while (place > floor_ && is(text_[place - 1])) --place;
        Interrupts::count(stop - place);
        return place;
    }

    bool is_line_start(size_t place) const { return place == 0 || is_break(text_[place - 1]); }

    // Reads on to the end of an address, without the marks that end a sentence or close what it did not open.
    Found address(size_t start, size_t begun) {
        int64_t round = 0, square = 0;  // how many were opened and not closed
        size_t stop = begun;
        for (; stop < text_.size() && is_in_address(text_[stop]); ++stop) {
            if (text_[stop] == ']' && text_.is_at(stop + 1, '(')) break;
            round += (text_[stop] == '(') - (text_[stop] == ')');
            square += (text_[stop] == '[') - (text_[stop] == ']');
        }
        Interrupts::count(4 * (stop - begun));
        for (; stop > begun; --stop) {
            const uint32_t last = text_[stop - 1];
            if (last == ')' && round < 0) {
                ++round;
            } else if (last == ']' && square < 0) {
                ++square;
            } else if (last >= 0x80 || std::string_view(".,;:!?").find(static_cast<char>(last)) == std::string_view::npos) {
                break;
            }
        }
        return stop > begun ? between(start, stop) : Found{};
    }

    Reading<Char> text_;
    BitsOf<Char> triggers_;
    Blocks<Char> blocks_;
    Links<Char> links_;
    size_t floor_ = 0;    // where what was found last ends
    size_t no_rule_ = 0;  // no table rule starts before
};

// The content of one text after another, in buffers that are kept.
class ContentReader {
  public:
    ContentReader(const FoldingTable &table, const SimdKernels &lanes) : table_(table), lanes_(lanes) {}

    // Takes the content of a text if the table says so. If nothing of it folds to anything and something was left out,
    // the text is taken whole, but for its character references.
    template <typename Char>
    void read(const Char *points, size_t size) {
        found_.clear();
        is_whole_ = true;
        if (!table_.content) return;
        ContentScanner<Char> scanner(points, size, lanes_);
        scanner.scan(found_);
        if (found_.empty()) return;
        gather(points, size);
        const bool has_left_out = std::any_of(found_.begin(), found_.end(), [](const Found &one) { return one.is_left_out(); });
        if (!has_left_out || !folds_to_nothing()) return;
        found_.clear();
        scanner.scan_references(found_);
        gather(points, size);
    }

    // Whether the text has nothing but content, and no reference: then it is taken as it is, and nothing below says more.
    bool is_whole() const { return is_whole_; }

    // The code points of the content, with the characters that references name; behind them `overrun` may be read.
    const uint32_t *points() const { return points_.data(); }
    size_t size() const { return size_; }
    // Where in the text each stands.
    const int32_t *positions() const { return positions_.data(); }
    // Where among them each stretch starts that the text has in one piece.
    const std::vector<size_t> &starts() const { return starts_; }

    // Calls `visit(points, size)` with each stretch of the content.
    template <typename Visit>
    void for_each_stretch(Visit visit) const {
        for (size_t i = 0; i < starts_.size(); ++i) {
            const size_t stop = i + 1 < starts_.size() ? starts_[i + 1] : size();
            visit(points() + starts_[i], stop - starts_[i]);
        }
    }

  private:
    template <typename Char>
    void gather(const Char *points, size_t size) {
        is_whole_ = false;
        points_.resize(size + overrun);
        positions_.resize(size);
        starts_.clear();
        size_ = 0;
        size_t place = 0;
        bool is_new = true;  // whether what is taken next starts a stretch
        const auto take = [&](size_t count) {
            if (is_new && count > 0) starts_.push_back(size_);
            is_new = is_new && count == 0;
            std::copy_n(points + place, count, points_.data() + size_);
            std::iota(positions_.data() + size_, positions_.data() + size_ + count, static_cast<int32_t>(place));
            size_ += count;
        };
        for (const Found &one : found_) {
            take(static_cast<size_t>(one.start) - place);
            place = static_cast<size_t>(one.start);
            if (one.is_left_out()) {
                is_new = true;
            } else {
                take(1);
                points_[size_ - 1] = one.code;
            }
            place = static_cast<size_t>(one.stop);
        }
        take(size - place);
        Interrupts::count(2 * size);
    }

    bool folds_to_nothing() const {
        return std::all_of(points(), points() + size(),
                           [&](uint32_t code) { return table_.entries[code] == FoldingTable::dropped; });
    }

    const FoldingTable table_;
    const SimdKernels &lanes_;
    bool is_whole_ = true;
    size_t size_ = 0;
    std::vector<Found> found_;
    std::vector<uint32_t> points_;
    std::vector<int32_t> positions_;
    std::vector<size_t> starts_;
};

}  // namespace neardup
