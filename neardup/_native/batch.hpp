// What kernels read: a batch of texts and a folding table, each opened and checked once.
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "arrow_column.hpp"
#include "fold.hpp"
#include "lanes.hpp"
#include "sketch.hpp"

namespace neardup {

// A batch of texts, read where they lie. Nothing changes it, so that any number of threads may read it.
class Texts {
  public:
    // `source`: a list or tuple of str, an Arrow column of strings, or an opened batch, which is shared.
    // `skip_nulls`: nulls are left out and listed; else they are an error.
    explicit Texts(nb::handle source, bool skip_nulls) : opened_(open(source, skip_nulls)) {}

    const std::vector<TextView> &views() const { return opened_->column ? opened_->column->views() : opened_->views; }
    size_t size() const { return views().size(); }

    // Where the nulls stood among all items.
    Out<int64_t> nulls() const {
        const auto &found = opened_->column ? opened_->column->nulls() : opened_->nulls;
        auto rows = allocate<int64_t>(found.size());
        std::copy(found.begin(), found.end(), rows.get());
        return own(std::move(rows), {found.size()});
    }

    nb::list take(const In<int64_t> &rows) const {
        nb::list texts;
        for (size_t i = 0; i < rows.size(); ++i) {
            const auto row = static_cast<size_t>(rows.data()[i]);
            if (row >= size()) throw nb::value_error("the rows must be texts");
            texts.append(opened_->column ? decoded(row) : nb::object(opened_->strings[row]));
        }
        return texts;
    }

  private:
    // Either strings and where they lie, or a column.
    struct Opened {
        ~Opened() {
            const nb::error_scope kept;  // releasing a column may run Python in the middle of an exception
            column.reset();
        }

        nb::tuple strings;
        std::vector<TextView> views;
        std::vector<int64_t> nulls;
        std::optional<ArrowColumn> column;
    };

    static std::shared_ptr<const Opened> open(nb::handle source, bool skip_nulls) {
        if (nb::isinstance<Texts>(source)) return nb::cast<const Texts &>(source).opened_;
        auto opened = std::make_shared<Opened>();
        if (nb::isinstance<nb::list>(source) || nb::isinstance<nb::tuple>(source)) {
            // A tuple of our own: another thread may change the list while the interpreter lock is released.
            const nb::tuple given = nb::tuple(nb::borrow(source));
            opened->views.reserve(nb::len(given));
            nb::list kept;
            for (const nb::handle item : given) {
                const size_t row = opened->views.size() + opened->nulls.size();
                if (skip_nulls && is_null(item)) {
                    opened->nulls.push_back(static_cast<int64_t>(row));
                } else {
                    opened->views.push_back(view_of(item, row));
                    if (skip_nulls) kept.append(item);
                }
            }
            opened->strings = skip_nulls ? nb::tuple(kept) : given;
        } else {
            opened->column.emplace(source, skip_nulls);
        }
        return opened;
    }

    // NaN is the null of pandas.
    static bool is_null(nb::handle item) {
        return item.is_none() || (PyFloat_Check(item.ptr()) && std::isnan(PyFloat_AS_DOUBLE(item.ptr())));
    }

    static TextView view_of(nb::handle item, size_t row) {
        PyObject *text = item.ptr();
        if (is_null(item)) throw bad_text(row, "is null; drop it or fill it first");
        if (!PyUnicode_Check(text)) throw nb::type_error(bad_text(row, "is " + name_of_type(item) + ", not str").what());
        const auto kind = PyUnicode_KIND(text);
        return checked({PyUnicode_DATA(text), static_cast<size_t>(PyUnicode_GET_LENGTH(text)),
                        kind == PyUnicode_1BYTE_KIND   ? Encoding::latin1
                        : kind == PyUnicode_2BYTE_KIND ? Encoding::ucs2
                                                       : Encoding::ucs4},
                       row);
    }

    nb::object decoded(size_t row) const {
        const TextView &text = views()[row];
        PyObject *made =
            PyUnicode_DecodeUTF8(static_cast<const char *>(text.data), static_cast<Py_ssize_t>(text.size), nullptr);
        if (made) return nb::steal(made);
        if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) throw nb::python_error();
        PyErr_Clear();
        throw bad_text(row, "is not valid UTF-8");
    }

    std::shared_ptr<const Opened> opened_;
};

// A folding table, with the arrays that it lies in.
class Folding {
  public:
    // `content`: whether the content of a text is taken first.
    Folding(In<uint32_t> entries, In<uint32_t> expansions, bool content)
        : entries_(std::move(entries)), expansions_(std::move(expansions)),
          table_{entries_.data(), expansions_.data(), expansions_.size(), content} {
        if (entries_.size() != 0x110000) throw nb::value_error("a folding table has 0x110000 entries");
    }

    const FoldingTable &table() const { return table_; }

  private:
    In<uint32_t> entries_, expansions_;
    FoldingTable table_;
};

// Values of many rows and where those of each start, as arrays.
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

inline size_t check_ngram(int64_t ngram) {
    static_assert(max_ngram == 128);
    if (ngram < 1 || ngram > static_cast<int64_t>(max_ngram)) throw nb::value_error("ngram must be in [1, 128]");
    return static_cast<size_t>(ngram);
}

inline size_t check_threads(int64_t threads) {
    if (threads < 1) throw nb::value_error("threads must be at least 1");
    return static_cast<size_t>(threads);
}

inline const SimdKernels &chosen_lanes() {
    const char *name = std::getenv("NEARDUP_ISA");
    return choose_lanes(name && *name ? name : nullptr);
}

}  // namespace neardup
