#include "texts_module.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "content_classes.hpp"
#include "paragraphs.hpp"
#include "shingle.hpp"
#include "sketch.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

RaggedArrays<uint32_t> fold_texts(const Texts &texts, const Folding &folding, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<uint32_t> codes(chunks);
    {
        nb::gil_scoped_release released;
        for_each_folded(texts.views(), table, lanes, chunks, workers, [&] {
            return [&](size_t chunk, size_t row, const TextFolder &text) {
                codes.append(chunk, row, text.codes(), text.size());
            };
        });
    }
    return arrays_of(codes, texts.size());
}

// Calls `visit(chunk, row, set)` with the shingle set of every text.
template <typename Visit>
void for_each_set(const Texts &texts, const FoldingTable &table, const Chunks &chunks, size_t ngram, size_t threads,
                  Visit visit) {
    const SimdKernels &lanes = chosen_lanes();
    nb::gil_scoped_release released;
    for_each_folded(texts.views(), table, lanes, chunks, threads, [&] {
        return [&, sorter = HashSorter(lanes), set = std::vector<uint64_t>()](size_t chunk, size_t row,
                                                                         const TextFolder &text) mutable {
            set.clear();
            for_each_shingle(text, ngram, lanes, [&](const uint64_t *hashes, size_t size) {
                set.insert(set.end(), hashes, hashes + size);
            });
            sorter.sort_unique(set);
            visit(chunk, row, set);
        };
    });
}

RaggedArrays<uint64_t> shingle_sets(const Texts &texts, const Folding &folding, int64_t ngram, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<uint64_t> sets(chunks);
    for_each_set(texts, table, chunks, width, workers, [&](size_t chunk, size_t row, const auto &set) {
        sets.append(chunk, row, set.data(), set.size());
    });
    return arrays_of(sets, texts.size());
}

Out<int64_t> set_sizes(const Texts &texts, const Folding &folding, int64_t ngram, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    auto sizes = allocate<int64_t>(texts.size());
    for_each_set(texts, table, Chunks::of(texts.size()), width, workers, [&](size_t, size_t row, const auto &set) {
        sizes[row] = static_cast<int64_t>(set.size());
    });
    return own(std::move(sizes), {texts.size()});
}

// Multipliers and addends, filled up with further permutations to whole vectors.
class PaddedPermutations {
  public:
    PaddedPermutations(const In<uint32_t> &multipliers, const In<uint32_t> &addends)
        : size_(multipliers.size()), multipliers_(padded(multipliers)), addends_(padded(addends)) {
        if (addends.size() != size_) throw nb::value_error("there must be as many addends as multipliers");
    }

    size_t size() const { return size_; }
    Permutations get() const { return {multipliers_.data(), addends_.data(), multipliers_.size()}; }

  private:
    static std::vector<uint32_t> padded(const In<uint32_t> &values) {
        std::vector<uint32_t> all(values.data(), values.data() + values.size());
        all.resize((values.size() + lane_multiple - 1) / lane_multiple * lane_multiple);
        return all;
    }

    size_t size_;
    std::vector<uint32_t> multipliers_, addends_;
};

// Signatures, anchors and where those of each text start, content digests, folded lengths.
std::tuple<Out<uint32_t>, Out<uint64_t>, Out<int64_t>, Out<uint64_t>, Out<int64_t>> sketches(
    const Texts &texts, const Folding &folding, int64_t ngram, In<uint32_t> multipliers, In<uint32_t> addends,
    int64_t anchor_chars, uint64_t anchor_limit, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const PaddedPermutations permutations(multipliers, addends);
    if (anchor_chars < 0 || anchor_chars > static_cast<int64_t>(max_ngram))
        throw nb::value_error("anchor_chars must be in [0, 128]");
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    const size_t num_perm = permutations.size();
    auto signatures = allocate<uint32_t>(texts.size() * num_perm);
    auto chars = allocate<int64_t>(texts.size());
    auto digests = allocate<uint64_t>(texts.size());
    Ragged<uint64_t> anchors(chunks);
    {
        nb::gil_scoped_release released;
        for_each_folded(texts.views(), table, lanes, chunks, workers, [&] {
            const Permutations padded = permutations.get();
            return [&, padded, minima = std::vector<uint32_t>(padded.count), sampler = AnchorSampler(anchor_limit, lanes),
                    digest = ContentDigest(lanes)](
                       size_t chunk, size_t row, const TextFolder &text) mutable {
                chars[row] = static_cast<int64_t>(text.size());
                std::fill(minima.begin(), minima.end(), UINT32_MAX);
                sampler.start();
                for_each_shingle_and_anchor(
                    text, num_perm == 0 ? 0 : width, static_cast<size_t>(anchor_chars), lanes,
                    [&](const uint64_t *hashes, size_t size) {
                        lanes.lower_minima(hashes, size, padded, minima.data());
                        digest.add(hashes, size);
                    },
                    [&](const uint64_t *hashes, size_t size) { sampler.add(hashes, size); });
                digests[row] = num_perm == 0 ? 0 : digest.finish(text.size());
                std::copy_n(minima.begin(), num_perm, signatures.get() + row * num_perm);
                const std::vector<uint64_t> &found = sampler.finish();
                anchors.append(chunk, row, found.data(), found.size());
            };
        });
    }
    auto [values, offsets] = arrays_of(anchors, texts.size());
    return {own(std::move(signatures), {texts.size(), num_perm}), std::move(values), std::move(offsets),
            own(std::move(digests), {texts.size()}), own(std::move(chars), {texts.size()})};
}

