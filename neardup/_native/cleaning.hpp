// Which copies go from a text, and why the others stay. See neardup/_reference/cleaning.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "alignment.hpp"
#include "bodies.hpp"
#include "cleaning_units.hpp"
#include "growing.hpp"
#include "interrupts.hpp"
#include "lines.hpp"

namespace neardup {

enum class Scope : int32_t { body, passages, all };

// Why a copy stays; in the order of REASONS of the reference.
enum class Reason : int32_t {
    none = -1,
    outside_body,
    near_copy,
    edited,
    numbers,
    part_of_paragraph,
    short_passage,
    code,
    table,
    heading,
    list,
    label,
    short_line,
    markup,
    introduced,
    nested,
};

// What stays of a copy, in code points, and why.
struct Kept {
    int32_t start, stop;
    Reason reason;
};

// Decides, in one round, which stretches of a text go, and why other copies stay.
class CleaningRound {
  public:
    // Replaces what was found. `removed()` is ascending and disjoint, in code points.
    void decide(AlignedText &text, int32_t min_chars, Scope scope) {
        removed_.clear();
        kept_.clear();
        is_settled_ = true;
        min_chars_ = min_chars;
        scope_ = scope;
        find_growing(text, min_chars, growing_);
        const std::vector<Repeat> &repeats = text.aligned().repeats;
        if (repeats.empty() && growing_.empty()) return;
        bodies_.count(text);
        units_.reset(text);
        const std::vector<uint8_t> &printings = bodies_.printings();
        if (scope != Scope::body || !growing_.empty() || std::count(printings.begin(), printings.end(), 1) > 0) units_.build(printings);
        for (const Growing &growing : growing_) remove(growing);
        size_t grown = 0, piece = 0;
        const std::vector<RepeatPiece> &pieces = text.aligned().pieces;
        for (size_t i = 0; i < repeats.size(); ++i) {
            const Repeat &repeat = repeats[i];
            const size_t first = piece;
            while (piece < pieces.size() && pieces[piece].repeat == static_cast<int32_t>(i)) ++piece;
            while (grown < growing_.size() && growing_[grown].copy_stop <= repeat.copy) ++grown;
            if (grown < growing_.size() && growing_[grown].copy <= repeat.copy) continue;
            is_body_ = printings[i];
            if (!is_body_ && (scope == Scope::body || !is_exact(repeat))) {
                keep(repeat.copy, repeat.copy_stop, scope == Scope::body ? Reason::outside_body : Reason::near_copy);
            } else if (is_exact(repeat)) {
                decide_exact(repeat, pieces.data() + first, pieces.data() + piece);
            } else {
                decide_edited(repeat, pieces.data() + first, pieces.data() + piece, repeat.copy, repeat.copy_stop);
            }
        }
        join_removed();
        take_breaks_before();
        is_settled_ = removed_.empty();
        keep_odd_fences();
    }

    const std::vector<TextSpan> &removed() const { return removed_; }
    const std::vector<Kept> &kept() const { return kept_; }

    // Whether nothing goes in a narrower scope either: of what would go here, but for a fence, a part may go there.
    bool is_settled() const { return is_settled_; }

    // Finds the lines that grow.
    static void find_growing(AlignedText &text, int32_t min_chars, std::vector<Growing> &found) {
        const auto has_numbers = [&](size_t line) {
            return GrowingFinder::has_numbers(text.points(), text.aligned(), line);
        };
        GrowingFinder::find(text.aligned(), min_chars, found, has_numbers, [&](size_t first, size_t last) {
            const std::vector<Line> &lines = text.lines();
            for (size_t i = first; i <= last; ++i) {
                const int32_t place = text.position(text.aligned().paragraph_edges[i]);
                const auto above = std::upper_bound(lines.begin(), lines.end(), place,
                                                    [](int32_t at, const Line &line) { return at < line.start; });
                const LineKind kind = (above - 1)->kind;
                if (kind != LineKind::prose && kind != LineKind::short_line) return false;
            }
            return true;
        });
    }

  private:
    static constexpr int32_t passage_chars = 100, said_chars = 8, number_chars = 40;

