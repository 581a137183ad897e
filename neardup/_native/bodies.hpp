// How often a document prints its body, and which repeats are later printings of it. See neardup/_reference/bodies.py.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

#include "alignment.hpp"
#include "breaks.hpp"
#include "interrupts.hpp"
#include "lines.hpp"
#include "units.hpp"

namespace neardup {

// A text that was aligned with itself, and what is asked of it more than once.
class AlignedText {
  public:
    // Both must stay.
    void reset(Points points, const SelfAlignment &aligned) {
        points_ = points;
        aligned_ = &aligned;
        knows_lines_ = knows_markup_ = false;
    }

    const SelfAlignment &aligned() const { return *aligned_; }
    Points points() const { return points_; }
    int32_t position(int32_t code) const { return aligned_->positions[code]; }

    // The first folded code that stands at a place of the text, or behind it.
    int32_t code_from(int32_t place) const {
        const int32_t *positions = aligned_->positions;
        return static_cast<int32_t>(std::lower_bound(positions, positions + aligned_->size, place) - positions);
    }

    const std::vector<Line> &lines() {
        if (!knows_lines_) LineReader::find_lines(points_, aligned_->paragraphs, markup(), lines_);
        knows_lines_ = true;
        return lines_;
    }

    // Of every code point whether it is markup or an address.
    const std::vector<uint8_t> &markup() {
        if (!knows_markup_) LineReader::find_markup(points_, is_markup_);
        knows_markup_ = true;
        return is_markup_;
    }

  private:

    Points points_{};
    const SelfAlignment *aligned_ = nullptr;
    bool knows_lines_ = false, knows_markup_ = false;
    std::vector<Line> lines_;
    std::vector<uint8_t> is_markup_;
};

inline bool is_exact(const Repeat &repeat) {
    return repeat.period > 0 || (repeat.matched == repeat.copy_stop - repeat.copy &&
                                 repeat.matched == repeat.original_stop - repeat.original);
}

// A code of a folded numeral.
inline bool is_numeral_code(uint32_t code) {
    return is_ascii_digit(code) || is_one_of(code, U"〇零一二三四五六七八九十百千万亿两");
}

class BodyCounter {
  public:
    // Counts how often the body is printed. `printings()` tells afterwards which repeats are later printings of it.
    int32_t count(AlignedText &text) {
        text_ = &text;
        const std::vector<Repeat> &repeats = aligned().repeats;
        printings_.assign(repeats.size(), 0);
        int64_t copied = 0;
        for (const Repeat &repeat : repeats) copied += repeat.copy_stop - repeat.copy;
        if (repeats.empty() || aligned().size - copied < body_chars || copied < body_chars) return 1;
        find_runs();
        if (!find_counting()) return 1;
        find_roots(roots_, [](const Run &) { return true; });
        if (!may_be_enough()) return 1;
        find_ends();
        find_starts();
        weigh();
        find_own_lines();
        int32_t found = 1;
        take_more(starts_, body_share, found);
        find_holding();
        take_more(holds_, inner_share, found);
        for (size_t i = 0; found > 1 && i < printings_.size(); ++i) printings_[i] |= in_row_[i];
        return found;
    }

    const std::vector<uint8_t> &printings() const { return printings_; }

  private:
    static constexpr int32_t body_chars = 100, edit_chars = 20, numeral_chars = 120, edge_chars = 2, start_chars = 10;
    static constexpr int32_t printing_gap = 300, quote_gap = 16, item_chars = 60, labelled_chars = 150;
    static constexpr double body_share = 0.38, inner_share = 0.65, all_share = 0.3, text_share = 0.75, row_share = 0.4;
    static constexpr double row_gap_share = 0.16, edited_share = 0.2, introduced_share = 0.9;

    struct Run {
        int32_t repeat, original, copy, copy_stop;
    };

    // How many codes are prose, text, and not markup.
    using Weight = std::array<int64_t, 3>;

    const SelfAlignment &aligned() const { return text_->aligned(); }

