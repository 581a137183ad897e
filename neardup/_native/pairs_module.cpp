#include "pairs_module.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "content.hpp"
#include "copies.hpp"
#include "pairs.hpp"
#include "survivors.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

constexpr size_t progress_every = 4096;

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

Out<int64_t> copied_chars(const Texts &texts, const Folding &folding, int64_t min_chars, int64_t max_gap,
                          In<int64_t> rows, int64_t threads) {
    const FoldingTable &table = folding.table();
    if (min_chars < 1 || max_gap < 0)
        throw nb::value_error("min_chars must be at least 1, and max_gap at least 0");
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const std::vector<TextView> views = views_at(texts, rows);
    auto copied = allocate<int64_t>(views.size());
    {
        nb::gil_scoped_release released;
        for_each_folded(views, table, lanes, Chunks::of(views.size()), workers, [&] {
            return [&, counter = CopyCounter(static_cast<size_t>(min_chars), static_cast<size_t>(max_gap), lanes)](
                       size_t, size_t row, const TextFolder &text) mutable {
                copied[row] = static_cast<int64_t>(counter.count(text));
            };
        });
    }
    return own(std::move(copied), {views.size()});
}

// Of the texts at some rows the position among these of the first that says the same.
Out<int64_t> content_classes(const Texts &texts, const Folding &folding, In<int64_t> rows, int64_t threads) {
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

void check_offsets(const In<int64_t> &offsets, size_t items, const char *what) {
    const int64_t *first = offsets.data(), *last = first + offsets.size() - 1;
    if (offsets.size() == 0 || *first != 0 || *last != static_cast<int64_t>(items) || !std::is_sorted(first, last + 1))
        throw nb::value_error(what);
}

std::pair<Out<uint32_t>, Out<int64_t>> shared_keys(In<uint64_t> keys, In<int64_t> offsets) {
    check_offsets(offsets, keys.size(), "the offsets must ascend from 0 to the number of keys");
    const size_t size = offsets.size() - 1;
    auto kept_offsets = allocate<int64_t>(size + 1);
    std::vector<uint32_t> found;
    {
        nb::gil_scoped_release released;
        found = KeyNumbering().number(keys.data(), offsets.data(), size, kept_offsets.get());
    }
    auto numbers = allocate<uint32_t>(found.size());
    std::copy(found.begin(), found.end(), numbers.get());
    return {own(std::move(numbers), {found.size()}), own(std::move(kept_offsets), {size + 1})};
}

// Row numbers are 32 bits wide in the loops.
Signatures check_signatures(const Texts &texts, const Matrix<uint32_t> &signatures) {
    if (texts.size() >= std::numeric_limits<uint32_t>::max())
        throw nb::value_error("there are 2**32 - 1 texts or more; take them in parts");
    if (signatures.shape(0) != texts.size()) throw nb::value_error("every text must have a signature");
    return {texts.size(), signatures.shape(1), signatures.data()};
}

SharedKeys check_keys(const In<uint32_t> &numbers, const In<int64_t> &offsets, size_t texts) {
    check_offsets(offsets, numbers.size(), "the offsets of keys must ascend from 0 to their number");
    if (offsets.size() != texts + 1) throw nb::value_error("every text must have keys");
    const uint32_t *first = numbers.data(), *last = first + numbers.size();
    const size_t count = first == last ? 0 : size_t{*std::max_element(first, last)} + 1;
    if (count > numbers.size()) throw nb::value_error("the numbers of keys must have no gaps");
    return {first, offsets.data(), count};
}

// How many words of marks are kept for the next comparison: a third of a byte for every unit of text, 1 MiB at least.
size_t words_kept(const Texts &texts, const std::vector<uint32_t> &rows) {
    size_t total = 0;
    for (const uint32_t row : rows) total += texts.views()[row].size;
    return std::max<size_t>(total / 24, size_t{1} << 17);
}

Out<bool> may_have_candidates(In<uint32_t> band_numbers, In<int64_t> band_offsets, In<uint32_t> anchor_numbers,
                   In<int64_t> anchor_offsets, In<int64_t> anchor_counts, double min_anchor_share,
                              int64_t max_bucket_size) {
    const size_t size = anchor_counts.size();
    const SharedKeys bands = check_keys(band_numbers, band_offsets, size);
    const SharedKeys anchors = check_keys(anchor_numbers, anchor_offsets, size);
    auto found = allocate<bool>(size);
    {
        nb::gil_scoped_release released;
        const MayHaveCandidates meets(bands, anchors, anchor_counts.data(), size, min_anchor_share,
                                      static_cast<size_t>(max_bucket_size));
        for (size_t i = 0; i < size; ++i) found[i] = meets(i);
    }
    return own(std::move(found), {size});
}

constexpr size_t measures = 12;

void write(const Evidence &found, double *row) {
    for (const double value :
         {found.jaccard, found.containment, found.containment_of_match, found.aligned, found.substitutions,
          found.replaced, found.numbers, found.number_share, found.aligned_chars, found.longer_chars, found.replaced_chars,
          found.other_numerals})
        *row++ = value;
}

RelationLimits relation_limits(const In<double> &limits) {
    if (limits.size() != 9) throw nb::value_error("there must be nine limits of relations");
    const double *all = limits.data();
    return {all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8]};
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
    const Texts &texts, const Folding &folding, int64_t ngram, Matrix<uint32_t> signatures,
    In<uint32_t> band_numbers, In<int64_t> band_offsets, In<uint32_t> anchor_numbers, In<int64_t> anchor_offsets,
    In<int64_t> anchor_counts, In<int64_t> classes, In<int64_t> order, In<int64_t> distinct, In<bool> judged,
    double min_anchor_share, In<double> limits, In<bool> drops, int64_t max_bucket_size, int64_t max_candidates,
    nb::object progress) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram);
    const size_t size = texts.size();
    const Signatures sketched = check_signatures(texts, signatures);
    const SharedKeys bands = check_keys(band_numbers, band_offsets, size);
    const SharedKeys anchors = check_keys(anchor_numbers, anchor_offsets, size);
    if (anchor_counts.size() != size || classes.size() != size || distinct.size() != size || judged.size() != size)
        throw nb::value_error("every text must have a count of anchors, a class, a length, and be judged or not");
    if (drops.size() != relations) throw nb::value_error("every relation must be said to drop or not");
    if (max_bucket_size < 1 || max_candidates < 1)
        throw nb::value_error("max_bucket_size and max_candidates must be at least 1");
    const std::vector<uint32_t> rows = check_order(order, size);
    int64_t class_count = 0;
    for (size_t i = 0; i < size; ++i) {
        if (classes.data()[i] < -1 || classes.data()[i] >= static_cast<int64_t>(size))
            throw nb::value_error("classes must be numbered from 0, or be -1");
        class_count = std::max(class_count, classes.data()[i] + 1);
    }
    auto match = allocate<int64_t>(size);
    auto relation = allocate<uint8_t>(size);
    auto evidence = zeroed<double>(measures * size);
    std::fill_n(match.get(), size, -1);
    std::fill_n(relation.get(), size, 0);
    const SimdKernels &lanes = chosen_lanes();
    Cuts cuts;
    {
        nb::gil_scoped_release released;
        SurvivorRule rule(sketched, bands, anchors, anchor_counts.data(), classes.data(),
                          static_cast<size_t>(class_count), distinct.data(), lanes,
                          Comparer(ShingleReader(texts.views(), table, lanes, width), lanes, size, words_kept(texts, rows)),
                          {min_anchor_share, relation_limits(limits), drops.data(), static_cast<size_t>(max_bucket_size),
                           static_cast<size_t>(max_candidates)});
        for (size_t i = 0; i < rows.size(); ++i) {
            if (i % progress_every == 0 && !progress.is_none()) {
                nb::gil_scoped_acquire held;
                progress(i);
            }
            const size_t row = rows[i];
            if (i + 1 < rows.size()) rule.prefetch(rows[i + 1]);
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

std::pair<Out<double>, Out<int32_t>> compare(const Texts &texts, const Folding &folding, int64_t ngram) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram);
    if (texts.size() != 2) throw nb::value_error("there must be two texts");
    const SimdKernels &lanes = chosen_lanes();
    auto evidence = allocate<double>(measures);
    std::vector<Piece> pieces;
    {
        nb::gil_scoped_release released;
        Comparer comparer(ShingleReader(texts.views(), table, lanes, width), lanes, 2, 0);
        comparer.start(0);
        write(comparer.evidence(1, comparer.overlap(1)), evidence.get());
        pieces = comparer.pieces();
    }
    auto rows = allocate<int32_t>(3 * pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
        rows[3 * i] = pieces[i].original;
        rows[3 * i + 1] = pieces[i].copy;
        rows[3 * i + 2] = pieces[i].length;
    }
    return {own(std::move(evidence), {measures}), own(std::move(rows), {pieces.size(), 3})};
}

