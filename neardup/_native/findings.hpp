// The repeats of a text as they are reported. See neardup/_reference/findings.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "bodies.hpp"
#include "growing.hpp"
#include "interrupts.hpp"
#include "units.hpp"

namespace neardup {

// In folded codes; the similarity is 2 * matched / both, and it is exact if that is 1.
struct Finding {
    int32_t original, original_stop, copy, copy_stop, period, matched, both;

    int32_t chars() const { return copy_stop - copy; }
    bool is_exact() const { return 2 * matched == both; }
};

// The same in code points of the text, rounded outward, with how many paragraphs a copy covers.
struct FindingRow {
    int32_t original, original_stop, copy, copy_stop, chars, paragraphs, period, matched, both;
};

class FindingMaker {
  public:
    // Replaces `rows` by what is reported of a text: growing lines, loops, and repeats with the scraps that belong to them.
    void make(const AlignedText &text, const std::vector<Growing> &growing, int32_t min_chars, std::vector<FindingRow> &rows) {
        text_ = &text;
        found_.clear();
        rows.clear();
        size_t grown = 0;
        for (const Repeat &repeat : aligned().repeats) {
            while (grown < growing.size() && growing[grown].copy_stop <= repeat.copy) ++grown;
            if (grown < growing.size() && growing[grown].copy <= repeat.copy) continue;
            const int32_t both = repeat.original_stop - repeat.original + repeat.copy_stop - repeat.copy;
            found_.push_back({repeat.original, repeat.original_stop, repeat.copy, repeat.copy_stop, repeat.period, repeat.matched,
                              repeat.period > 0 ? 2 * repeat.matched : both});
        }
        join_scraps(min_chars);
        join_loops();
        for (const Growing &each : growing)
            found_.push_back({each.original, each.copy, each.copy, each.copy_stop, 0, each.matched,
                              2 * (each.copy_stop - each.copy)});
        std::sort(found_.begin(), found_.end(), [](const Finding &a, const Finding &b) { return a.copy < b.copy; });
        lefts_ = Known();  // to clear a map takes as long as the largest text took
        rights_ = Known();
        for (const Finding &finding : found_) {
            rows.push_back(row_of(finding));
            Interrupts::count(256);
        }
    }

  private:
    static constexpr int32_t loops = 5, loop_chars = 30, body_chars = 100, loop_gap = 20, max_loop_gap = 100, edge_chars = 2;

    const SelfAlignment &aligned() const { return text_->aligned(); }

    // Joins scraps that adjoin until they are long enough, then gives what is left to the repeat that it adjoins.
    void join_scraps(int32_t min_chars) {
        const auto longer = [](const Finding &a, const Finding &b) { return std::max(a.chars(), b.chars()); };
        const auto shorter = [](const Finding &a, const Finding &b) { return std::min(a.chars(), b.chars()); };
        join_if([&](const Finding &left, const Finding &right) { return longer(left, right) < min_chars; });
        join_if([&](const Finding &left, const Finding &right) { return shorter(left, right) < min_chars; });
        found_.erase(std::remove_if(found_.begin(), found_.end(),
                                    [&](const Finding &finding) { return finding.chars() < min_chars; }),
                     found_.end());
    }

    template <typename MayJoin>
    void join_if(MayJoin may_join) {
        size_t count = 0;
        for (const Finding &finding : found_) {
            if (count > 0 && found_[count - 1].copy_stop == finding.copy && may_join(found_[count - 1], finding)) {
                found_[count - 1] = joined(found_[count - 1], finding);
            } else {
                found_[count++] = finding;
            }
        }
        found_.resize(count);
    }

    // Makes one of two that adjoin, of which one is a scrap: one goes on over the other, exactly or so that more is alike.
    Finding joined(const Finding &left, const Finding &right) const {
        const int32_t start = left.copy, stop = right.copy_stop, size = stop - start;
        for (const bool is_left : {true, false}) {
            const Finding &one = is_left ? left : right, &other = is_left ? right : left;
            const int32_t shift = one.period > 0 ? one.period : one.copy - one.original;
            if (one.chars() < other.chars() || !one.is_exact() || start < shift ||
                !are_equal(other.copy, other.copy_stop, shift))
                continue;
            // What meets the stretch that it agrees with is printed over and over.
            if (one.period == 0 && stop - shift <= start) return {start - shift, stop - shift, start, stop, 0, size, 2 * size};
            const int32_t original = one.period > 0 && one.copy == start ? one.original : start - shift;
            return {original, start, start, stop, shift, size, 2 * size};
        }
        // What is printed over and over goes on as the copy does.
        const auto sides = [](const Finding &finding) { return finding.period > 0 ? 2 : 1; };
        const int32_t cut = std::max(0, right.original_stop - start);
        Finding over_right = left, over_left = right;
        over_right.copy_stop = stop;
        over_right.both += sides(left) * right.chars();
        over_left.copy = start;
        over_left.original_stop -= cut;
        over_left.matched -= right.period > 0 ? 0 : cut;
        over_left.both += sides(right) * left.chars() - (right.period > 0 ? 0 : cut);
        const bool is_left = int64_t{over_right.matched} * over_left.both >= int64_t{over_left.matched} * over_right.both;
        return is_left || over_left.original_stop <= over_left.original ? over_right : over_left;
    }

    bool are_equal(int32_t start, int32_t stop, int32_t shift) const {
        const uint32_t *codes = aligned().codes;
        Interrupts::count(static_cast<size_t>(stop - start));
        return std::equal(codes + start, codes + stop, codes + start - shift);
    }

