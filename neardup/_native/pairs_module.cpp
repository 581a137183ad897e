#include "pairs_module.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "copies.hpp"
#include "pairs.hpp"
#include "survivors.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

constexpr size_t progress_every = 4096;

std::pair<Out<int64_t>, Out<int64_t>> copied_chars(nb::object texts, In<uint32_t> entries, In<uint32_t> expansions,
                                                   int64_t min_chars, int64_t max_gap, In<bool> chosen,
                                                   int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    if (min_chars < 1 || max_gap < 0)
        throw nb::value_error("min_chars must be at least 1, and max_gap at least 0");
    const size_t workers = check_threads(threads);
    const Lanes &lanes = chosen_lanes();
    const Batch batch(texts);
    if (chosen.size() != batch.size()) throw nb::value_error("every text must be chosen or not");
    auto chars = allocate<int64_t>(batch.size()), copied = allocate<int64_t>(batch.size());
    {
        nb::gil_scoped_release released;
        for_each_folded(batch.views(), table, lanes, Chunks::of(batch.size()), workers, [&] {
            return [&, counter = CopyCounter(static_cast<size_t>(min_chars), static_cast<size_t>(max_gap), lanes)](
                       size_t, size_t row, const Folder &text) mutable {
                chars[row] = static_cast<int64_t>(text.size());
                copied[row] = chosen.data()[row] ? static_cast<int64_t>(counter.count(text)) : 0;
            };
        });
    }
    return {own(std::move(chars), {batch.size()}), own(std::move(copied), {batch.size()})};
}

void check_anchors(const In<uint64_t> &anchors, const In<int64_t> &offsets) {
    const int64_t *first = offsets.data(), *last = first + offsets.size() - 1;
    if (*first != 0 || *last != static_cast<int64_t>(anchors.size()) || !std::is_sorted(first, last + 1))
        throw nb::value_error("the offsets of the anchors must ascend from 0 to their number");
}

Out<bool> share_keys(Matrix<uint64_t> band_keys, In<uint64_t> anchors, In<int64_t> anchor_offsets) {
    const size_t size = band_keys.shape(0), bands = band_keys.shape(1);
    if (anchor_offsets.size() != size + 1) throw nb::value_error("every text must have band keys and anchors");
    check_anchors(anchors, anchor_offsets);
    auto shares = allocate<bool>(size);
    {
        nb::gil_scoped_release released;
        const SharedKeys by_band(band_keys.data(), size, [&](size_t i) { return i * bands; });
        const SharedKeys by_anchor(anchors.data(), size,
                                   [&](size_t i) { return static_cast<size_t>(anchor_offsets.data()[i]); });
        for (size_t i = 0; i < size; ++i)
            shares[i] = by_band.begin(i) != by_band.end(i) || by_anchor.begin(i) != by_anchor.end(i);
    }
    return own(std::move(shares), {size});
}

// Row numbers are 32 bits wide in the loops.
void check_rows(const Batch &batch, const Matrix<uint32_t> &signatures, const Matrix<uint64_t> &band_keys) {
    if (batch.size() >= std::numeric_limits<uint32_t>::max())
        throw nb::value_error("there are 2**32 - 1 texts or more; take them in parts");
    if (signatures.shape(0) != batch.size() || band_keys.shape(0) != batch.size())
        throw nb::value_error("every text must have a signature and band keys");
}

// How many words of marks are kept for the next comparison: half a byte for every unit of text, 8 MiB at least.
size_t words_kept(const Batch &batch) {
    size_t total = 0;
    for (const TextView &view : batch.views()) total += view.size;
    return std::max<size_t>(total / 16, size_t{1} << 20);
}

constexpr size_t measures = 9;

void write(const Evidence &found, double *row) {
    for (const double value :
         {found.jaccard, found.containment, found.containment_of_match, found.aligned, found.substitutions,
          found.replaced, found.numbers, found.number_share, found.aligned_chars})
        *row++ = value;
}