std::tuple<Out<int64_t>, Out<int64_t>, Out<double>> band_pairs(const Texts &texts, const Folding &folding, int64_t ngram,
                                                               Matrix<uint32_t> signatures, In<uint32_t> band_numbers,
                                                               In<int64_t> band_offsets, In<int64_t> chosen,
                                                               int64_t begin, int64_t end, double threshold,
                                                               int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Signatures sketched = check_signatures(texts, signatures);
    const SharedKeys bands = check_keys(band_numbers, band_offsets, texts.size());
    const std::vector<uint32_t> rows = check_order(chosen, texts.size());
    if (!std::is_sorted(rows.begin(), rows.end())) throw nb::value_error("the chosen texts must be ascending");
    if (begin < 0 || end < begin || end > static_cast<int64_t>(rows.size()))
        throw nb::value_error("begin and end must be a part of the chosen texts");
    const SimdKernels &lanes = chosen_lanes();
    std::vector<std::vector<Pair>> parts;
    {
        nb::gil_scoped_release released;
        parts = PairFinder(texts.views(), table, lanes, width, sketched, bands, rows, threshold, words_kept(texts, rows))
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
    m.def("copied_chars", &copied_chars, "texts"_a, "folding"_a, "min_chars"_a, "max_gap"_a, "rows"_a, "threads"_a);
    m.def("content_classes", &content_classes, "texts"_a, "folding"_a, "rows"_a, "threads"_a);
    m.def("shared_keys", &shared_keys, "keys"_a, "offsets"_a);
    m.def("may_have_candidates", &may_have_candidates, "band_numbers"_a, "band_offsets"_a, "anchor_numbers"_a,
          "anchor_offsets"_a,
          "anchor_counts"_a, "min_anchor_share"_a, "max_bucket_size"_a);
    m.def("survivors", &survivors, "texts"_a, "folding"_a, "ngram"_a, "signatures"_a,
          "band_numbers"_a, "band_offsets"_a, "anchor_numbers"_a, "anchor_offsets"_a, "anchor_counts"_a, "classes"_a,
          "order"_a, "distinct"_a, "judged"_a, "min_anchor_share"_a, "limits"_a, "drops"_a, "max_bucket_size"_a,
          "max_candidates"_a,
          "progress"_a.none() = nb::none());
    m.def("compare", &compare, "texts"_a, "folding"_a, "ngram"_a);
    m.def("band_pairs", &band_pairs, "texts"_a, "folding"_a, "ngram"_a, "signatures"_a,
          "band_numbers"_a, "band_offsets"_a, "chosen"_a, "begin"_a, "end"_a, "threshold"_a, "threads"_a);
}

}  // namespace neardup