    void remove(const Growing &growing) {
        const std::vector<int32_t> &edges = units_.aligned().paragraph_edges;
        for (size_t i = growing.first_line; i < growing.last_line; ++i) {
            const int32_t size = edges[i + 1] - edges[i];
            removed_.push_back({units_.position(edges[i + 1] - 1) + 1, units_.position(edges[i + 1] + size - 1) + 1});
        }
    }

    // Notes that codes stay, joined to those before if they stay for the same reason.
    void keep(int32_t start, int32_t stop, Reason reason) {
        const int32_t left = units_.position(start), right = units_.position(stop - 1) + 1;
        if (!kept_.empty() && kept_.back().reason == reason && units_.code_from(kept_.back().stop) >= start) {
            kept_.back().stop = right;
        } else {
            kept_.push_back({left, right, reason});
        }
    }

    // Decides on the units of an exact copy that are units in the original too; neighbours that go are a block.
    void decide_exact(const Repeat &repeat, const RepeatPiece *piece, const RepeatPiece *last_piece) {
        const auto part = [&](int32_t start, int32_t stop) {
            if (is_body_ && repeat.period == 0) {
                decide_edited(repeat, piece, last_piece, start, stop);
            } else if (start < stop) {
                keep(start, stop, Reason::part_of_paragraph);
            }
        };
        const std::vector<int32_t> &edges = units_.edges_for(repeat.original, repeat.copy_stop, is_body_);
        const int32_t shift = repeat.copy - repeat.original;
        shared_.clear();
        for (auto edge = std::lower_bound(edges.begin(), edges.end(), repeat.copy);
             edge != edges.end() && *edge <= repeat.copy_stop; ++edge) {
            if (std::binary_search(edges.begin(), edges.end(), *edge - shift)) shared_.push_back(*edge);
            Interrupts::count(64);
        }
        if (shared_.empty()) return part(repeat.copy, repeat.copy_stop);
        part(repeat.copy, shared_.front());
        size_t first = 0;  // of the block
        bool is_other =
            shared_.size() > 1 && units_.is_introduced_otherwise(shared_.front(), shared_.front() - shift);
        for (size_t i = 0; i + 1 < shared_.size(); ++i) {
            Interrupts::count(256);
            Reason reason = why_stays(shared_[i], shared_[i + 1], shift);
            if (reason == Reason::none && is_other) reason = Reason::introduced;
            if (units_.introduces(shared_[i + 1])) is_other = reason != Reason::none;
            if (reason == Reason::none) continue;
            close_block(first, i, shift);
            keep(shared_[i], shared_[i + 1], reason);
            first = i + 1;
        }
        close_block(first, shared_.size() - 1, shift);
        part(shared_.back(), repeat.copy_stop);
    }

    // Takes the units between two shared edges out, if they are long enough.
    void close_block(size_t first, size_t last, int32_t shift) {
        if (first == last) return;
        const int32_t least = is_body_ ? 0 : scope_ == Scope::passages ? passage_chars : min_chars_;
        if (shared_[last] - shared_[first] < least) return keep(shared_[first], shared_[last], Reason::short_passage);
        TextSpan going{0, 0};
        for (size_t i = first; i < last; ++i) {
            Interrupts::count(256);
            const TextSpan units = units_.with_tail(shared_[i], shared_[i + 1]);
            const int32_t behind = units_.with_tail(shared_[i] - shift, shared_[i + 1] - shift).stop;
            const bool cuts_code = i > first && !is_body_ && units_.before_whole(going.stop, units.start) < units.start;
            if (cuts_code) removed_.push_back(going);
            if (i == first || cuts_code) going.start = units.start;
            going.stop = with_marks(units.stop, behind);
        }
        removed_.push_back(going);
    }

    Reason why_stays(int32_t start, int32_t stop, int32_t shift) {
        units_.numbers_in(units_.span(start, stop), said_);
        units_.numbers_in(units_.span(start - shift, stop - shift), originally_);
        if (said_ != originally_) return Reason::numbers;
        if (is_body_) return Reason::none;
        for (const int32_t by : {0, shift}) {
            const size_t last = units_.unit_of(stop - by - 1);
            for (size_t i = units_.unit_of(start - by); i <= last; ++i) {
                const LineKind kind = units_.unit(i).kind;
                const bool may_go = kind == LineKind::prose || (kind == LineKind::short_line && scope_ == Scope::all);
                if (!may_go) return reason_of(kind);
                Interrupts::count(4);
            }
        }
        return Reason::none;
    }