RelationLimits relation_limits(const In<double> &limits) {
    if (limits.size() != 6) throw nb::value_error("there must be six limits of relations");
    const double *all = limits.data();
    return {all[0], all[1], all[2], all[3], all[4], all[5]};
}

std::vector<uint32_t> check_order(const In<int64_t> &order, size_t size) {
    std::vector<uint32_t> rows;
    rows.reserve(order.size());
    std::vector<bool> seen(size, false);
    for (size_t i = 0; i < order.size(); ++i) {
        const int64_t row = order.data()[i];
        if (row < 0 || row >= static_cast<int64_t>(size) || seen[row])
            throw nb::value_error("the order must name texts, each at most once");
        seen[row] = true;
        rows.push_back(static_cast<uint32_t>(row));
    }
    return rows;
}

std::tuple<Out<int64_t>, Out<uint8_t>, Out<double>, Out<int64_t>> survivors(
    nb::object texts, In<uint32_t> entries, In<uint32_t> expansions, int64_t ngram, Matrix<uint32_t> signatures,
    Matrix<uint64_t> band_keys, In<uint64_t> anchors, In<int64_t> anchor_offsets, In<int64_t> classes,
    In<int64_t> order, In<int64_t> distinct, In<bool> judged, double anchor_cut, In<double> limits,
    In<bool> drops, int64_t max_list, int64_t max_verified, nb::object progress) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram);
    const Batch batch(texts);
    const size_t size = batch.size();
    check_rows(batch, signatures, band_keys);
    if (anchor_offsets.size() != size + 1 || classes.size() != size || distinct.size() != size || judged.size() != size)
        throw nb::value_error("every text must have anchors, a class, a length, and be judged or not");
    check_anchors(anchors, anchor_offsets);
    if (drops.size() != relations) throw nb::value_error("every relation must be said to drop or not");
    if (max_list < 1 || max_verified < 1) throw nb::value_error("max_list and max_verified must be at least 1");
    const std::vector<uint32_t> rows = check_order(order, size);
    int64_t class_count = 0;
    for (size_t i = 0; i < size; ++i) {
        if (classes.data()[i] < -1 || classes.data()[i] >= static_cast<int64_t>(size))
            throw nb::value_error("classes must be numbered from 0, or be -1");
        class_count = std::max(class_count, classes.data()[i] + 1);
    }
    const Sketches sketches{size,           signatures.shape(1), band_keys.shape(1), signatures.data(),
                            band_keys.data(), anchors.data(),      anchor_offsets.data()};
    auto match = allocate<int64_t>(size);
    auto relation = allocate<uint8_t>(size);
    auto evidence = allocate<double>(measures * size);
    std::fill_n(match.get(), size, -1);
    std::fill_n(relation.get(), size, 0);
    std::fill_n(evidence.get(), measures * size, 0.0);
    const Lanes &lanes = chosen_lanes();
    Cuts cuts;
    {
        nb::gil_scoped_release released;
        SurvivorRule rule(sketches, classes.data(), static_cast<size_t>(class_count), distinct.data(),
                          lanes, Comparer(ShingleReader(batch.views(), table, lanes, width), lanes, size, words_kept(batch)),
                          {anchor_cut, relation_limits(limits), drops.data(), static_cast<size_t>(max_list),
                           static_cast<size_t>(max_verified)});
        for (size_t i = 0; i < rows.size(); ++i) {
            if (i % progress_every == 0) {
                nb::gil_scoped_acquire held;
                if (PyErr_CheckSignals() != 0) throw nb::python_error();
                if (!progress.is_none()) progress(i);
            }
            const size_t row = rows[i];
            const Verdict verdict = rule.decide(row, judged.data()[row]);
            if (verdict.relation == Relation::none) continue;
            match[row] = verdict.match;
            relation[row] = static_cast<uint8_t>(verdict.relation);
            write(verdict.evidence, evidence.get() + measures * row);
        }
        cuts = rule.cuts();
    }
    auto counts = allocate<int64_t>(3);
    counts[0] = cuts.listed;
    counts[1] = cuts.texts;
    counts[2] = cuts.candidates;
    return {own(std::move(match), {size}), own(std::move(relation), {size}), own(std::move(evidence), {size, measures}),
            own(std::move(counts), {3})};
}

