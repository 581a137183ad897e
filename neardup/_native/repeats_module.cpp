#include "repeats_module.hpp"

#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <utility>

#include "alignment.hpp"
#include "arrays.hpp"
#include "batch.hpp"
#include "bodies.hpp"
#include "cleaning.hpp"
#include "findings.hpp"
#include "growing.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

// The members of NearLimits, in order.
using NearLimitsIn = std::tuple<int32_t, int32_t, int32_t, int32_t, int32_t, int32_t>;

NearLimits check_limits(const NearLimitsIn &limits) {
    const auto [min_chars, max_gap, min_piece, min_score, max_stray, similarity_percent] = limits;
    if (min_chars < 1 || min_piece < 1) throw nb::value_error("min_chars and min_piece must be at least 1");
    if (max_gap < 0 || max_gap > 255) throw nb::value_error("max_gap must be in [0, 255]");
    if (max_stray < 0 || max_stray >= SelfAligner::seed_chars) throw nb::value_error("max_stray must be in [0, 8)");
    return {min_chars, max_gap, min_piece, min_score, max_stray, similarity_percent};
}

// Checks that what stands between units, white space, folds to nothing, and that all of a text is folded, so that every folded
// code stands in a unit.
void check_spaces(const FoldingTable &table) {
    for (const uint32_t space : spaces) {
        if (table.entries[space] != FoldingTable::dropped) throw nb::value_error("the folding table must drop white space");
    }
    if (table.content) throw nb::value_error("repeats are found in whole texts: the folding must not take their content");
}

// Tells Python how many texts are done, from the thread that called the kernel.
class Progress {
  public:
    explicit Progress(nb::handle callback) : callback_(callback), caller_(std::this_thread::get_id()) {}

    // Says that so many more are done.
    void add(size_t texts) {
        const size_t done = done_ += texts;
        if (callback_.is_none() || std::this_thread::get_id() != caller_) return;
        nb::gil_scoped_acquire held;
        callback_(done);
    }

  private:
    nb::handle callback_;
    std::thread::id caller_;
    std::atomic<size_t> done_{0};
};

// The rows of many texts, of `Columns` numbers each, as one array.
template <size_t Columns, typename Row>
std::pair<Out<int32_t>, Out<int64_t>> rows_of(Ragged<Row> &ragged, size_t texts) {
    static_assert(sizeof(Row) == Columns * sizeof(int32_t));
    const size_t total = ragged.total();
    auto values = allocate<int32_t>(Columns * total);
    auto offsets = allocate<int64_t>(texts + 1);
    {
        nb::gil_scoped_release released;
        ragged.copy_offsets(offsets.get());
        ragged.move_values(reinterpret_cast<Row *>(values.get()));
    }
    return {own(std::move(values), {total, Columns}), own(std::move(offsets), {texts + 1})};
}

// What was found in each text, row by row: how many codes it folds to, how many of them lie in copies, and how often the body
// is printed.
struct Counts {
    int64_t chars, copied, body_copies;
};

// One for a thread: finds and counts.
class RepeatsFinder {
  public:
    RepeatsFinder(const FoldingTable &table, const SimdKernels &lanes, NearLimits limits)
        : min_chars_(limits.min_chars), aligner_(table, lanes, limits) {}

    // Throws InvalidUtf8, TooLong.
    Counts find(const TextView &text) {
        const SelfAlignment &aligned = aligner_.align(text);
        rows_.clear();
        Counts counts{aligned.size, 0, 1};
        if (aligned.repeats.empty() && !may_grow(aligned)) return counts;
        aligner_.with_points(text, [&](const auto *points, size_t count) { points_.assign(points, points + count); });
        text_.reset({points_.data(), static_cast<int32_t>(points_.size())}, aligned);
        CleaningRound::find_growing(text_, min_chars_, growing_);
        findings_.make(text_, growing_, min_chars_, rows_);
        counts.body_copies = bodies_.count(text_);
        for (const FindingRow &row : rows_) counts.copied += row.chars;
        return counts;
    }

