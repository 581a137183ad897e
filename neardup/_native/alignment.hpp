// The alignment of a text with itself: its equal and near runs, with the units that it is made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "bits.hpp"
#include "boundaries.hpp"
#include "near.hpp"
#include "repeated.hpp"
#include "runs.hpp"
#include "texts.hpp"
#include "units.hpp"
#include "windows.hpp"

namespace neardup {

// What was found in a text; all but `paragraphs` and `units` in folded codes.
struct SelfAlignment {
    const uint32_t *codes;
    const int32_t *positions;  // of each code, the code point that it came from
    int32_t size;
    std::vector<TextSpan> paragraphs, units;
    std::vector<int32_t> paragraph_edges, unit_edges;  // where they start, each once; the last one is `size`
    std::vector<Repeat> repeats;                       // copies are disjoint and ascending
    std::vector<RepeatPiece> pieces;                   // what is equal in them
};

// One for a thread: its buffers are kept from text to text.
class SelfAligner {
  public:
    // The shortest equal run that may continue another.
    static constexpr int32_t seed_chars = 8;

    SelfAligner(const FoldingTable &table, const SimdKernels &lanes, NearLimits limits)
        : limits_(limits), folder_(table, lanes, true), windows_(lanes), near_(limits) {}

    // The result stays valid until the next text. Throws InvalidUtf8, TooLong.
    const SelfAlignment &align(const TextView &text) {
        folder_.fold(text);
        folder_.with_points(text, [&](const auto *points, size_t count) { align_folded(points, count); });
        return found_;
    }

    // The same for code points of any width.
    template <typename Char>
    const SelfAlignment &align(const Char *points, size_t count) {
        constexpr Encoding encoding = sizeof(Char) == 1   ? Encoding::latin1
                                      : sizeof(Char) == 2 ? Encoding::ucs2
                                                          : Encoding::ucs4;
        return align(TextView{points, count, encoding});
    }

    // Finds all but the repeats, which are known.
    const SelfAlignment &take(const TextView &text, const Repeat *repeats, size_t repeat_count, const RepeatPiece *pieces,
                              size_t piece_count) {
        folder_.fold(text);
        folder_.with_points(text, [&](const auto *points, size_t count) { segment(points, count); });
        found_.repeats.assign(repeats, repeats + repeat_count);
        found_.pieces.assign(pieces, pieces + piece_count);
        return found_;
    }

    const SelfAlignment &found() const { return found_; }

    // Calls `visit(points, count)` with the code points of the text that was aligned last.
    template <typename Visit>
    void with_points(const TextView &text, Visit visit) const {
        folder_.with_points(text, visit);
    }

  private:
    template <typename Char>
    void align_folded(const Char *points, size_t count) {
        segment(points, count);
        found_.repeats.clear();
        found_.pieces.clear();
        find_repeats();
    }

    template <typename Char>
    void segment(const Char *points, size_t count) {
        found_.codes = folder_.codes();
        found_.positions = folder_.positions();
        found_.size = static_cast<int32_t>(folder_.size());
        find_paragraphs(points, count, found_.paragraphs);
        find_units(points, count, found_.paragraphs, found_.units);
        find_edges(found_.paragraphs, found_.paragraph_edges);
        find_edges(found_.units, found_.unit_edges);
    }

    void find_edges(const std::vector<TextSpan> &spans, std::vector<int32_t> &edges) const {
        edges.clear();
        const int32_t *const end = found_.positions + found_.size, *from = found_.positions;
        const auto add = [&](int32_t edge) {
            if (edges.empty() || edges.back() < edge) edges.push_back(edge);
        };
        for (const TextSpan &span : spans) {
            from = std::lower_bound(from, end, span.start);
            add(static_cast<int32_t>(from - found_.positions));
        }
        add(found_.size);
    }

    void find_repeats() {
        const auto size = static_cast<size_t>(found_.size);
        const int32_t min_chars = limits_.min_chars, width = std::min(min_chars, seed_chars);
        windows_.find(found_.codes, size, static_cast<size_t>(width));
        if (windows_.begin() == windows_.end()) return;
        boundaries_.reset(found_.unit_edges.data(), found_.unit_edges.size(), found_.size);
        const int32_t *window = windows_.begin();
        const auto next = [&](WindowCopy &copy) {
            for (; window != windows_.end(); ++window) {
                const int32_t first = windows_.first(*window);
                if (first + width > *window) continue;
                copy = {*window++, first};
                return true;
            }
            return false;
        };
        const std::vector<Run> *exact, *seeds = &no_runs_;
        if (min_chars > seed_chars) {
            seeds = &find_runs(seed_finder_, width, limits_.max_stray, next);
            if (seeds->empty() && !folder_.has_several()) return;
            exact = &find_wide_runs();
        } else {
            exact = &find_runs(exact_finder_, min_chars, min_chars / 2, next);
        }
        near_.find(found_.codes, found_.positions, found_.size, boundaries_, exact->data(), exact->size(), seeds->data(),
                   seeds->size(), found_.repeats, found_.pieces);
    }

