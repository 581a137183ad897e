// What cleaning takes out or leaves: the units of a text, and its numbers. See neardup/_reference/cleaning_units.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "alignment.hpp"
#include "bodies.hpp"
#include "breaks.hpp"
#include "interrupts.hpp"
#include "lines.hpp"
#include "numbers.hpp"

namespace neardup {

inline bool is_break_at(Points text, int32_t i) { return i < text.size && is_break(text[i]); }

// How many code points the line break has that stands here, if one does.
inline int32_t break_size(Points text, int32_t i) {
    if (!is_break_at(text, i)) return 0;
    return text[i] == '\r' && i + 1 < text.size && text[i + 1] == '\n' ? 2 : 1;
}

// The units of a text, with code and tables as one each, and its numbers.
class CleaningUnits {
  public:
    // The text must stay. Until `build` only what asks for its codes may be called.
    void reset(AlignedText &text) { text_ = &text; }

    // Code and tables end where a printing of the body starts, and where one ends that is printed in a row.
    void build(const std::vector<uint8_t> &printings) {
        AlignedText &text = *text_;
        cuts_.clear();
        for (size_t i = 0; i < printings.size(); ++i) {
            const Repeat &repeat = text.aligned().repeats[i];
            if (!printings[i]) continue;
            cuts_.push_back(repeat.copy);
            if (repeat.original_stop == repeat.copy) cuts_.insert(cuts_.end(), {repeat.original, repeat.copy_stop});
        }
        std::sort(cuts_.begin(), cuts_.end());
        units_.clear();
        line_edges_.clear();
        unit_edges_.clear();
        paragraph_edges_.clear();
        const std::vector<TextSpan> &finer = text.aligned().units;
        size_t at = 0, fences = 0;
        const Line *before = nullptr;
        for (const Line &line : text.lines()) {
            Interrupts::count(256);
            const bool is_cut =
                fences % 2 == 0 && std::binary_search(cuts_.begin(), cuts_.end(), code_from(line.start));
            fences += LineReader::is_fence(text.points(), line);
            const bool goes_on = is_whole(line.kind) && before && before->kind == line.kind && !is_cut;
            const bool continues = before && LineReader::goes_on(text.points(), *before, line);
            before = &line;
            while (at < finer.size() && finer[at].start < line.start) ++at;
            if (goes_on) {
                units_.back().stop = line.stop;
                continue;
            }
            const size_t first = units_.size();
            if (is_whole(line.kind)) {
                units_.push_back(line);
            } else {
                LineKind kind = line.kind;
                for (; at < finer.size() && finer[at].start < line.stop; ++at) {
                    if (kind == LineKind::prose && LineReader::has_marker(text.points(), finer[at].start, finer[at].stop))
                        kind = LineKind::list;
                    units_.push_back({finer[at].start, finer[at].stop, kind});
                }
            }
            add_edge(line.start, line_edges_);
            if (!continues) add_edge(line.start, paragraph_edges_);
            for (size_t i = first; i < units_.size(); ++i) add_edge(units_[i].start, unit_edges_);
        }
        for (std::vector<int32_t> *edges : {&line_edges_, &unit_edges_, &paragraph_edges_}) {
            if (edges->empty() || edges->back() < text.aligned().size) edges->push_back(text.aligned().size);
        }
        tails_.assign(units_.size(), -1);
        numbers_.clear();
        NumberReader::locate(points().data, static_cast<size_t>(points().size), [&](size_t start, size_t stop, uint64_t hash) {
            numbers_.push_back({static_cast<int32_t>(start), static_cast<int32_t>(stop), hash});
        });
    }

    Points points() const { return text_->points(); }
    const SelfAlignment &aligned() const { return text_->aligned(); }
    int32_t position(int32_t code) const { return text_->position(code); }
    int32_t code_from(int32_t place) const { return text_->code_from(place); }

    // The edges of what may go: of sentences where both sides are in one line, else of lines; outside of a body only of those
    // lines that do not go on from the one before.
    const std::vector<int32_t> &edges_for(int32_t original, int32_t copy_stop, bool is_body = true) const {
        const auto line_of = [&](int32_t code) { return std::upper_bound(line_edges_.begin(), line_edges_.end(), code); };
        if (line_of(original) == line_of(copy_stop - 1)) return unit_edges_;
        return is_body ? line_edges_ : paragraph_edges_;
    }

    size_t unit_of(int32_t code) const {
        const auto above = std::upper_bound(units_.begin(), units_.end(), position(code),
                                            [](int32_t place, const Line &unit) { return place < unit.start; });
        return static_cast<size_t>(above - units_.begin()) - 1;
    }
    const Line &unit(size_t index) const { return units_[index]; }
    const std::vector<Line> &units() const { return units_; }
    const std::vector<Line> &lines() const { return text_->lines(); }