    static Reason reason_of(LineKind kind) {
        switch (kind) {
            case LineKind::code: return Reason::code;
            case LineKind::table: return Reason::table;
            case LineKind::heading: return Reason::heading;
            case LineKind::list: return Reason::list;
            case LineKind::label: return Reason::label;
            case LineKind::short_line: return Reason::short_line;
            case LineKind::marks: return Reason::markup;
            case LineKind::prose: break;
        }
        return Reason::none;
    }

    // Goes on over the lines that fold to nothing and stand behind both copy and original; not into code or a table.
    int32_t with_marks(int32_t copy_stop, int32_t original_stop) const {
        const Points text = units_.points();
        const auto room = [&](int32_t place) {
            const int32_t code = units_.code_from(place);
            return (code < units_.aligned().size ? units_.position(code) : text.size) - place;
        };
        const int32_t shorter = std::min(room(copy_stop), room(original_stop));
        int32_t common = 0, behind_break = 0;
        while (common < shorter && text[copy_stop + common] == text[original_stop + common]) ++common;
        Interrupts::count(4 * static_cast<size_t>(common));
        // Many copies can have one original: no more of what is behind it is looked at than is behind the copy too.
        for (const int32_t stop : {copy_stop, original_stop}) common = units_.before_whole(stop, stop + common) - stop;
        if (copy_stop + common == text.size) return text.size;
        for (int32_t i = 0; i < common;) {
            const int32_t line_break = std::min(break_size(text, copy_stop + i), common - i);
            i += std::max(line_break, 1);
            if (line_break > 0) behind_break = i;
        }
        return copy_stop + behind_break;
    }

    // Decides on the units of a copy, or of a part of it, that need not be those of the original: those go that only leave
    // something out.
    void decide_edited(const Repeat &repeat, const RepeatPiece *first, const RepeatPiece *last, int32_t from, int32_t to) {
        const std::vector<int32_t> &edges = units_.edges_for(repeat.original, repeat.copy_stop);
        auto edge = std::lower_bound(edges.begin(), edges.end(), from);
        const bool has_edge = edge != edges.end() && *edge <= to;
        const int32_t start_edge = has_edge ? *edge : to;
        if (from < start_edge) keep(from, start_edge, Reason::part_of_paragraph);
        if (!has_edge) return;
        while (first != last && first->copy + first->length <= start_edge) ++first;
        bool is_other = start_edge < to && first != last && first->copy <= start_edge &&
                        units_.is_introduced_otherwise(start_edge, first->original + start_edge - first->copy);
        for (; edge + 1 != edges.end() && *(edge + 1) <= to; ++edge) {
            const int32_t start = *edge, stop = *(edge + 1);
            Interrupts::count(256);
            while (first != last && first->copy + first->length <= start) ++first;
            Reason reason = why_edited_stays(first, last, start, stop, repeat.copy_stop);
            if (reason == Reason::none && is_other) reason = Reason::introduced;
            if (units_.introduces(stop)) is_other = reason != Reason::none;
            if (reason != Reason::none) {
                keep(start, stop, reason);
            } else {
                removed_.push_back(units_.with_tail(start, stop));
            }
        }
        if (*edge < to) keep(*edge, to, Reason::part_of_paragraph);
    }

    // Says why a unit of a near copy stays: it says something that its original does not.
    Reason why_edited_stays(const RepeatPiece *piece, const RepeatPiece *last, int32_t start, int32_t stop, int32_t copy_stop) {
        const uint32_t *codes = units_.aligned().codes;
        int32_t copied = start, original = -1, original_stop = -1, length = 0;
        for (; piece != last && piece->copy < stop; ++piece) {
            const int32_t left = std::max(start, piece->copy), right = std::min(stop, piece->copy + piece->length);
            if (left != copied) return Reason::edited;
            const int32_t from = piece->original + left - piece->copy;
            if (original < 0) {
                original = from;
            } else if (std::min(length, right - left) < std::min(from - original_stop, said_chars)) {
                return Reason::edited;  // another word, of which a part stands further on
            } else if (from - original_stop < said_chars &&
                       std::any_of(codes + original_stop, codes + from, changes_what_is_said)) {
                return Reason::edited;
            }
            original_stop = from + right - left;
            copied = right;
            length = right - left;
        }
        if (copied < stop) return Reason::edited;
        units_.numbers_in(units_.span(start, stop), said_);
        TextSpan cut, whole;
        find_whole_numbers(original, original_stop, cut, whole);
        if (are_among(whole)) return Reason::none;
        return stop == copy_stop && goes_on(whole.stop) && are_among(cut) ? Reason::none : Reason::numbers;
    }