    bool has_numeral(int32_t start, int32_t stop) const {
        const uint32_t *codes = aligned().codes;
        Interrupts::count(static_cast<size_t>(stop - start));
        return std::any_of(codes + start, codes + stop, is_numeral_code);
    }
    bool has_other_numeral(int32_t original, int32_t original_stop, int32_t copy, int32_t copy_stop) const {
        return has_numeral(original, original_stop) && has_numeral(copy, copy_stop);
    }

    // Finds the aligned stretches, copies ascending; and of each repeat how much was edited, and how many numerals.
    void find_runs() {
        const std::vector<Repeat> &repeats = aligned().repeats;
        const std::vector<RepeatPiece> &pieces = aligned().pieces;
        runs_.clear();
        edited_.assign(repeats.size(), 0);
        others_.assign(repeats.size(), 0);
        for (size_t i = 0; i < pieces.size(); ++i) {
            const RepeatPiece &here = pieces[i];
            const auto index = static_cast<size_t>(here.repeat);
            const Repeat &repeat = repeats[index];
            int32_t stop = here.original + here.length, copy_stop = here.copy + here.length;
            if (i + 1 < pieces.size() && pieces[i + 1].repeat == here.repeat) {
                const RepeatPiece &next = pieces[i + 1];
                const auto [less, more] = std::minmax({next.original - stop, next.copy - copy_stop});
                const int32_t replaced = less;
                edited_[index] += more < edit_chars ? more : less;
                others_[index] += has_other_numeral(stop, next.original, copy_stop, next.copy);
                copy_stop += replaced;
            } else {
                others_[index] += has_other_numeral(stop, repeat.original_stop, copy_stop, repeat.copy_stop);
            }
            if (i == 0 || pieces[i - 1].repeat != here.repeat)
                others_[index] += has_other_numeral(repeat.original, here.original, repeat.copy, here.copy);
            runs_.push_back({here.repeat, here.original, here.copy, copy_stop});
            Interrupts::count(16);
        }
        for (size_t i = 0; i < repeats.size(); ++i) {
            const Repeat &repeat = repeats[i];
            if (repeat.period > 0)
                runs_.push_back({static_cast<int32_t>(i), repeat.original, repeat.copy, repeat.copy_stop});
        }
        std::stable_sort(runs_.begin(), runs_.end(), [](const Run &a, const Run &b) { return a.copy < b.copy; });
    }

    // Finds which repeats may be copies of a body: neither edited much nor a form filled in again nor quoted.
    bool find_counting() {
        const std::vector<Repeat> &repeats = aligned().repeats;
        counts_.assign(repeats.size(), 0);
        int64_t counted = 0;
        for (size_t i = 0; i < repeats.size(); ++i) {
            const Repeat &repeat = repeats[i];
            const int32_t chars = repeat.copy_stop - repeat.copy;
            counts_[i] = edited_[i] <= edited_share * chars && int64_t{others_[i]} * numeral_chars <= chars &&
                         !(is_quoted(repeat.copy) && !is_quoted(repeat.original));
            if (counts_[i]) counted += chars;
            Interrupts::count(64);
        }
        return counted >= body_chars;
    }

    // Whether what counts could be so much of what is not markup as a body is; most texts are settled here.
    bool may_be_enough() {
        find_roots(chosen_roots_, [&](const Run &run) { return counts_[static_cast<size_t>(run.repeat)] != 0; });
        const std::vector<uint8_t> &markup = text_->markup();
        printed_.assign(chosen_roots_.size(), 0);
        for (const int32_t root : chosen_roots_) ++printed_[root];
        int64_t all = 0, copied = 0;
        for (size_t i = 0; i < printed_.size(); ++i) {
            const bool is_content = markup[static_cast<size_t>(aligned().positions[i])] == 0;
            all += is_content && printed_[i] > 0;
            copied += is_content && printed_[i] > 1;
        }
        Interrupts::count(4 * printed_.size());
        return copied >= body_chars && copied >= all_share * all;
    }