    // Where code or a table starts between two places of the text, or the second one.
    int32_t before_whole(int32_t start, int32_t stop) const {
        auto unit = std::lower_bound(units_.begin(), units_.end(), start,
                                     [](const Line &each, int32_t place) { return each.start < place; });
        for (; unit != units_.end() && unit->start < stop; ++unit) {
            if (is_whole(unit->kind)) return unit->start;
            Interrupts::count(4);
        }
        return stop;
    }

    // From folded edges to the units between them.
    TextSpan span(int32_t start, int32_t stop) const { return {units_[unit_of(start)].start, units_[unit_of(stop - 1)].stop}; }

    // Goes on to the start of the line or sentence behind units. Lines of nothing but the marks that end a sentence belong to
    // the line above.
    TextSpan with_tail(int32_t start, int32_t stop) {
        return {units_[unit_of(start)].start, tail_of(unit_of(stop - 1))};
    }

    int32_t tail_of(size_t unit) {
        int32_t &tail = tails_[unit];
        if (tail >= 0) return tail;
        const Points text = points();
        int32_t right = units_[unit].stop;
        for (int32_t marks; (marks = behind_marks(right)) > right;) right = marks;
        while (right < text.size && is_one_of(text[right], U" \t\u3000")) {
            ++right;
            Interrupts::count(4);
        }
        return tail = right + break_size(text, right);
    }

    // Whether both sides are introduced, each by another line.
    bool is_introduced_otherwise(int32_t copy, int32_t original) const {
        const TextSpan one = introduction(copy), other = introduction(original);
        const uint32_t *codes = aligned().codes;
        return one.length() > 0 && other.length() > 0 &&
               !std::equal(codes + one.start, codes + one.stop, codes + other.start, codes + other.stop);
    }

    // Whether the line introduces what follows that stops at a code.
    bool introduces(int32_t stop) const { return introduces(*line_of(stop - 1)); }

    // Replaces `found` by the numbers in a span; one that is cut at an edge as it is written there.
    void numbers_in(TextSpan span, std::vector<uint64_t> &found) const {
        found.clear();
        auto first = std::lower_bound(numbers_.begin(), numbers_.end(), span.start,
                                      [](const Number &number, int32_t place) { return number.start < place; });
        const auto read = [&](int32_t start, int32_t stop) {
            NumberReader::locate(points().data + start, static_cast<size_t>(stop - start),
                                 [&](size_t, size_t, uint64_t hash) { found.push_back(hash); });
        };
        if (first != numbers_.begin() && (first - 1)->stop > span.start)
            read(span.start, std::min(span.stop, (first - 1)->stop));
        for (; first != numbers_.end() && first->stop <= span.stop; ++first) found.push_back(first->hash);
        if (first != numbers_.end() && first->start < span.stop) read(first->start, span.stop);
        Interrupts::count(4 * found.size());
    }

  private:
    struct Number {
        int32_t start, stop;
        uint64_t hash;
    };

    static bool is_whole(LineKind kind) { return kind == LineKind::code || kind == LineKind::table; }

    std::vector<Line>::const_iterator line_of(int32_t code) const {
        const std::vector<Line> &lines = text_->lines();
        return std::upper_bound(lines.begin(), lines.end(), position(code),
                                [](int32_t place, const Line &line) { return place < line.start; }) - 1;
    }

    bool introduces(const Line &line) const {
        return line.kind == LineKind::heading || LineReader::introduces(points(), line);
    }

    // The folded line before the one that starts at a code, if that introduces what follows; over few lines that fold to
    // nothing.
    TextSpan introduction(int32_t code) const {
        constexpr int32_t most_lines = 8;
        auto line = line_of(code);
        if (code_from(line->start) != code) return {0, 0};
        const auto first_line = text_->lines().begin();
        for (int32_t i = 0; i < most_lines && line != first_line; ++i) {
            --line;
            const int32_t first = code_from(line->start), stop = code_from(line->stop);
            if (first < stop) return introduces(*line) ? TextSpan{first, stop} : TextSpan{0, 0};
        }
        return {0, 0};
    }

    void add_edge(int32_t place, std::vector<int32_t> &edges) const {
        const int32_t edge = code_from(place);
        if (edges.empty() || edges.back() < edge) edges.push_back(edge);
    }

    // Behind a line break and the marks that are all of the line behind it, or the place itself.
    int32_t behind_marks(int32_t place) const {
        const Points text = points();
        const int32_t first = place + break_size(text, place);
        int32_t last = first;
        while (last < text.size && is_one_of(text[last], U"。！？…，、；：”’」』）】》!?.,;:)")) {
            ++last;
            Interrupts::count(16);
        }
        return first > place && last > first && (last == text.size || is_break(text[last])) ? last : place;
    }

    AlignedText *text_ = nullptr;
    std::vector<Line> units_;
    std::vector<int32_t> cuts_;  // of code and tables, in folded codes
    std::vector<int32_t> line_edges_, unit_edges_, paragraph_edges_;
    std::vector<int32_t> tails_;  // of each unit, or -1 where it is not known yet
    std::vector<Number> numbers_;
};

}  // namespace neardup