    static bool changes_what_is_said(uint32_t code) {
        return is_numeral_code(code) || is_one_of(code, U"不未非无没勿莫否");
    }

    // Whether the numbers that are said stand in a span, in their order.
    bool are_among(TextSpan span) {
        units_.numbers_in(span, originally_);
        size_t at = 0;
        for (const uint64_t number : originally_) at += at < said_.size() && said_[at] == number;
        return at == said_.size();
    }

    // From codes to the text that they came from, without and with the rest of a number at its end. The rest of a number at
    // its start belongs to both.
    void find_whole_numbers(int32_t start, int32_t stop, TextSpan &cut, TextSpan &whole) const {
        const Points text = units_.points();
        int32_t left = units_.position(start), right = units_.position(stop - 1) + 1, end = right;
        const auto joins = [](uint32_t code) { return is_digit(code) || is_one_of(code, U".．,，:：/／"); };
        if (is_digit(text[left])) {
            const int32_t least = std::max(0, left - number_chars);
            while (left > least && (joins(text[left - 1]) || is_one_of(text[left - 1], U"-－−"))) --left;
        }
        if (is_digit(text[right - 1])) {
            const int32_t most = std::min(text.size, right + number_chars);
            while (end < most && (joins(text[end]) || is_one_of(text[end], U"%％‰"))) ++end;
        }
        cut = {left, right};
        whole = {left, end};
    }

    // Whether a unit goes on behind a place of the text: a copy of what is before it was cut short.
    bool goes_on(int32_t place) const {
        const std::vector<Line> &units = units_.units();
        const auto from = std::lower_bound(units.begin(), units.end(), place,
                                           [](const Line &unit, int32_t at) { return unit.start < at; });
        const int32_t following = units_.code_from(place);
        return following < units_.aligned().size && units_.position(following) < (from - 1)->stop;
    }

    void join_removed() {
        std::sort(removed_.begin(), removed_.end(), [](const TextSpan &a, const TextSpan &b) {
            return a.start < b.start || (a.start == b.start && a.stop < b.stop);
        });
        size_t count = 0;
        for (const TextSpan &span : removed_) {
            if (count > 0 && span.start <= removed_[count - 1].stop) {
                removed_[count - 1].stop = std::max(removed_[count - 1].stop, span.stop);
            } else {
                removed_[count++] = span;
            }
        }
        removed_.resize(count);
    }

    // Takes the line breaks before what goes last out too, if the text ends there and without one.
    void take_breaks_before() {
        const Points text = units_.points();
        if (removed_.empty() || removed_.back().stop < text.size || is_break(text[text.size - 1])) return;
        int32_t left = text.size;
        while (!removed_.empty() && removed_.back().stop >= left) {
            left = std::min(left, removed_.back().start);
            removed_.pop_back();
            for (; left > 0 && is_break(text[left - 1]); --left) Interrupts::count(1);
        }
        removed_.push_back({left, text.size});
    }

    // Keeps a stretch that has one of a pair of fences.
    void keep_odd_fences() {
        size_t count = 0;
        for (const TextSpan &span : removed_) {
            if (!has_odd_fences(span)) {
                removed_[count++] = span;
                continue;
            }
            const int32_t first = units_.code_from(span.start), behind = units_.code_from(span.stop);
            kept_.push_back({units_.position(first), units_.position(behind - 1) + 1, Reason::code});
        }
        removed_.resize(count);
    }

    bool has_odd_fences(TextSpan span) const {
        const std::vector<Line> &lines = units_.lines();
        auto line = std::lower_bound(lines.begin(), lines.end(), span.start,
                                     [](const Line &each, int32_t place) { return each.start < place; });
        bool is_odd = false;
        for (; line != lines.end() && line->start < span.stop; ++line) {
            is_odd ^= LineReader::is_fence(units_.points(), *line);
            Interrupts::count(16);
        }
        return is_odd;
    }

