#include "pairs_module.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "batch_checks.hpp"
#include "content_classes.hpp"
#include "copies.hpp"
#include "pairs.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

// The texts at some rows.
std::vector<TextView> views_at(const Texts &texts, const In<int64_t> &rows) {
    std::vector<TextView> views;
    views.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        const int64_t row = rows.data()[i];
        if (row < 0 || row >= static_cast<int64_t>(texts.size())) throw nb::value_error("the rows must be texts");
        views.push_back(texts.views()[static_cast<size_t>(row)]);
    }
    return views;
}

std::pair<Out<int64_t>, Out<int64_t>> copied_chars(const Texts &texts, const Folding &folding, int64_t min_chars,
                          int64_t max_gap, In<int64_t> rows, int64_t threads) {
    const FoldingTable &table = folding.table();
    if (min_chars < 1 || max_gap < 0)
        throw nb::value_error("min_chars must be at least 1, and max_gap at least 0");
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const std::vector<TextView> views = views_at(texts, rows);
    auto copied = allocate<int64_t>(views.size()), copied_from = allocate<int64_t>(views.size());
    {
        nb::gil_scoped_release released;
        for_each_folded(views, table, lanes, Chunks::of(views.size()), workers, [&] {
            return [&, counter = CopyCounter(static_cast<size_t>(min_chars), static_cast<size_t>(max_gap), lanes)](
                       size_t, size_t row, const TextFolder &text) mutable {
                const Copies found = counter.count(text);
                copied[row] = static_cast<int64_t>(found.copied);
                copied_from[row] = static_cast<int64_t>(found.copied_from);
            };
        });
    }
    return {own(std::move(copied), {views.size()}), own(std::move(copied_from), {views.size()})};
}

// Of the texts at some rows the position among these of the first that says the same.
Out<int64_t> content_classes(const Texts &texts, const Folding &folding, In<int64_t> rows,
                             int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const std::vector<TextView> views = views_at(texts, rows);
    auto first = allocate<int64_t>(views.size());
    {
        nb::gil_scoped_release released;
        ContentClasses(views, table, lanes, workers).find(first.get());
    }
    return own(std::move(first), {views.size()});
}

std::pair<Out<double>, Out<int32_t>> compare(const Texts &texts, const Folding &folding, int64_t ngram,
                                             const Texts *titles) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram);
    if (texts.size() != 2) throw nb::value_error("there must be two texts");
    if (titles && titles->size() != 2) throw nb::value_error("there must be two titles");
    const SimdKernels &lanes = chosen_lanes();
    auto evidence = allocate<double>(Evidence::measures);
    std::vector<Piece> pieces;
    {
        nb::gil_scoped_release released;
        Comparer comparer(texts.views(), table, lanes, width, 0, titles ? &titles->views() : nullptr);
        comparer.start(0);
        comparer.evidence(1, comparer.overlap(1)).write(evidence.get());
        pieces = comparer.pieces();
    }
    auto rows = allocate<int32_t>(3 * pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
        rows[3 * i] = pieces[i].original;
        rows[3 * i + 1] = pieces[i].copy;
        rows[3 * i + 2] = pieces[i].length;
    }
    return {own(std::move(evidence), {Evidence::measures}), own(std::move(rows), {pieces.size(), 3})};
}

std::tuple<Out<int64_t>, Out<int64_t>, Out<double>> band_pairs(const Texts &texts, const Folding &folding, int64_t ngram,
                                                               Matrix<uint8_t> low, RaggedIn keys,
                                                               In<int64_t> chosen, std::pair<int64_t, int64_t> part,
                                                               double threshold, int64_t threads) {
    const auto [begin, end] = part;
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    check_size_of_batch(texts.size());
    const LowBytes bytes = check_low(low, texts.size());
    const SharedKeys bands = check_keys(keys, texts.size());
    const std::vector<uint32_t> rows = check_order(chosen, texts.size());
    if (!std::is_sorted(rows.begin(), rows.end())) throw nb::value_error("the chosen texts must be ascending");
    if (begin < 0 || end < begin || end > static_cast<int64_t>(rows.size()))
        throw nb::value_error("begin and end must be a part of the chosen texts");
    const SimdKernels &lanes = chosen_lanes();
    std::vector<std::vector<Pair>> parts;
    {
        nb::gil_scoped_release released;
        const size_t room = words_kept(texts, rows.data(), rows.size(), workers);
        parts = PairFinder(texts.views(), table, lanes, width, bytes, bands, rows, threshold, room)
                    .find(static_cast<size_t>(begin), static_cast<size_t>(end), workers);
    }
    size_t count = 0, i = 0;
    for (const std::vector<Pair> &part : parts) count += part.size();
    auto left = allocate<int64_t>(count), right = allocate<int64_t>(count);
    auto jaccard = allocate<double>(count);
    for (std::vector<Pair> &part : parts) {
        for (const Pair &pair : part) {
            left[i] = pair.left;
            right[i] = pair.right;
            jaccard[i++] = pair.jaccard;
        }
        std::vector<Pair>().swap(part);  // as many as the arrays take
    }
    return {own(std::move(left), {count}), own(std::move(right), {count}), own(std::move(jaccard), {count})};
}

}  // namespace

void bind_pairs(nb::module_ &m) {
    m.def("copied_chars", &copied_chars, "texts"_a, "folding"_a, "min_chars"_a, "max_gap"_a,
          "rows"_a, "threads"_a);
    m.def("content_classes", &content_classes, "texts"_a, "folding"_a, "rows"_a, "threads"_a);
    m.def("compare", &compare, "texts"_a, "folding"_a, "ngram"_a, "titles"_a.none() = nb::none());
    m.def("band_pairs", &band_pairs, "texts"_a, "folding"_a, "ngram"_a, "low"_a, "keys"_a, "chosen"_a,
          "part"_a, "threshold"_a, "threads"_a);
}

}  // namespace neardup
