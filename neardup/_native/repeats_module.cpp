#include "repeats_module.hpp"

#include <nanobind/stl/tuple.h>

#include <atomic>
#include <thread>
#include <tuple>
#include <utility>

#include "alignment.hpp"
#include "arrays.hpp"
#include "batch.hpp"

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

// Of each text how many codes it folds to; repeats and where those of each text start; the pieces of these likewise.
std::tuple<Out<int64_t>, Out<int32_t>, Out<int64_t>, Out<int32_t>, Out<int64_t>> self_alignments(
    const Texts &texts, const Folding &folding, NearLimitsIn limits, int64_t threads, nb::object progress) {
    const FoldingTable &table = folding.table();
    const NearLimits checked = check_limits(limits);
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<Repeat> repeats(chunks);
    Ragged<RepeatPiece> pieces(chunks);
    auto chars = allocate<int64_t>(texts.size());
    {
        nb::gil_scoped_release released;
        Progress done(progress);
        for_each_chunk(chunks, workers, [&] {
            return [&, aligner = SelfAligner(table, lanes, checked)](size_t chunk) mutable {
                for (size_t row = chunks.begin(chunk); row < chunks.end(chunk); ++row) {
                    prefetch_after(texts.views(), row);
                    naming(row, [&] {
                        const SelfAlignment &found = aligner.align(texts.views()[row]);
                        chars[row] = found.size;
                        repeats.append(chunk, row, found.repeats.data(), found.repeats.size());
                        pieces.append(chunk, row, found.pieces.data(), found.pieces.size());
                    });
                }
                done.add(chunks.end(chunk) - chunks.begin(chunk));
            };
        });
    }
    auto [repeat_rows, repeat_offsets] = rows_of<6>(repeats, texts.size());
    auto [piece_rows, piece_offsets] = rows_of<4>(pieces, texts.size());
    return {own(std::move(chars), {texts.size()}), std::move(repeat_rows), std::move(repeat_offsets),
            std::move(piece_rows), std::move(piece_offsets)};
}

}  // namespace

void bind_repeats(nb::module_ &m) {
    m.def("self_alignments", &self_alignments, "texts"_a, "folding"_a, "limits"_a, "threads"_a,
          "progress"_a.none() = nb::none());
}

}  // namespace neardup
