// Where a piece of HTML or Markdown ends that begins at some place of a text; see content.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "ascii.hpp"
#include "breaks.hpp"
#include "interrupts.hpp"

namespace neardup {

// Sorted.
constexpr std::string_view html_elements[] = {
    "a", "abbr", "acronym", "address", "applet", "area", "article", "aside", "audio", "b", "base", "basefont", "bdi",
    "bdo", "big", "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col",
    "colgroup", "data", "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed",
    "fieldset", "figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend",
    "li", "link", "main", "map", "mark", "marquee", "menu", "meta", "meter", "nav", "nobr", "noframes", "noscript",
    "object", "ol", "optgroup", "option", "output", "p", "param", "picture", "pre", "progress", "q", "rp", "rt",
    "ruby", "s", "samp", "script", "search", "section", "select", "small", "source", "span", "strike", "strong",
    "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead",
    "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
};

// The attributes that need no value, sorted.
constexpr std::string_view boolean_attributes[] = {
    "allowfullscreen", "async", "autofocus", "autoplay", "checked", "compact", "controls", "declare", "default",
    "defer", "disabled", "download", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted", "nohref",
    "nomodule", "noresize", "noshade", "novalidate", "nowrap", "open", "playsinline", "readonly", "required",
    "reversed", "selected",
};

// A text that is looked at from any place; behind its end nothing is anything.
template <typename Char>
class Reading {
  public:
    static constexpr size_t none = SIZE_MAX;

    Reading(const Char *points, size_t size) : points_(points), size_(size) {}

    const Char *points() const { return points_; }
    size_t size() const { return size_; }
    uint32_t operator[](size_t i) const { return points_[i]; }
    bool is_at(size_t i, char code) const { return i < size_ && points_[i] == static_cast<unsigned char>(code); }

    // Whether these lower-case ASCII characters stand at `i`, in any case.
    bool has(size_t i, std::string_view word) const {
        if (i > size_ || size_ - i < word.size()) return false;
        for (size_t k = 0; k < word.size(); ++k)
            if (lower(points_[i + k]) != static_cast<unsigned char>(word[k])) return false;
        return true;
    }

    // The end of the stretch from `i` on of what `is` says.
    template <typename Is>
    size_t while_(size_t i, Is is) const {
        const size_t start = i;
        while (i < size_ && is(uint32_t{points_[i]})) ++i;
        Interrupts::count(i - start);
        return i;
    }

    // Whether a stretch is one of some sorted words, in any case.
    template <size_t count>
    bool is_among(size_t start, size_t stop, const std::string_view (&words)[count]) const {
        char word[16];  // longer than all of them
        if (stop - start >= sizeof word) return false;
        for (size_t i = start; i < stop; ++i) word[i - start] = static_cast<char>(lower(points_[i]));
        return std::binary_search(std::begin(words), std::end(words), std::string_view(word, stop - start));
    }

  private:
    const Char *points_;
    size_t size_;
};

// Where comments, tags and whole blocks of a text end. What was looked for ahead is remembered.
template <typename Char>
class Blocks {
  public:
    static constexpr size_t none = SIZE_MAX;

    explicit Blocks(Reading<Char> text) : text_(text) {}

    // Where what begins with the < at `place` ends, or none.
    size_t stop(size_t place) {
        if (text_.has(place, "<!--")) return end_of_next(comment_, place + 4);
        if (text_.has(place, "</")) return end_tag_stop(place);
        if (text_.has(place, "<!doctype")) return doctype_stop(place);
        const size_t name = place + 1, stop = tag_stop(name);
        if (stop == none) return none;
        for (Next *const next : {&script_, &style_}) {
            const size_t size = next->word.size() - 2;
            if (text_.has(name, next->word.substr(2)) && !is_name_at(name + size)) {
                const size_t end = end_of_next(*next, stop);
                return end == none ? stop : end;
            }
        }
        return stop;
    }

  private:
    // What ends a block, and where the first one begins and ends that was looked for.
    struct Next {
        std::string_view word;
        size_t start, stop;
        bool is_known;
    };

    static bool is_space(uint32_t code) {
        return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == '\f';
    }
    static bool is_in_name(uint32_t code) {
        return is_alphanumeric(code) || code == '_' || code == ':' || code == '.' || code == '@' || code == '-';
    }
    bool is_name_at(size_t i) const { return i < text_.size() && is_alphanumeric(text_[i]); }
    size_t name_stop(size_t i) const {
        return i < text_.size() && is_ascii_letter(text_[i]) ? text_.while_(i, is_alphanumeric) : i;
    }

    size_t end_tag_stop(size_t place) const {
        const size_t name = place + 2, stop = name_stop(name), end = text_.while_(stop, is_space);
        return text_.is_at(end, '>') && text_.is_among(name, stop, html_elements) ? end + 1 : none;
    }

    size_t doctype_stop(size_t place) const {
        const size_t stop = text_.while_(place + 1, [](uint32_t code) { return code != '<' && code != '>'; });
        return text_.is_at(stop, '>') ? stop + 1 : none;
    }

    // Where the tag ends whose name begins at `name`. Quotes keep this linear: of all the tags that may have begun before
    // a <, two at most are inside of a value there, one of either quote; the others have ended or failed.
    size_t tag_stop(size_t name) const {
        const size_t named = name_stop(name);
        if (!text_.is_among(name, named, html_elements)) return none;
        size_t i = named;
        while (true) {
            const size_t start = text_.while_(i, is_space);
            const bool is_apart = start > i || text_[i - 1] == '"' || text_[i - 1] == '\'';
            const size_t stop = is_apart ? attribute_stop(start) : start;
            if (stop == none) return none;
            if (stop == start) return tag_end(start);
            i = stop;
        }
    }

