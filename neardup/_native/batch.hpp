// The texts of a Python argument, read where they are, and the checks of what comes with them.
#pragma once

#include <nanobind/nanobind.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "arrow_column.hpp"
#include "lanes.hpp"
#include "sketch.hpp"

namespace neardup {

// Where the texts of a batch lie, and what keeps them there.
class Batch {
  public:
    explicit Batch(nb::handle texts) {
        if (take_strings(texts)) {
            views_.reserve(nb::len(strings_));
            for (const nb::handle item : strings_) views_.push_back(view_of(item, views_.size()));
        } else {
            open_column(texts);
        }
    }

    // Of a list or tuple only the texts at some rows are looked at, for each must be fetched from memory; the others are
    // empty here. Rows that are none are passed over.
    Batch(nb::handle texts, const In<int64_t> &rows) {
        if (!take_strings(texts)) {
            open_column(texts);
            return;
        }
        views_.resize(nb::len(strings_), {nullptr, 0, Encoding::latin1});
        for (size_t i = 0; i < rows.size(); ++i) {
            const auto row = static_cast<size_t>(rows.data()[i]);
            if (row < views_.size()) views_[row] = view_of(strings_[row], row);
        }
    }

    const std::vector<TextView> &views() const { return column_ ? column_->views() : views_; }
    size_t size() const { return views().size(); }

  private:
    bool take_strings(nb::handle texts) {
        if (!nb::isinstance<nb::list>(texts) && !nb::isinstance<nb::tuple>(texts)) return false;
        // A tuple of our own: another thread may change the list while the interpreter lock is released.
        strings_ = nb::tuple(nb::borrow(texts));
        return true;
    }

    static TextView view_of(nb::handle item, size_t row) {
        PyObject *text = item.ptr();
        const bool is_nan = PyFloat_Check(text) && std::isnan(PyFloat_AS_DOUBLE(text));  // the null of pandas
        if (item.is_none() || is_nan) throw bad_text(row, "is null; drop it or fill it first");
        if (!PyUnicode_Check(text)) throw nb::type_error(bad_text(row, "is " + name_of_type(item) + ", not str").what());
        const auto kind = PyUnicode_KIND(text);
        return checked({PyUnicode_DATA(text), static_cast<size_t>(PyUnicode_GET_LENGTH(text)),
                        kind == PyUnicode_1BYTE_KIND   ? Encoding::latin1
                        : kind == PyUnicode_2BYTE_KIND ? Encoding::ucs2
                                                       : Encoding::ucs4},
                       row);
    }

    void open_column(nb::handle texts) {
        owner_ = nb::isinstance<ArrowColumn>(texts) ? nb::borrow(texts) : nb::cast(ArrowColumn(texts));
        column_ = nb::cast<ArrowColumn *>(owner_);
    }

    nb::tuple strings_;
    nb::object owner_;
    const ArrowColumn *column_ = nullptr;
    std::vector<TextView> views_;  // where there is no column
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