std::pair<Out<double>, Out<int32_t>> compare(nb::object texts, In<uint32_t> entries, In<uint32_t> expansions,
                                             int64_t ngram) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram);
    const Batch batch(texts);
    if (batch.size() != 2) throw nb::value_error("there must be two texts");
    const Lanes &lanes = chosen_lanes();
    auto evidence = allocate<double>(measures);
    std::vector<Piece> pieces;
    {
        nb::gil_scoped_release released;
        Comparer comparer(ShingleReader(batch.views(), table, lanes, width), lanes, 2, 0);
        comparer.start(0);
        write(comparer.evidence(1, comparer.overlap(1)), evidence.get());
        pieces = comparer.pieces(1);
    }
    auto rows = allocate<int32_t>(3 * pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
        rows[3 * i] = pieces[i].original;
        rows[3 * i + 1] = pieces[i].copy;
        rows[3 * i + 2] = pieces[i].length;
    }
    return {own(std::move(evidence), {measures}), own(std::move(rows), {pieces.size(), 3})};
}

std::tuple<Out<int64_t>, Out<int64_t>, Out<double>> band_pairs(nb::object texts, In<uint32_t> entries,
                                                               In<uint32_t> expansions, int64_t ngram,
                                                               Matrix<uint32_t> signatures, Matrix<uint64_t> band_keys,
                                                               In<int64_t> chosen, int64_t begin, int64_t end,
                                                               double threshold, int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Batch batch(texts);
    check_rows(batch, signatures, band_keys);
    const std::vector<uint32_t> rows = check_order(chosen, batch.size());
    if (!std::is_sorted(rows.begin(), rows.end())) throw nb::value_error("the chosen texts must be ascending");
    if (begin < 0 || end < begin || end > static_cast<int64_t>(rows.size()))
        throw nb::value_error("begin and end must be a part of the chosen texts");
    const Sketches sketches{batch.size(),     signatures.shape(1), band_keys.shape(1), signatures.data(),
                            band_keys.data(), nullptr,             nullptr};
    const Lanes &lanes = chosen_lanes();
    std::vector<Pair> pairs;
    {
        nb::gil_scoped_release released;
        pairs = PairFinder(batch.views(), table, lanes, width, sketches, rows, threshold, words_kept(batch))
                    .find(static_cast<size_t>(begin), static_cast<size_t>(end), workers);
    }
    const size_t count = pairs.size();
    auto left = allocate<int64_t>(count), right = allocate<int64_t>(count);
    auto jaccard = allocate<double>(count);
    for (size_t i = 0; i < count; ++i) {
        left[i] = pairs[i].left;
        right[i] = pairs[i].right;
        jaccard[i] = pairs[i].jaccard;
    }
    return {own(std::move(left), {count}), own(std::move(right), {count}), own(std::move(jaccard), {count})};
}

}  // namespace

void bind_pairs(nb::module_ &m) {
    m.def("copied_chars", &copied_chars, "texts"_a, "entries"_a, "expansions"_a, "min_chars"_a, "max_gap"_a,
          "chosen"_a, "threads"_a);
    m.def("share_keys", &share_keys, "band_keys"_a, "anchors"_a, "anchor_offsets"_a);
    m.def("survivors", &survivors, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a, "signatures"_a, "band_keys"_a,
          "anchors"_a, "anchor_offsets"_a, "classes"_a, "order"_a, "distinct"_a, "judged"_a, "anchor_cut"_a, "limits"_a,
          "drops"_a, "max_list"_a, "max_verified"_a,
          "progress"_a.none() = nb::none());
    m.def("compare", &compare, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a);
    m.def("band_pairs", &band_pairs, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a, "signatures"_a, "band_keys"_a,
          "chosen"_a, "begin"_a, "end"_a, "threshold"_a, "threads"_a);
}

}  // namespace neardup
