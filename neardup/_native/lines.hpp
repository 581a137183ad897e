// What the lines of a text are: prose, or what repeats itself by its nature. See neardup/_reference/lines.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>

#include "ascii.hpp"
#include "breaks.hpp"
#include "interrupts.hpp"
#include "units.hpp"

namespace neardup {

enum class LineKind : uint8_t { prose, code, table, heading, list, label, short_line, marks };

struct Line {
    int32_t start, stop;
    LineKind kind;
};

// The code points of a text, with a stop that readers may look beyond.
struct Points {
    const uint32_t *data;
    int32_t size;

    uint32_t operator[](int32_t i) const { return data[i]; }
};

inline bool is_one_of(uint32_t code, const char32_t *set) {
    for (; *set != 0; ++set) {
        if (*set == code) return true;
    }
    return false;
}

inline bool is_digit(uint32_t code) { return is_ascii_digit(code) || code - 0xFF10 < 10u; }
inline bool is_latin_letter(uint32_t code) {
    return is_ascii_letter(code) || (code >= 0xC0 && code < 0x2000) || code - 0xFF21 < 26u || code - 0xFF41 < 26u;
}

// Chinese characters, and kana and Hangul, which are counted like them.
inline bool is_han(uint32_t code) {
    return (code >= 0x3040 && code < 0xA4D0) || (code >= 0x2E80 && code < 0x3000) || (code >= 0x3005 && code <= 0x3007) ||
           (code >= 0xAC00 && code < 0xD7B0) || (code >= 0xF900 && code < 0xFB00) || code >= 0x20000;
}

class LineReader {
  public:
    // Whether a line starts with the mark of a fence.
    static bool is_fence(Points text, const Line &line) {
        return fence_at(text, behind_spaces(text, line.start, line.stop), line.stop) > 0;
    }

    // Where the colon stands behind what a line starts with, as who says it; or the start of the line.
    static int32_t label_stop(Points text, const Line &line) {
        const int32_t first = behind_spaces(text, line.start, line.stop);
        const int32_t last = std::min(first + label_offset + 1, line.stop);
        for (int32_t i = first; i < last; ++i) {
            if (is_colon(text[i])) return i;
        }
        return line.start;
    }

    // Whether a line ends in a colon.
    static bool introduces(Points text, const Line &line) {
        int32_t last = line.stop;
        while (last > line.start && is_blank(text[last - 1])) --last;
        Interrupts::count(static_cast<size_t>(line.stop - last));
        return last > line.start && is_colon(text[last - 1]);
    }

    // Replaces `is_markup` by what of every code point tells whether it is an HTML tag, the target of a Markdown link, a URL
    // or an e-mail address.
    static void find_markup(Points text, std::vector<uint8_t> &is_markup) {
        constexpr int32_t block = 32;
        is_markup.assign(static_cast<size_t>(text.size), 0);
        for (int32_t i = 0; i < text.size;) {
            Interrupts::count(8);
            if (i + block <= text.size && !may_have_markup<block>(text.data + i)) {
                i += block;
                continue;
            }
            const auto [start, stop] = markup_at(text, i);
            if (stop > i) {
                std::fill(is_markup.begin() + start, is_markup.begin() + stop, uint8_t{1});
                i = stop;
            } else {
                ++i;
            }
        }
    }

    // Replaces `lines` by what each paragraph is.
    static void find_lines(Points text, const std::vector<TextSpan> &paragraphs, const std::vector<uint8_t> &is_markup,
                           std::vector<Line> &lines) {
        lines.clear();
        uint32_t fence = 0;  // the mark of the fence that is open
        int32_t fence_size = 0;
        for (const TextSpan &span : paragraphs) {
            Interrupts::count(64 + 4 * static_cast<size_t>(span.length()));
            const int32_t first = behind_spaces(text, span.start, span.stop);
            const int32_t marks = fence_at(text, first, span.stop);
            LineKind kind = LineKind::code;
            if (fence != 0) {
                if (marks >= fence_size && text[first] == fence &&
                    behind_spaces(text, first + marks, span.stop) == span.stop)
                    fence = 0;
            } else if (marks > 0) {
                fence = text[first];
                fence_size = marks;
            } else {
                kind = kind_of(text, span.start, first, span.stop, is_markup);
            }
            lines.push_back({span.start, span.stop, kind});
        }
    }