    // Of the text that was looked at last.
    const std::vector<FindingRow> &rows() const { return rows_; }
    const SelfAlignment &aligned() const { return aligner_.found(); }

  private:
    bool may_grow(const SelfAlignment &aligned) {
        const auto has_numbers = [](size_t) { return true; };
        GrowingFinder::find(aligned, min_chars_, growing_, has_numbers, [](size_t, size_t) { return true; });
        return !growing_.empty();
    }

    int32_t min_chars_;
    SelfAligner aligner_;
    std::vector<uint32_t> points_;
    AlignedText text_;
    std::vector<Growing> growing_;
    FindingMaker findings_;
    BodyCounter bodies_;
    std::vector<FindingRow> rows_;
};

using Repeats = std::tuple<Out<int64_t>, Out<int32_t>, Out<int64_t>, Out<int32_t>, Out<int64_t>, Out<int32_t>, Out<int64_t>>;

// Counts; what is reported, and where that of each text starts; then the alignment: repeats and pieces, likewise.
Repeats find_repeats(const Texts &texts, const Folding &folding, NearLimitsIn limits, int64_t threads, nb::object progress) {
    const FoldingTable &table = folding.table();
    const NearLimits checked = check_limits(limits);
    const size_t workers = check_threads(threads);
    check_spaces(table);
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<FindingRow> rows(chunks);
    Ragged<Repeat> repeats(chunks);
    Ragged<RepeatPiece> pieces(chunks);
    auto counts = allocate<int64_t>(3 * texts.size());
    {
        nb::gil_scoped_release released;
        Progress done(progress);
        for_each_chunk(chunks, workers, [&] {
            return [&, finder = RepeatsFinder(table, lanes, checked)](size_t chunk) mutable {
                for (size_t row = chunks.begin(chunk); row < chunks.end(chunk); ++row) {
                    prefetch_after(texts.views(), row);
                    naming(row, [&] {
                        const Counts found = finder.find(texts.views()[row]);
                        int64_t *const to = counts.get() + 3 * row;
                        to[0] = found.chars, to[1] = found.copied, to[2] = found.body_copies;
                        const SelfAlignment &aligned = finder.aligned();
                        rows.append(chunk, row, finder.rows().data(), finder.rows().size());
                        repeats.append(chunk, row, aligned.repeats.data(), aligned.repeats.size());
                        pieces.append(chunk, row, aligned.pieces.data(), aligned.pieces.size());
                    });
                }
                done.add(chunks.end(chunk) - chunks.begin(chunk));
            };
        });
    }
    auto [found, found_offsets] = rows_of<9>(rows, texts.size());
    auto [repeat_rows, repeat_offsets] = rows_of<6>(repeats, texts.size());
    auto [piece_rows, piece_offsets] = rows_of<4>(pieces, texts.size());
    return {own(std::move(counts), {texts.size(), 3}), std::move(found),       std::move(found_offsets),
            std::move(repeat_rows),                    std::move(repeat_offsets), std::move(piece_rows),
            std::move(piece_offsets)};
}

// Checks that offsets lead from 0 to the number of rows without going back.
void check_offsets(In<int64_t> offsets, size_t texts, size_t rows) {
    const int64_t *const at = offsets.data();
    if (offsets.size() != texts + 1 || at[0] != 0 || at[texts] != static_cast<int64_t>(rows) ||
        !std::is_sorted(at, at + texts + 1))
        throw nb::value_error("offsets must lead over the rows of every text");
}

