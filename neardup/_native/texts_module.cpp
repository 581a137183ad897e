#include "texts_module.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "arrow.hpp"
#include "shingle.hpp"
#include "sketch.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

// Where the texts of a batch lie, and what keeps them there.
class Batch {
  public:
    explicit Batch(nb::handle texts) {
        if (nb::isinstance<nb::list>(texts) || nb::isinstance<nb::tuple>(texts)) {
            // A tuple of our own: another thread may change the list while the interpreter lock is released.
            strings_ = nb::tuple(nb::borrow(texts));
            read_strings();
        } else if (nb::hasattr(texts, "__arrow_c_stream__")) {
            read_stream(texts.attr("__arrow_c_stream__")());
        } else if (nb::hasattr(texts, "__arrow_c_array__")) {
            const nb::tuple pair = nb::borrow<nb::tuple>(texts.attr("__arrow_c_array__")());
            read_array(pointer<ArrowArray>(pair[1], "arrow_array"),
                       arrow_strings(*pointer<ArrowSchema>(pair[0], "arrow_schema")));
        } else {
            throw nb::type_error(
                ("texts must be a list of str or an Arrow column of strings, not " + type_name(texts)).c_str());
        }
    }

    const std::vector<TextView> &views() const { return views_; }
    size_t size() const { return views_.size(); }

  private:
    static std::string type_name(nb::handle object) {
        return nb::cast<nb::str>(object.type().attr("__name__")).c_str();
    }

    void read_strings() {
        views_.reserve(nb::len(strings_));
        for (const nb::handle item : strings_) {
            PyObject *text = item.ptr();
            const bool is_nan = PyFloat_Check(text) && std::isnan(PyFloat_AS_DOUBLE(text));  // the null of pandas
            if (item.is_none() || is_nan) throw bad_text(views_.size(), "is null; drop it or fill it first");
            if (!PyUnicode_Check(text))
                throw nb::type_error(bad_text(views_.size(), "is " + type_name(item) + ", not str").what());
            const auto kind = PyUnicode_KIND(text);
            views_.push_back({PyUnicode_DATA(text), static_cast<size_t>(PyUnicode_GET_LENGTH(text)),
                              kind == PyUnicode_1BYTE_KIND   ? Encoding::latin1
                              : kind == PyUnicode_2BYTE_KIND ? Encoding::ucs2
                                                             : Encoding::ucs4});
        }
    }

    template <typename Structure>
    static Structure *pointer(nb::handle capsule, const char *name) {
        void *found = PyCapsule_GetPointer(capsule.ptr(), name);
        if (!found) throw nb::python_error();
        return static_cast<Structure *>(found);
    }

    void read_stream(nb::object capsule) {
        ArrowArrayStream *stream = pointer<ArrowArrayStream>(capsule, "arrow_array_stream");
        const auto check = [&](int code) {
            if (code == 0) return;
            const char *message = stream->get_last_error(stream);
            throw std::invalid_argument(std::string("the Arrow stream failed: ") + (message ? message : "no reason"));
        };
        Imported<ArrowSchema> schema;
        check(stream->get_schema(stream, schema.get()));
        const ArrowStrings strings = arrow_strings(*schema.get());
        for (;;) {
            Imported<ArrowArray> array;
            check(stream->get_next(stream, array.get()));
            if (!array->release) break;
            read_array(array.get(), strings);
        }
    }

    void read_array(ArrowArray *array, ArrowStrings strings) {
        arrays_.emplace_back(array);
        ArrowReader(*arrays_.back().get(), strings).append_to(views_);
    }

    nb::tuple strings_;
    std::vector<Imported<ArrowArray>> arrays_;
    std::vector<TextView> views_;
};

size_t check_ngram(int64_t ngram) {
    static_assert(max_ngram == 128);
    if (ngram < 1 || ngram > static_cast<int64_t>(max_ngram)) throw nb::value_error("ngram must be in [1, 128]");
    return static_cast<size_t>(ngram);
}

size_t check_threads(int64_t threads) {
    if (threads < 1) throw nb::value_error("threads must be at least 1");
    return static_cast<size_t>(threads);
}

const Lanes &chosen_lanes() {
    const char *name = std::getenv("NEARDUP_ISA");
    return choose_lanes(name && *name ? name : nullptr);
}

template <typename T>
using RaggedArrays = std::pair<Out<T>, Out<int64_t>>;

template <typename T>
RaggedArrays<T> arrays_of(Ragged<T> &ragged, size_t rows) {
    const size_t total = ragged.total();
    auto values = allocate<T>(total);
    auto offsets = allocate<int64_t>(rows + 1);
    {
        nb::gil_scoped_release released;
        ragged.copy_offsets(offsets.get());
        ragged.move_values(values.get());
    }
    return {own(std::move(values), {total}), own(std::move(offsets), {rows + 1})};
}

RaggedArrays<uint32_t> fold_texts(nb::object texts, In<uint32_t> entries, In<uint32_t> expansions, int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t workers = check_threads(threads);
    const Lanes &lanes = chosen_lanes();
    const Batch batch(texts);
    const Chunks chunks = Chunks::of(batch.size());
    Ragged<uint32_t> codes(chunks);
    {
        nb::gil_scoped_release released;
        for_each_folded(batch.views(), table, lanes, chunks, workers, [&] {
            return [&](size_t chunk, size_t row, const Folder &text) {
                codes.append(chunk, row, text.codes(), text.size());
            };
        });
    }
    return arrays_of(codes, batch.size());
}