    template <typename Next>
    const std::vector<Run> &find_runs(RunFinder &finder, int32_t min_chars, int32_t max_stray, Next next) {
        finder.find(found_.codes, found_.size, boundaries_, min_chars, max_stray, next);
        if (folder_.has_several()) keep_whole_code_points(finder.runs());
        return finder.runs();
    }

    // Finds the runs of at least min_chars codes. A wide window stands twice only if all the narrower ones in it do.
    const std::vector<Run> &find_wide_runs() {
        find_stretches();
        const int32_t min_chars = limits_.min_chars;
        if (stretches_.empty()) return no_runs_;
        int32_t *const first = first_.of(static_cast<size_t>(found_.size));
        size_t total = 0;
        for (const auto &[begin, end] : stretches_) total += end - begin;
        leftmost_.reset(found_.codes, static_cast<size_t>(min_chars), total);
        for (const auto &[begin, end] : stretches_) leftmost_.find(begin, end, first);
        auto stretch = stretches_.begin();
        auto window = static_cast<int32_t>(stretch->first);
        return find_runs(exact_finder_, min_chars, min_chars / 2, [&](WindowCopy &copy) {
            for (;; ++window) {
                if (window == static_cast<int32_t>(stretch->second)) {
                    if (++stretch == stretches_.end()) {
                        --stretch;
                        return false;
                    }
                    window = static_cast<int32_t>(stretch->first);
                }
                if (first[window] + min_chars > window) continue;
                copy = {window, first[window]};
                ++window;
                return true;
            }
        });
    }

    // Finds the stretches of wide windows that may stand twice.
    void find_stretches() {
        twice_.reset(found_.size);
        for (const int32_t start : windows_) {
            const int32_t first = windows_.first(start);
            if (first == start) continue;
            twice_.add(start);
            twice_.add(first);
        }
        stretches_.clear();
        const int32_t inside = limits_.min_chars - seed_chars + 1;  // narrow windows in a wide one
        int32_t begin = 0, end = 0;
        const auto add = [&] {
            if (end - begin >= inside) stretches_.emplace_back(begin, end - inside + 1);
        };
        for (const int32_t start : windows_) {
            if (!twice_.has(start)) continue;
            if (start != end) {
                add();
                begin = start;
            }
            end = start + 1;
        }
        add();
    }

    // Trims runs that start or stop between the codes of one code point, as of ㎏ or 한.
    void keep_whole_code_points(std::vector<Run> &runs) const {
        const auto is_inside = [&](int32_t i) {
            return i > 0 && i < found_.size && found_.positions[i - 1] == found_.positions[i];
        };
        for (Run &run : runs) {
            const int32_t moves_stop = run.period > 0, moves_back = 1 - moves_stop;
            while (run.copy < run.copy_stop && (is_inside(run.original) || is_inside(run.copy))) {
                ++run.original;
                ++run.copy;
                run.original_stop += moves_stop;
            }
            while (run.copy < run.copy_stop &&
                   (is_inside(run.copy_stop) || (moves_back && is_inside(run.original_stop)))) {
                --run.copy_stop;
                run.original_stop -= moves_back;
            }
        }
        runs.erase(std::remove_if(runs.begin(), runs.end(), [](const Run &run) { return run.copy >= run.copy_stop; }),
                   runs.end());
    }

    NearLimits limits_;
    TextFolder folder_;
    RepeatedWindows windows_;
    Boundaries boundaries_;
    RunFinder seed_finder_, exact_finder_;
    LeftmostWindows leftmost_;
    NearFinder near_;
    PositionSet twice_;  // narrow windows that do
    Room<int32_t> first_;
    std::vector<std::pair<size_t, size_t>> stretches_;
    const std::vector<Run> no_runs_;
    SelfAlignment found_{};
};

}  // namespace neardup