    size_t tag_end(size_t i) const {
        if (text_.is_at(i, '/')) ++i;
        return text_.is_at(i, '>') ? i + 1 : none;
    }

    // `start` if there is no attribute, none if it is none of HTML.
    size_t attribute_stop(size_t start) const {
        const auto begins = [](uint32_t code) { return is_ascii_letter(code) || code == '_' || code == ':' || code == '@'; };
        if (start >= text_.size() || !begins(text_[start])) return start;
        const size_t named = text_.while_(start, is_in_name);
        const size_t equals = text_.while_(named, is_space);
        if (text_.is_at(equals, '=')) {
            const size_t stop = value_stop(text_.while_(equals + 1, is_space));
            if (stop != none) return stop;
        }
        return text_.is_among(start, named, boolean_attributes) ? named : none;
    }

    size_t value_stop(size_t start) const {
        for (const char quote : {'"', '\''}) {
            if (!text_.is_at(start, quote)) continue;
            const size_t stop = text_.while_(start + 1, [quote](uint32_t code) {
                return code != static_cast<unsigned char>(quote);
            });
            return stop < text_.size() ? stop + 1 : none;
        }
        const size_t stop = text_.while_(start, [](uint32_t code) {
            return !is_space(code) && code != '"' && code != '\'' && code != '=' && code != '<' && code != '>' && code != '`';
        });
        return stop > start ? stop : none;
    }

    // Where the next one from `start` on ends; starts never go back.
    size_t end_of_next(Next &next, size_t start) const {
        if (next.is_known && (next.start == none || next.start >= start)) return next.stop;
        next = {next.word, none, none, true};
        for (size_t i = start; i < text_.size(); ++i) {
            Interrupts::at(i);
            if (text_[i] != static_cast<unsigned char>(next.word[0]) || !text_.has(i, next.word)) continue;
            size_t stop = i + next.word.size();
            if (next.word[0] == '<') {
                stop = text_.while_(stop, is_space);
                if (!text_.is_at(stop, '>')) continue;
                ++stop;
            }
            next.start = i, next.stop = stop;
            break;
        }
        return next.stop;
    }

    Reading<Char> text_;
    Next comment_{"-->", none, none, false}, script_{"</script", none, none, false}, style_{"</style", none, none, false};
};

// White space and controls, which end an address.
inline bool ends_address(uint32_t code) {
    return code <= 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

// Links and images of Markdown.
template <typename Char>
class Links {
  public:
    static constexpr size_t none = SIZE_MAX;

    explicit Links(Reading<Char> text) : text_(text) {}

    // Where the image that begins with the ! at `mark` ends: one line, no bracket in its alternative text.
    size_t image_stop(size_t mark) const {
        const size_t alt = text_.while_(mark + 2, [](uint32_t code) {
            return code != '[' && code != ']' && !is_break(code);
        });
        return text_.is_at(alt, ']') && text_.is_at(alt + 1, '(') ? target_stop(alt + 1) : none;
    }

    // Where the target of a link that begins at `parenthesis` ends: an address, with a title or not.
    size_t target_stop(size_t parenthesis) const {
        const size_t start = text_.while_(parenthesis + 1, is_blank);
        size_t stop = pointed_stop(start);
        if (stop == none) stop = plain_stop(start);
        if (stop == none) return none;
        const size_t quote = text_.while_(stop, is_blank);
        if (quote > stop) {
            const size_t title = title_stop(quote);
            if (title != none && text_.is_at(text_.while_(title, is_blank), ')'))
                return text_.while_(title, is_blank) + 1;
        }
        return text_.is_at(quote, ')') ? quote + 1 : none;
    }

  private:
    static bool is_blank(uint32_t code) { return code == ' ' || code == '\t'; }

    size_t pointed_stop(size_t start) const {
        if (!text_.is_at(start, '<')) return none;
        const size_t stop = text_.while_(start + 1, [](uint32_t code) {
            return code != '<' && code != '>' && !is_break(code);
        });
        return text_.is_at(stop, '>') ? stop + 1 : none;
    }

    // Up to white space, or to what ends the link; as far as the next link begins.
    size_t plain_stop(size_t start) const {
        size_t depth = 0, i = start;
        uint32_t all = 0;
        for (; i < text_.size() && !ends_address(text_[i]); ++i) {
            if (text_[i] == ']' && text_.is_at(i + 1, '(')) break;
            if (text_[i] == ')' && depth == 0) break;
            depth += (text_[i] == '(') - (text_[i] == ')');
            all |= text_[i];
        }
        Interrupts::count(i - start);
        return depth == 0 && (all < 0x80 || is_address(start)) ? i : none;
    }

    bool is_address(size_t start) const {
        if (text_.is_at(start, '/') || text_.is_at(start, '#') || text_.has(start, "./") || text_.has(start, "../") ||
            text_.has(start, "mailto:"))
            return true;
        if (!is_ascii_letter(text_[start])) return false;
        return text_.has(text_.while_(start, [](uint32_t code) {
            return is_alphanumeric(code) || code == '+' || code == '.' || code == '-';
        }), "://");
    }

    size_t title_stop(size_t start) const {
        for (const char quote : {'"', '\''}) {
            if (!text_.is_at(start, quote)) continue;
            const size_t stop = text_.while_(start + 1, [quote](uint32_t code) {
                return code != static_cast<unsigned char>(quote) && !is_break(code);
            });
            return text_.is_at(stop, quote) ? stop + 1 : none;
        }
        return none;
    }

    Reading<Char> text_;
};

}  // namespace neardup