    // Whether a line goes on with what the one before says, as where lines are broken at one width: behind a comma, before a
    // mark that closes, behind the colon of an item or label; and if the one before has no end of a sentence and the line is
    // no wider, where there are marks in one of them.
    static bool goes_on(Points text, const Line &before, const Line &line) {
        const bool is_item = before.kind == LineKind::list || before.kind == LineKind::label;
        if (!is_item && before.kind != LineKind::prose && before.kind != LineKind::short_line) return false;
        if (line.kind != LineKind::prose && line.kind != LineKind::short_line) return false;
        if (text[line.start] == 0x3000) return false;
        int32_t breaks = 0;
        for (int32_t i = before.stop; i < line.start; ++i)
            breaks += is_break(text[i]) && !(text[i] == '\n' && i > before.stop && text[i - 1] == '\r');
        if (breaks != 1) return false;
        int32_t stop = before_spaces(text, before.start, before.stop);
        const uint32_t last = text[stop - 1];
        if (is_one_of(last, U"，、,") || (is_item && is_colon(last))) return true;
        if (is_one_of(text[behind_spaces(text, line.start, line.stop)], U"，。、；：！？）”’」』》】")) return true;
        while (stop > before.start + 1 && is_closing(text[stop - 1])) --stop;
        const auto ends = [](uint32_t code) {
            return IsSentenceEnd{}(code) || is_colon(code) || is_one_of(code, U";；.．");
        };
        const uint32_t word = text[stop - 1];
        const bool is_open = is_han(word) || is_latin_letter(word) || is_digit(word);
        if ((before.kind != LineKind::prose && before.kind != LineKind::list) || !is_open) return false;
        const auto has_marks = [&](int32_t from, int32_t to) {
            return std::any_of(text.data + from, text.data + to,
                               [&](uint32_t code) { return ends(code) || is_one_of(code, U"，、,"); });
        };
        Interrupts::count(4 * static_cast<size_t>(line.stop - before.start));
        const bool is_marked = has_marks(before.start, stop) || has_marks(line.start, line.stop);
        return is_marked && width(text, line) <= width(text, before) + width_spare;
    }

    // Tells the items of a list that are prose: the articles of a law.
    static bool is_article(Points text, const Line &line) {
        const int32_t first = behind_spaces(text, line.start, line.stop);
        return first < line.stop && text[first] == U'第';
    }

    // Whether a line or sentence starts with the marker of a list item.
    static bool has_marker(Points text, int32_t first, int32_t stop) {
        const auto at = [&](int32_t i) -> uint32_t { return i < stop ? text[i] : '\n'; };
        const auto behind_numerals = [&](int32_t i, int32_t most) {
            int32_t last = i;
            while (last < stop && last - i < most && is_numeral(text[last])) ++last;
            return last;
        };
        const uint32_t code = at(first);
        if (is_one_of(code, U"•·●○■□◆◇▪▶►※◎★☆") || (code >= 0x2460 && code < 0x2500) ||
            (code >= 0x3220 && code < 0x3250) || (code >= 0x2776 && code < 0x2794))
            return true;
        if (is_one_of(code, U"-*+–—－")) return is_blank(at(first + 1));
        if (code == '(' || code == 0xFF08) {
            const int32_t last = behind_numerals(first + 1, 4);
            return last > first + 1 && (at(last) == ')' || at(last) == 0xFF09);
        }
        if (code == U'第') {
            const int32_t last = behind_numerals(first + 1, 8);
            return last > first + 1 && is_one_of(at(last), U"条章节款项编篇部步");
        }
        const int32_t last = behind_numerals(first, 4);
        if (last > first && is_blank(at(last))) return !is_digit(at(last - 1)) || is_blank(at(last + 1));
        if (last > first) return is_behind_number(at(last)) && !is_digit(at(last + 1));
        return is_ascii_letter(code) && is_behind_number(at(first + 1)) &&
               (is_blank(at(first + 2)) || is_han(at(first + 2)));
    }