// Calls `visit(chunk, row, set)` with the shingle set of every text.
template <typename Visit>
void for_each_set(const Batch &batch, const FoldingTable &table, const Chunks &chunks, size_t ngram, size_t threads,
                  Visit visit) {
    const Lanes &lanes = chosen_lanes();
    nb::gil_scoped_release released;
    for_each_folded(batch.views(), table, lanes, chunks, threads, [&] {
        return [&, sorter = HashSorter(lanes), set = std::vector<uint64_t>()](size_t chunk, size_t row,
                                                                         const Folder &text) mutable {
            set.clear();
            for_each_shingle(text, ngram, lanes, [&](const uint64_t *hashes, size_t size) {
                set.insert(set.end(), hashes, hashes + size);
            });
            sorter.sort_unique(set);
            visit(chunk, row, set);
        };
    });
}

RaggedArrays<uint64_t> shingle_sets(nb::object texts, In<uint32_t> entries, In<uint32_t> expansions, int64_t ngram,
                                    int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Batch batch(texts);
    const Chunks chunks = Chunks::of(batch.size());
    Ragged<uint64_t> sets(chunks);
    for_each_set(batch, table, chunks, width, workers, [&](size_t chunk, size_t row, const auto &set) {
        sets.append(chunk, row, set.data(), set.size());
    });
    return arrays_of(sets, batch.size());
}

Out<int64_t> set_sizes(nb::object texts, In<uint32_t> entries, In<uint32_t> expansions, int64_t ngram,
                       int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Batch batch(texts);
    auto sizes = allocate<int64_t>(batch.size());
    for_each_set(batch, table, Chunks::of(batch.size()), width, workers, [&](size_t, size_t row, const auto &set) {
        sizes[row] = static_cast<int64_t>(set.size());
    });
    return own(std::move(sizes), {batch.size()});
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

std::tuple<Out<uint32_t>, Out<uint64_t>, Out<int64_t>> sketches(nb::object texts, In<uint32_t> entries,
                                                                In<uint32_t> expansions, int64_t ngram,
                                                                In<uint32_t> multipliers, In<uint32_t> addends,
                                                                int64_t anchor_chars, uint64_t anchor_limit,
                                                                int64_t threads) {
    const FoldingTable table = folding_table(entries, expansions);
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const PaddedPermutations permutations(multipliers, addends);
    if (anchor_chars < 0 || anchor_chars > static_cast<int64_t>(max_ngram))
        throw nb::value_error("anchor_chars must be in [0, 128]");
    const AnchorSample sample{static_cast<size_t>(anchor_chars), anchor_limit};
    const Lanes &lanes = chosen_lanes();
    const Batch batch(texts);
    const Chunks chunks = Chunks::of(batch.size());
    const size_t num_perm = permutations.size();
    auto signatures = allocate<uint32_t>(batch.size() * num_perm);
    Ragged<uint64_t> anchors(chunks);
    {
        nb::gil_scoped_release released;
        for_each_folded(batch.views(), table, lanes, chunks, workers, [&] {
            const Permutations padded = permutations.get();
            return [&, padded, minima = std::vector<uint32_t>(padded.count), sorter = HashSorter(lanes),
                    found = std::vector<uint64_t>()](size_t chunk, size_t row, const Folder &text) mutable {
                std::fill(minima.begin(), minima.end(), UINT32_MAX);
                if (num_perm != 0)
                    for_each_shingle(text, width, lanes, [&](const uint64_t *hashes, size_t size) {
                        lanes.lower_minima(hashes, size, padded, minima.data());
                    });
                std::copy_n(minima.begin(), num_perm, signatures.get() + row * num_perm);
                sample.take(text, lanes, sorter, found);
                anchors.append(chunk, row, found.data(), found.size());
            };
        });
    }
    auto [values, offsets] = arrays_of(anchors, batch.size());
    return {own(std::move(signatures), {batch.size(), num_perm}), std::move(values), std::move(offsets)};
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
            const uint32_t *signature = signatures.data() + i * signatures.shape(1);
            for (size_t band = 0; band < count; ++band)
                keys[i * count + band] = hash_words(signature + band * rows, static_cast<size_t>(rows), band);
        }
    }
    return own(std::move(keys), {size, count});
}

}  // namespace

void bind_texts(nb::module_ &m) {
    m.def("fold_texts", &fold_texts, "texts"_a, "entries"_a, "expansions"_a, "threads"_a);
    m.def("shingle_sets", &shingle_sets, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a, "threads"_a);
    m.def("set_sizes", &set_sizes, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a, "threads"_a);
    m.def("sketches", &sketches, "texts"_a, "entries"_a, "expansions"_a, "ngram"_a, "multipliers"_a, "addends"_a,
          "anchor_chars"_a, "anchor_limit"_a, "threads"_a);
    m.def("band_keys", &band_keys, "signatures"_a, "bands"_a, "rows"_a);
}

}  // namespace neardup