    bool is_quoted(int32_t code) const {
        const Points points = text_->points();
        const auto above = std::upper_bound(aligned().units.begin(), aligned().units.end(), text_->position(code),
                                            [](int32_t place, const TextSpan &unit) { return place < unit.start; });
        if (is_one_of(points[(above - 1)->start], U">＞")) return true;
        const int32_t place = text_->position(code);
        const int32_t first = std::max(code > 0 ? text_->position(code - 1) + 1 : 0, place - quote_gap);
        for (int32_t i = place; i-- > first && !is_break(points[i]);) {
            if (is_one_of(points[i], U"“‘「『\"＂")) return true;
        }
        return false;
    }

    template <typename IsChosen>
    void find_roots(std::vector<int32_t> &roots, IsChosen is_chosen) const {
        roots.resize(static_cast<size_t>(aligned().size));
        for (size_t i = 0; i < roots.size(); ++i) roots[i] = static_cast<int32_t>(i);
        for (const Run &run : runs_) {
            if (!is_chosen(run)) continue;
            Interrupts::count(static_cast<size_t>(run.copy_stop - run.copy));
            const int32_t shift = run.copy - run.original;
            for (int32_t i = run.copy; i < run.copy_stop; ++i) roots[i] = roots[i - shift];
        }
    }

    // Finds where sentences and lines end.
    void find_ends() {
        const Points points = text_->points();
        ends_.assign(1, -1);
        for (int32_t i = 0; i < points.size; ++i) {
            Interrupts::at(static_cast<size_t>(i));
            if (IsSentenceEnd{}(points[i]) || is_break(points[i])) ends_.push_back(i);
        }
    }

    // The folded codes from the start of a line or sentence to a position: at least -edge_chars, where one starts behind it;
    // more than start_chars if none starts so near.
    int32_t into_sentence(int32_t start) const {
        const int32_t first = std::max(start - start_chars - 1, 0);
        const int32_t before = text_->position(first);
        const int32_t behind = text_->position(std::min(start + edge_chars, aligned().size - 1));
        const int32_t last = *(std::lower_bound(ends_.begin(), ends_.end(), behind) - 1);
        return start - (last < before ? first : text_->code_from(last));
    }

    // Finds which repeats start where a line or sentence does, or equally far and not far inside of one, on both sides; or go
    // on from one that does.
    void find_starts() {
        const std::vector<Repeat> &repeats = aligned().repeats;
        starts_.assign(repeats.size(), 0);
        for (size_t i = 0; i < repeats.size(); ++i) {
            const int32_t original = into_sentence(repeats[i].original), copy = into_sentence(repeats[i].copy);
            starts_[i] = std::abs(original - copy) <= edge_chars && std::max(original, copy) <= start_chars;
            if (i > 0 && starts_[i - 1] && continues(repeats[i - 1], repeats[i])) starts_[i] = 1;
            Interrupts::count(128);
        }
    }

    bool continues(const Repeat &before, const Repeat &here) const {
        return std::abs(roots_[here.original] - roots_[before.original_stop - 1] - 1) <= edit_chars &&
               here.copy - before.copy_stop <= edit_chars;
    }

    // Finds in which repeats a unit starts in the copy, or just before, and in the original at the same place.
    void find_holding() {
        const std::vector<int32_t> &edges = aligned().unit_edges;
        const auto end = edges.end() - 1;
        holds_ = starts_;
        for (const Run &run : runs_) {
            const auto index = static_cast<size_t>(run.repeat);
            if (holds_[index]) continue;
            auto edge = std::lower_bound(edges.begin(), end, run.copy - edge_chars);
            for (; edge != end && *edge < run.copy_stop && !holds_[index]; ++edge) {
                const int32_t place = *edge - run.copy + run.original;
                const auto near = std::lower_bound(edges.begin(), end, place - edge_chars);
                holds_[index] = near != end && *near <= place + edge_chars;
                Interrupts::count(16);
            }
        }
    }