// Of all paragraphs of a batch: where those of each text start, spans, folded lengths and hashes; and of each text a hash.
std::tuple<Out<int64_t>, Out<int32_t>, Out<int32_t>, Out<uint64_t>, Out<uint64_t>> paragraphs(
    const Texts &texts, const Folding &folding, int64_t min_chars, int64_t threads) {
    const FoldingTable &table = folding.table();
    if (min_chars < 1) throw nb::value_error("min_chars must be at least 1");
    if (table.content) throw nb::value_error("paragraphs are found in whole texts: the folding must not take their content");
    const size_t workers = check_threads(threads);
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(texts.size());
    Ragged<Paragraph> rows(chunks);
    auto digests = allocate<uint64_t>(texts.size());
    {
        nb::gil_scoped_release released;
        for_each_chunk(chunks, workers, [&] {
            return [&, finder = ParagraphFinder(table, lanes, static_cast<size_t>(min_chars)),
                    found = std::vector<Paragraph>()](size_t chunk) mutable {
                for (size_t row = chunks.begin(chunk); row < chunks.end(chunk); ++row) {
                    prefetch_after(texts.views(), row);
                    naming(row, [&] { digests[row] = finder.find(texts.views()[row], found); });
                    rows.append(chunk, row, found.data(), found.size());
                }
            };
        });
    }
    const size_t total = rows.total();
    auto offsets = allocate<int64_t>(texts.size() + 1);
    auto all = allocate<Paragraph>(total);
    auto spans = allocate<int32_t>(2 * total), chars = allocate<int32_t>(total);
    auto hashes = allocate<uint64_t>(total);
    {
        nb::gil_scoped_release released;
        rows.copy_offsets(offsets.get());
        rows.move_values(all.get());
        for (size_t i = 0; i < total; ++i) {
            spans[2 * i] = all[i].start, spans[2 * i + 1] = all[i].stop;
            chars[i] = all[i].chars, hashes[i] = all[i].hash;
        }
    }
    return {own(std::move(offsets), {texts.size() + 1}), own(std::move(spans), {total, 2}),
            own(std::move(chars), {total}), own(std::move(hashes), {total}), own(std::move(digests), {texts.size()})};
}

Out<uint64_t> band_keys(Matrix<uint32_t> signatures, int64_t bands, int64_t rows) {
    const auto num_perm = static_cast<int64_t>(signatures.shape(1));
    if (bands < 1 || rows < 1 || bands > num_perm / rows)
        throw nb::value_error("bands and rows must be at least 1, and bands * rows at most num_perm");
    const size_t size = signatures.shape(0), count = static_cast<size_t>(bands);
    auto keys = allocate<uint64_t>(size * count);
    {
        nb::gil_scoped_release released;
        for (size_t i = 0; i < size; ++i) {
            Interrupts::count(2 * static_cast<size_t>(num_perm));
            const uint32_t *signature = signatures.data() + i * signatures.shape(1);
            for (size_t band = 0; band < count; ++band)
                keys[i * count + band] = hash_words(signature + band * rows, static_cast<size_t>(rows), band);
        }
    }
    return own(std::move(keys), {size, count});
}

}  // namespace

void bind_texts(nb::module_ &m) {
    nb::class_<Texts>(m, "Texts")
        .def(nb::init<nb::handle, bool>(), "source"_a.none(), "skip_nulls"_a = false)
        .def("nulls", &Texts::nulls)
        .def("__len__", &Texts::size)
        .def("take", &Texts::take, "rows"_a);
    nb::class_<Folding>(m, "Folding").def(nb::init<In<uint32_t>, In<uint32_t>, bool>(), "entries"_a, "expansions"_a,
                                                      "content"_a = false);
    m.def("fold_texts", &fold_texts, "texts"_a, "folding"_a, "threads"_a);
    m.def("shingle_sets", &shingle_sets, "texts"_a, "folding"_a, "ngram"_a, "threads"_a);
    m.def("set_sizes", &set_sizes, "texts"_a, "folding"_a, "ngram"_a, "threads"_a);
    m.def("sketches", &sketches, "texts"_a, "folding"_a, "ngram"_a, "multipliers"_a, "addends"_a,
          "anchor_chars"_a, "anchor_limit"_a, "threads"_a);
    m.def("paragraphs", &paragraphs, "texts"_a, "folding"_a, "min_chars"_a, "threads"_a);
    m.def("band_keys", &band_keys, "signatures"_a, "bands"_a, "rows"_a);
}

}  // namespace neardup