    // Makes one finding of copies in a row behind their original, exact or alike in their units.
    void join_loops() {
        size_t count = 0;
        for (size_t at = 0, last; at < found_.size(); at = last + 1) {
            last = at;
            const Finding first = found_[at];
            if (opens(first)) {
                const bool is_alike = starts_alike(first);
                while (last + 1 < found_.size() &&
                       (is_alike ? continues(first, found_[last], found_[last + 1])
                                 : goes_round(first, found_[last], found_[last + 1])))
                    ++last;
            }
            const int64_t size = found_[last].copy_stop - first.copy;
            const bool is_long = last > at && 2 * size >= loops * int64_t{first.copy - first.original};
            const int32_t matched = is_long ? matched_in(first.copy, found_[last].copy_stop) : 0;
            if (is_long && 2 * int64_t{matched} > size) {
                found_[count++] = loop(at, last, matched);
            } else {
                for (size_t i = at; i <= last; ++i) found_[count++] = found_[i];
            }
        }
        found_.resize(count);
    }

    int32_t into_unit(int32_t place) const {
        const std::vector<int32_t> &edges = aligned().unit_edges;
        return place - *(std::upper_bound(edges.begin(), edges.end(), place + edge_chars) - 1);
    }

    bool opens(const Finding &finding) const {
        return finding.copy - finding.original_stop <= loop_gap && finding.period == 0 &&
               finding.copy - finding.original >= loop_chars && finding.copy - finding.original < body_chars;
    }

    bool starts_alike(const Finding &finding) const {
        return std::abs(into_unit(finding.copy) - into_unit(finding.original)) <= edge_chars;
    }

    bool goes_round(const Finding &first, const Finding &before, const Finding &finding) const {
        return finding.copy == before.copy_stop && first.is_exact() && first.original_stop == first.copy &&
               are_equal(finding.copy, finding.copy_stop, first.copy - first.original);
    }

    static bool continues(const Finding &first, const Finding &before, const Finding &finding) {
        const int32_t gap = std::min(first.copy - first.original + loop_gap, max_loop_gap);
        return finding.period == 0 && finding.copy - before.copy_stop <= gap &&
               first.original - edge_chars <= finding.original && finding.original < before.copy_stop;
    }

    // How much is aligned in repeats, scraps too, whose copies start in a stretch.
    int32_t matched_in(int32_t start, int32_t stop) const {
        const std::vector<Repeat> &repeats = aligned().repeats;
        auto repeat = std::lower_bound(repeats.begin(), repeats.end(), start,
                                       [](const Repeat &each, int32_t place) { return each.copy < place; });
        int32_t matched = 0;
        for (; repeat != repeats.end() && repeat->copy < stop; ++repeat) matched += repeat->matched;
        return matched;
    }

    Finding loop(size_t at, size_t last, int32_t matched) const {
        const Finding &first = found_[at];
        const int32_t stop = found_[last].copy_stop, size = stop - first.copy;
        const bool is_exact = are_equal(first.copy, stop, first.copy - first.original);
        return {first.original, first.copy, first.copy, stop, first.copy - first.original,
                is_exact ? size : std::min(matched, size - 1), 2 * size};
    }

    FindingRow row_of(const Finding &finding) {
        const std::vector<int32_t> &edges = aligned().paragraph_edges;
        const auto covered = (std::upper_bound(edges.begin(), edges.end(), finding.copy_stop) - 1) -
                             std::lower_bound(edges.begin(), edges.end(), finding.copy);
        return {left(finding.original), right(finding.original_stop), left(finding.copy), right(finding.copy_stop),
                finding.chars(), std::max(0, static_cast<int32_t>(covered)), finding.period, finding.matched, finding.both};
    }

    // The unit in which a place of the text stands.
    const TextSpan &unit_at(int32_t place) const {
        const auto above = std::upper_bound(aligned().units.begin(), aligned().units.end(), place,
                                            [](int32_t at, const TextSpan &unit) { return at < unit.start; });
        return *(above - 1);
    }

    // Where a span starts in the text: with its unit, or with the opening marks before it.
    int32_t left(int32_t start) {
        const auto [known, is_new] = lefts_.try_emplace(start, 0);
        if (!is_new) return known->second;
        const int32_t before = start > 0 ? text_->position(start - 1) : -1;
        int32_t first = text_->position(start);
        const int32_t unit = unit_at(first).start;
        if (before < unit) return known->second = unit;
        while (first - 1 > before && is_opening(text_->points()[first - 1])) {
            --first;
            Interrupts::count(8);
        }
        return known->second = first;
    }

    // Where it stops: with its unit, or behind the marks that open nothing.
    int32_t right(int32_t stop) {
        const auto [known, is_new] = rights_.try_emplace(stop, 0);
        if (!is_new) return known->second;
        const Points points = text_->points();
        const int32_t behind = stop < aligned().size ? text_->position(stop) : points.size;
        int32_t last = text_->position(stop - 1);
        const int32_t unit = unit_at(last).stop;
        if (behind >= unit) return known->second = unit;
        for (++last; last < behind && !is_space(points[last]) && !is_opening(points[last]); ++last) Interrupts::count(8);
        return known->second = last;
    }

    const AlignedText *text_ = nullptr;
    std::vector<Finding> found_;
    using Known = std::unordered_map<int32_t, int32_t>;
    Known lefts_, rights_;  // known already: many copies can have one original
};

}  // namespace neardup