    // Finds of every code whether it is prose, text, and not markup.
    void weigh() {
        weights_.assign(static_cast<size_t>(aligned().size), 0);
        const std::vector<uint8_t> &markup = text_->markup();
        int32_t code = 0;
        for (const Line &line : text_->lines()) {
            const bool is_long = text_->code_from(line.stop) - text_->code_from(line.start) >= item_chars ||
                                 LineReader::is_article(text_->points(), line);
            const bool is_text = line.kind != LineKind::code && line.kind != LineKind::table &&
                                 line.kind != LineKind::heading && line.kind != LineKind::marks;
            const bool is_prose = line.kind == LineKind::prose || (line.kind == LineKind::list && is_long);
            const auto weight = static_cast<uint8_t>(is_prose | is_text << 1 | 4);
            for (; code < aligned().size && text_->position(code) < line.stop; ++code) {
                if (!markup[text_->position(code)]) weights_[code] = weight;
            }
            Interrupts::count(128 + 2 * static_cast<size_t>(line.stop - line.start));
        }
    }

    // Finds which codes stand in lines that belong to what is not copied with them: that another one says, or fills in; and
    // items of a list, copied from above the line that introduces this list, which is not copied.
    void find_own_lines() {
        const Points points = text_->points();
        own_.assign(static_cast<size_t>(aligned().size), 0);
        labels_.clear();
        int32_t list_start = 0;  // if what introduces it is not copied
        for (const Line &line : text_->lines()) {
            Interrupts::count(128 + 2 * static_cast<size_t>(line.stop - line.start));
            const int32_t first = text_->code_from(line.start);
            labels_.push_back({first, text_->code_from(LineReader::label_stop(points, line))});
            const int32_t stop = text_->code_from(line.stop);
            const bool is_item = line.kind == LineKind::list;
            if (LineReader::introduces(points, line)) {
                int32_t copied = 0;
                for (int32_t i = first; i < stop; ++i) copied += roots_[i] != i;
                list_start = copied < introduced_share * (stop - first) ? first : 0;
            } else if (!is_item || LineReader::is_article(points, line)) {
                list_start = 0;
            }
            const bool is_of_other_list = is_item && first < stop && roots_[stop - 1] < list_start;
            if (is_of_other_list || has_other_label(line)) std::fill(own_.begin() + first, own_.begin() + stop, uint8_t{1});
        }
    }

    // Whether what a line says behind its label stands above behind another label; of the last line that has one so far.
    bool has_other_label(const Line &line) const {
        const auto [first, behind] = labels_.back();
        const bool is_long = text_->code_from(line.stop) - first > labelled_chars;
        if (is_long || first == behind || behind == aligned().size || roots_[behind] >= first) return false;
        const std::vector<Line> &lines = text_->lines();
        const auto next = std::upper_bound(lines.begin(), lines.end(), text_->position(roots_[behind]),
                                           [](int32_t place, const Line &some) { return place < some.start; });
        const auto [other, other_behind] = labels_[static_cast<size_t>(next - lines.begin()) - 1];
        if (other == other_behind || std::abs(roots_[behind] - other_behind) > edge_chars) return false;
        const uint32_t *one = aligned().codes + first, *two = aligned().codes + other;
        std::vector<uint32_t> label(one, aligned().codes + behind), other_label(two, aligned().codes + other_behind), same;
        std::sort(label.begin(), label.end());
        std::sort(other_label.begin(), other_label.end());
        std::set_intersection(label.begin(), label.end(), other_label.begin(), other_label.end(), std::back_inserter(same));
        return 2 * same.size() < std::max(label.size(), other_label.size());
    }

    // Counts the copies in the chosen repeats that count, and takes them if they are more than were found.
    void take_more(const std::vector<uint8_t> &chosen, double share, int32_t &found) {
        find_printings([&](size_t repeat) { return chosen[repeat] && counts_[repeat]; });
        for (const bool in_row : {false, true}) {
            if (in_row && &chosen != &starts_) break;
            const std::vector<uint8_t> &printed = in_row ? in_row_ : together_;
            const int32_t copies = count_copies(share, in_row ? row_share : text_share, printed);
            if (copies <= found) continue;
            found = copies;
            printings_ = printed;
        }
    }