    static bool is_blank(uint32_t code) { return is_one_of(code, U" \t\u00A0\u3000\uFEFF"); }

  private:
    static bool is_colon(uint32_t code) { return code == ':' || code == 0xFF1A; }

    static constexpr int32_t short_chars = 16, label_chars = 40, label_offset = 12;
    static constexpr int32_t han_share = 3, words = 5, symbol_share = 30, digit_share = 12;
    static constexpr int32_t least_bars = 2, cell_chars = 40, tag_chars = 4096, width_spare = 4;

    static bool is_bar(uint32_t code) { return is_one_of(code, U"|｜│┃║"); }
    static bool is_word(uint32_t code) { return is_ascii_letter(code) || is_ascii_digit(code) || code == '_' || code == '+'; }
    static bool is_symbol(uint32_t code) { return code < 128 && is_one_of(code, U"{}[]<>=_/\\$#@&*+|~^`"); }

    static int32_t behind_spaces(Points text, int32_t start, int32_t stop) {
        while (start < stop && is_blank(text[start])) ++start;
        return start;
    }

    static int32_t before_spaces(Points text, int32_t start, int32_t stop) {
        while (stop > start && is_blank(text[stop - 1])) --stop;
        return stop;
    }

    // A Chinese character is two wide.
    static int32_t width(Points text, const Line &line) {
        const int32_t stop = before_spaces(text, line.start, line.stop);
        int32_t found = 0;
        for (int32_t i = line.start; i < stop; ++i) found += text[i] < 0x1100 ? 1 : 2;
        Interrupts::count(2 * static_cast<size_t>(stop - line.start));
        return found;
    }

    // How many backticks or tildes stand here, if they are three or more.
    static int32_t fence_at(Points text, int32_t first, int32_t stop) {
        if (first == stop || (text[first] != '`' && text[first] != '~')) return 0;
        int32_t last = first;
        while (last < stop && text[last] == text[first]) ++last;
        return last - first >= 3 ? last - first : 0;
    }

    // Says what a line outside of fences is; `first` is where it starts behind spaces.
    static LineKind kind_of(Points text, int32_t start, int32_t first, int32_t stop, const std::vector<uint8_t> &is_markup) {
        stop = before_spaces(text, first, stop);
        int32_t han = 0, letters = 0, digits = 0, spaces = 0, symbols = 0, bars = 0, hidden = 0, colon = -1;
        for (int32_t i = first; i < stop; ++i) {
            const uint32_t code = text[i];
            if (is_han(code)) {
                ++han;
                hidden += is_markup[i];
            } else if (is_latin_letter(code)) {
                ++letters;
                hidden += is_markup[i];
            } else if (is_digit(code)) {
                ++digits;
                hidden += is_markup[i];
            } else {
                spaces += code == ' ' && text[i - 1] != ' ' && text[i - 1] != '>';
                symbols += is_symbol(code);
                bars += is_bar(code) || code - 0x2500 < 0x80u || (code == '\t' && i > first);
                if (is_colon(code) && colon < 0 && i - first <= label_offset) colon = i;
            }
        }
        const int32_t content = han + letters + digits;
        if (starts_table(text, first, stop) || (bars >= least_bars && content <= cell_chars * bars)) return LineKind::table;
        if (content == hidden) return LineKind::marks;
        if (is_heading(text, first, stop)) return LineKind::heading;
        const bool is_latin_prose = spaces >= words && symbol_share * symbols <= letters && digit_share * digits <= letters;
        const bool is_indented = starts_with(text, start, first, "    ") || starts_with(text, start, first, "\t") ||
                                 starts_with(text, first, stop, ">    ") || starts_with(text, first, stop, ">\t");
        if (han_share * han < letters + digits && (is_indented || !is_latin_prose)) return LineKind::code;
        if (has_marker(text, first, stop)) return LineKind::list;
        if (content <= label_chars && colon > first) return LineKind::label;
        return content <= short_chars ? LineKind::short_line : LineKind::prose;
    }

