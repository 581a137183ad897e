// The alignment of a text with itself: its equal and near runs, with the units that it is made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

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
        : limits_(limits), folder_(table, lanes, true), windows_(lanes), near_(limits, lanes) {}

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
        const bool has_sentences = find_units(points, count, found_.paragraphs, found_.units);
        find_edges(found_.paragraphs, found_.paragraph_edges);
        if (has_sentences) {
            find_edges(found_.units, found_.unit_edges);
        } else {
            found_.unit_edges = found_.paragraph_edges;
        }
    }

    void find_edges(const std::vector<TextSpan> &spans, std::vector<int32_t> &edges) {
        edges.clear();
        const auto add = [&](int32_t edge) {
            if (edges.empty() || edges.back() < edge) edges.push_back(edge);
        };
        int32_t edge = 0, before = 0;
        for (const TextSpan &span : spans) {
            steps_.count(16);
            // Most code points give one code each, and none gives more in most texts.
            const int32_t room = found_.size - edge;
            edge = first_from(span.start, edge, folder_.has_several() ? room : std::min(room, span.start - before));
            before = span.start;
            add(edge);
        }
        add(found_.size);
    }

    // Gives the first of so many codes from one on that came from `start` or behind it. By halving, without branches.
    int32_t first_from(int32_t start, int32_t code, int32_t count) const {
        while (count > 0) {
            const int32_t half = (count + 1) / 2;
            code += found_.positions[code + half - 1] < start ? half : 0;
            count -= half;
        }
        return code;
    }

    void find_repeats() {
        const int32_t min_chars = limits_.min_chars, width = std::min(min_chars, seed_chars);
        windows_.find(found_.codes, static_cast<size_t>(found_.size), static_cast<size_t>(width));
        if (windows_.copies_count() == 0) return;
        boundaries_.reset(found_.unit_edges.data(), found_.unit_edges.size(), found_.size);
        const std::vector<Run> *exact, *seeds = &no_runs_;
        if (min_chars > seed_chars) {
            seeds = &find_runs(seed_finder_, width, limits_.max_stray, windows_.copies(), windows_.copies_count());
            exact = &find_wide_runs();
        } else {
            exact = &find_runs(exact_finder_, min_chars, min_chars / 2, windows_.copies(), windows_.copies_count());
        }
        near_.find(found_.codes, found_.positions, found_.size, boundaries_, exact->data(), exact->size(), seeds->data(),
                   seeds->size(), found_.repeats, found_.pieces);
    }

    const std::vector<Run> &find_runs(RunFinder &finder, int32_t min_chars, int32_t max_stray, const WindowCopy *copies,
                                      size_t count) {
        std::vector<Run> &runs =
            finder.find(found_.codes, found_.size, boundaries_, min_chars, max_stray, copies, count);
        if (folder_.has_several()) keep_whole_code_points(runs);
        return runs;
    }

    // Finds the runs of at least min_chars codes.
    const std::vector<Run> &find_wide_runs() {
        const size_t total = find_stretches();
        if (total == 0) return no_runs_;
        const int32_t min_chars = limits_.min_chars;
        int32_t *const first = first_.of(static_cast<size_t>(found_.size));
        WindowCopy *const copies = copies_.of(total);
        leftmost_.reset(found_.codes, static_cast<size_t>(min_chars), total);
        size_t count = 0;
        for (const auto &[begin, end] : stretches_) {
            leftmost_.find(begin, end, first);
            for (size_t i = begin; i < end; ++i) {
                Interrupts::at(i);
                copies[count] = {static_cast<int32_t>(i), first[i]};
                count += first[i] + min_chars <= static_cast<int32_t>(i);
            }
        }
        return find_runs(exact_finder_, min_chars, min_chars / 2, copies, count);
    }

    // Finds the stretches of wide windows that may stand twice, which all narrower ones in them do too; returns how many
    // windows there are.
    size_t find_stretches() {
        stretches_.clear();
        const int32_t *const starts = windows_.starts();
        const size_t count = windows_.count();
        const auto inside = static_cast<size_t>(limits_.min_chars - seed_chars + 1);  // narrow windows in a wide one
        size_t total = 0;
        for (size_t i = 0; i + inside <= count;) {
            const auto goes_on = [&](size_t k) { return starts[k] - starts[i] == static_cast<int32_t>(k - i); };
            const size_t before = i;
            size_t next = i + inside - 1;
            if (goes_on(next)) {
                while (next + 1 < count && goes_on(next + 1)) ++next;
                const auto begin = static_cast<size_t>(starts[i]), windows = next - i + 2 - inside;
                stretches_.emplace_back(begin, begin + windows);
                total += windows;
                i = next + 1;
            } else {
                // No stretch begins before the last gap.
                while (starts[next] - starts[next - 1] == 1) --next;
                i = next;
            }
            steps_.count(next - before + 2);
        }
        return total;
    }

    // Trims runs that start or stop between the codes of one code point, as of ㎏ or 한.
    void keep_whole_code_points(std::vector<Run> &runs) {
        const auto is_inside = [&](int32_t i) {
            return i > 0 && i < found_.size && found_.positions[i - 1] == found_.positions[i];
        };
        for (Run &run : runs) {
            steps_.count(16);
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
    Room<int32_t> first_;
    Room<WindowCopy> copies_;
    std::vector<std::pair<size_t, size_t>> stretches_;
    const std::vector<Run> no_runs_;
    Steps steps_;
    SelfAlignment found_{};
};

}  // namespace neardup