    // Text that is printed again in code or a table is no copy.
    int32_t count_copies(double share, double share_of_text, const std::vector<uint8_t> &chosen) {
        find_roots(chosen_roots_, [&](const Run &run) { return chosen[static_cast<size_t>(run.repeat)] != 0; });
        printed_.assign(chosen_roots_.size(), 0);
        for (size_t i = 0; i < own_.size(); ++i) {
            const size_t root = own_[i] ? i : static_cast<size_t>(chosen_roots_[i]);
            printed_[root] += (weights_[i] & 2) >= (weights_[root] & 2);
        }
        by_times_.assign(static_cast<size_t>(*std::max_element(printed_.begin(), printed_.end())) + 1, Weight{});
        for (size_t i = 0; i < printed_.size(); ++i) {
            if (printed_[i] == 0) continue;
            Weight &weight = by_times_[printed_[i]];
            for (size_t k = 0; k < weight.size(); ++k) weight[k] += weights_[i] >> k & 1;
        }
        Interrupts::count(4 * printed_.size());
        Weight all{}, here{};
        for (const Weight &weight : by_times_) add(weight, all);
        for (size_t times = by_times_.size() - 1; times > 1; --times) {
            add(by_times_[times], here);
            const bool is_body = is_enough(here[0], share * all[0]) || is_enough(here[1], share_of_text * all[1]);
            if (is_body && here[2] >= all_share * all[2]) return static_cast<int32_t>(times);
        }
        return 1;
    }

    static bool is_enough(int64_t chars, double least) { return chars >= std::max<double>(least, body_chars); }

    static void add(const Weight &more, Weight &to) {
        for (size_t k = 0; k < to.size(); ++k) to[k] += more[k];
    }

    // Finds which of the chosen repeats are later printings of a body, and which are printed in a row. Those that continue
    // each other are one printing, if it is long enough; so is what is printed in a row: it starts where its original stops.
    template <typename IsChosen>
    void find_printings(IsChosen is_chosen) {
        const std::vector<Repeat> &repeats = aligned().repeats;
        together_.assign(repeats.size(), 0);
        in_row_.assign(repeats.size(), 0);
        group_.clear();
        int64_t chars = 0;
        const auto is_in_row = [&](size_t first, size_t last, double gap) {
            return std::abs(roots_[repeats[first].copy - 1] - roots_[repeats[last].original_stop - 1]) <= gap;
        };
        const auto close = [&] {
            for (const size_t i : group_) {
                const double gap = std::max<double>(edit_chars, row_gap_share * static_cast<double>(chars));
                in_row_[i] = is_in_row(i, i, edit_chars) || is_in_row(group_.front(), group_.back(), gap);
                together_[i] = chars >= body_chars || in_row_[i];
            }
            group_.clear();
            chars = 0;
        };
        for (size_t i = 0; i < repeats.size(); ++i) {
            if (!is_chosen(i)) continue;
            const Repeat &here = repeats[i];
            if (!group_.empty()) {
                const Repeat &before = repeats[group_.back()];
                const int32_t gap = roots_[here.original] - roots_[before.original_stop - 1] - 1;
                if (here.copy - before.copy_stop > printing_gap || gap < -edit_chars || gap > printing_gap) close();
            }
            group_.push_back(i);
            chars += here.copy_stop - here.copy;
        }
        close();
    }

    AlignedText *text_ = nullptr;
    std::vector<Run> runs_;
    std::vector<int32_t> edited_, others_, roots_, chosen_roots_, ends_, printed_;
    std::vector<uint8_t> counts_, starts_, holds_, weights_, own_, printings_, together_, in_row_;
    std::vector<Weight> by_times_;
    std::vector<std::pair<int32_t, int32_t>> labels_;  // of the lines so far: where each starts and stops, folded
    std::vector<size_t> group_;
};

}  // namespace neardup