// Checks that an alignment is one of a text of so many codes.
void check_alignment(int32_t size, const Repeat *repeats, size_t count, const RepeatPiece *pieces, size_t piece_count) {
    const auto fail = [] { throw std::invalid_argument("the alignment is not that of the text"); };
    int32_t settled = 0;
    for (size_t i = 0; i < count; ++i) {
        const Repeat &r = repeats[i];
        if (r.original < 0 || r.original_stop <= r.original || r.original_stop > r.copy || r.copy < settled ||
            r.copy_stop <= r.copy || r.copy_stop > size)
            fail();
        settled = r.copy_stop;
    }
    int32_t index = 0, original = 0, copy = 0;
    for (size_t i = 0; i < piece_count; ++i) {
        const RepeatPiece &piece = pieces[i];
        if (piece.repeat < index || piece.repeat >= static_cast<int32_t>(count) || piece.length < 1) fail();
        const Repeat &r = repeats[piece.repeat];
        if (piece.repeat > index || i == 0) original = r.original, copy = r.copy;
        if (piece.original < original || piece.copy < copy || piece.length > r.original_stop - piece.original ||
            piece.length > r.copy_stop - piece.copy)
            fail();
        index = piece.repeat;
        original = piece.original + piece.length;
        copy = piece.copy + piece.length;
    }
}

using Cleaned = std::tuple<Out<int32_t>, Out<int64_t>, Out<int32_t>, Out<int64_t>>;

// What goes of each text, and what stays and why, given what `find_repeats` found.
Cleaned clean_repeats(const Texts &texts, const Folding &folding, NearLimitsIn limits, int32_t scope, Rows<6> repeats,
                      In<int64_t> repeat_offsets, Rows<4> pieces, In<int64_t> piece_offsets, int64_t threads,
                      nb::object progress) {
    const FoldingTable &table = folding.table();
    const NearLimits checked = check_limits(limits);
    const size_t workers = check_threads(threads);
    check_spaces(table);
    if (scope < 0 || scope > static_cast<int32_t>(Scope::all)) throw nb::value_error("scope must be in [0, 2]");
    check_offsets(repeat_offsets, texts.size(), repeats.shape(0));
    check_offsets(piece_offsets, texts.size(), pieces.shape(0));
    const auto *repeat_rows = reinterpret_cast<const Repeat *>(repeats.data());
    const auto *piece_rows = reinterpret_cast<const RepeatPiece *>(pieces.data());
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<TextSpan> removed(chunks);
    Ragged<Kept> kept(chunks);
    {
        nb::gil_scoped_release released;
        Progress done(progress);
        for_each_chunk(chunks, workers, [&] {
            return [&, cleaner = Cleaner(table, lanes, checked)](size_t chunk) mutable {
                for (size_t row = chunks.begin(chunk); row < chunks.end(chunk); ++row) {
                    const int64_t *const from = repeat_offsets.data() + row, *const at = piece_offsets.data() + row;
                    naming(row, [&] {
                        cleaner.clean(texts.views()[row], static_cast<Scope>(scope), repeat_rows + from[0],
                                      static_cast<size_t>(from[1] - from[0]), piece_rows + at[0],
                                      static_cast<size_t>(at[1] - at[0]), check_alignment);
                        removed.append(chunk, row, cleaner.removed().data(), cleaner.removed().size());
                        kept.append(chunk, row, cleaner.kept().data(), cleaner.kept().size());
                    });
                }
                done.add(chunks.end(chunk) - chunks.begin(chunk));
            };
        });
    }
    auto [removed_rows, removed_offsets] = rows_of<2>(removed, texts.size());
    auto [kept_rows, kept_offsets] = rows_of<3>(kept, texts.size());
    return {std::move(removed_rows), std::move(removed_offsets), std::move(kept_rows), std::move(kept_offsets)};
}

}  // namespace

void bind_repeats(nb::module_ &m) {
    m.def("find_repeats", &find_repeats, "texts"_a, "folding"_a, "limits"_a, "threads"_a,
          "progress"_a.none() = nb::none());
    m.def("clean_repeats", &clean_repeats, "texts"_a, "folding"_a, "limits"_a, "scope"_a, "repeats"_a, "repeat_offsets"_a,
          "pieces"_a, "piece_offsets"_a, "threads"_a, "progress"_a.none() = nb::none());
}

}  // namespace neardup