    int32_t min_chars_ = 0;
    Scope scope_ = Scope::body;
    bool is_body_ = false;  // of the repeat in hand
    bool is_settled_ = true;
    BodyCounter bodies_;
    CleaningUnits units_;
    std::vector<Growing> growing_;
    std::vector<TextSpan> removed_;
    std::vector<Kept> kept_;
    std::vector<int32_t> shared_;
    std::vector<uint64_t> said_, originally_;
};

// Cleans one text after another: rounds, until nothing more goes.
class Cleaner {
  public:
    static constexpr int32_t max_rounds = 16;

    Cleaner(const FoldingTable &table, const SimdKernels &lanes, NearLimits limits)
        : min_chars_(limits.min_chars), aligner_(table, lanes, limits) {}

    // What a narrower scope takes out goes first, and so a wider one never takes out less.
    // `removed()` and `kept()` are those of the text then; `check` is called with how many codes it has, and with its
    // alignment. Throws InvalidUtf8, TooLong.
    template <typename Check>
    void clean(const TextView &text, Scope scope, const Repeat *repeats, size_t repeat_count, const RepeatPiece *pieces,
               size_t piece_count, Check check) {
        removed_.clear();
        kept_.clear();
        const SelfAlignment &aligned = aligner_.take(text, repeats, repeat_count, pieces, piece_count);
        check(aligned.size, repeats, repeat_count, pieces, piece_count);
        aligner_.with_points(text, [&](const auto *points, size_t count) { rest_.assign(points, points + count); });
        decide(aligned, scope);
        if (round_.is_settled()) {
            kept_ = round_.kept();
            sort_kept();
            return;
        }
        const size_t size = rest_.size();
        origins_.resize(size);
        for (size_t i = 0; i < size; ++i) origins_[i] = static_cast<int32_t>(i);
        int32_t rounds = 0;
        const SelfAlignment *rest = &aligned;
        for (int32_t each = 0; each <= static_cast<int32_t>(scope); ++each) {
            if (scope != Scope::body) decide(*rest, static_cast<Scope>(each));
            for (; !round_.removed().empty() && rounds < max_rounds; ++rounds) {
                take_out();
                rest = &aligner_.align(rest_.data(), rest_.size());
                decide(*rest, static_cast<Scope>(each));
            }
        }
        for (const Kept &kept : round_.kept()) keep(kept);
        for (const TextSpan &span : round_.removed()) keep({span.start, span.stop, Reason::nested});
        sort_kept();
        int32_t next = 0;
        for (size_t i = 0; i <= origins_.size(); ++i) {
            const int32_t origin = i < origins_.size() ? origins_[i] : static_cast<int32_t>(size);
            if (origin > next) removed_.push_back({next, origin});
            next = origin + 1;
        }
    }

    const std::vector<TextSpan> &removed() const { return removed_; }
    const std::vector<Kept> &kept() const { return kept_; }

  private:
    void decide(const SelfAlignment &aligned, Scope scope) {
        text_.reset({rest_.data(), static_cast<int32_t>(rest_.size())}, aligned);
        round_.decide(text_, min_chars_, scope);
    }

    void keep(const Kept &kept) { kept_.push_back({origins_[kept.start], origins_[kept.stop - 1] + 1, kept.reason}); }

    void sort_kept() {
        std::sort(kept_.begin(), kept_.end(), [](const Kept &a, const Kept &b) {
            return std::tie(a.start, a.stop, a.reason) < std::tie(b.start, b.stop, b.reason);
        });
    }

    void take_out() {
        size_t count = 0, next = 0;
        const auto keep_until = [&](size_t stop) {
            for (; next < stop; ++next, ++count) {
                rest_[count] = rest_[next];
                origins_[count] = origins_[next];
            }
        };
        for (const TextSpan &span : round_.removed()) {
            keep_until(static_cast<size_t>(span.start));
            next = static_cast<size_t>(span.stop);
        }
        keep_until(rest_.size());
        rest_.resize(count);
        origins_.resize(count);
    }

    int32_t min_chars_;
    SelfAligner aligner_;
    AlignedText text_;
    CleaningRound round_;
    std::vector<uint32_t> rest_;     // the text without what went so far
    std::vector<int32_t> origins_;   // of each code point of that, where it stood
    std::vector<TextSpan> removed_;
    std::vector<Kept> kept_;
};

}  // namespace neardup