    static bool starts_with(Points text, int32_t first, int32_t stop, const char *word) {
        for (; *word != 0; ++word, ++first) {
            if (first >= stop || text[first] != static_cast<unsigned char>(*word)) return false;
        }
        return true;
    }

    static bool starts_table(Points text, int32_t first, int32_t stop) {
        if (first == stop) return false;
        if (is_bar(text[first])) return true;
        if (text[first] != '<') return false;
        for (const char *tag : {"<table", "<tr", "<td", "<th", "<tbody"}) {
            if (starts_with(text, first, stop, tag)) return true;
        }
        return false;
    }

    static bool is_heading(Points text, int32_t first, int32_t stop) {
        int32_t last = first;
        while (last < stop && text[last] == '#') ++last;
        return last > first && last - first <= 6 && last < stop && text[last] == ' ';
    }

    static bool is_numeral(uint32_t code) { return is_digit(code) || is_one_of(code, U"〇零一二三四五六七八九十百千"); }
    static bool is_behind_number(uint32_t code) { return is_one_of(code, U".、)）．"); }

    // Whether a block holds what markup and addresses are told by; no branch for each, so that many are taken at a time.
    template <int32_t size>
    static bool may_have_markup(const uint32_t *points) {
        uint32_t any = 0;
        for (int32_t i = 0; i < size; ++i)
            any |= (points[i] == '<') | (points[i] == '(') | (points[i] == ':') | (points[i] == '@');
        return any != 0;
    }

    // The markup or address at a place, or nothing; an address may start before it.
    static TextSpan markup_at(Points text, int32_t i) {
        const uint32_t code = text[i];
        if (code > '@' || (code != '<' && code != '(' && code != ':' && code != '@')) return {i, i};
        if (code == '<') {
            const bool opens = i + 1 < text.size && (text[i + 1] == '/' || text[i + 1] == '!' || is_ascii_letter(text[i + 1]));
            return {i, opens ? tag_stop(text, i) : i};
        }
        if (code == '(') {
            if (i == 0 || text[i - 1] != ']') return {i, i};
            const int32_t stop = address_stop(text, i + 1, U"()");
            return {i, stop < text.size && text[stop] == ')' ? stop + 1 : i};
        }
        int32_t start = i;
        if (code == ':') {
            if (!starts_with(text, i, text.size, "://")) return {i, i};
            while (start > 0 && is_word(text[start - 1])) --start;
            return {start, address_stop(text, i + 3, U"<>\"'`")};
        }
        const auto is_name = [](uint32_t each) { return is_word(each) || each == '.' || each == '-'; };
        int32_t stop = i + 1;
        while (start > 0 && is_name(text[start - 1])) --start;
        while (stop < text.size && is_name(text[stop])) ++stop;
        return {start, start == i || stop == i + 1 ? i : stop};
    }

    // Where a tag ends, or its start if it does not within its line.
    static int32_t tag_stop(Points text, int32_t start) {
        for (int32_t i = start + 1; i < std::min(text.size, start + tag_chars); ++i) {
            if (text[i] == '>') return i + 1;
            if (text[i] == '<' || text[i] == '\n') break;
        }
        return start;
    }

    static int32_t address_stop(Points text, int32_t start, const char32_t *ends) {
        while (start < text.size && text[start] >= '!' && text[start] <= '~' && !is_one_of(text[start], ends)) ++start;
        return start;
    }
};

}  // namespace neardup
