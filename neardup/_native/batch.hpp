// The texts of a Python argument, read where they are, and the checks of what comes with them.
#pragma once

#include <nanobind/nanobind.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "arrow.hpp"
#include "lanes.hpp"

namespace neardup {

// Where the texts of a batch lie, and what keeps them there.
class Batch {
  public:
    explicit Batch(nb::handle texts) {
        if (take_strings(texts)) {
            views_.reserve(nb::len(strings_));
            for (const nb::handle item : strings_) views_.push_back(view_of(item, views_.size()));
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

    // Of a list or tuple only the texts at some rows are looked at, for each must be fetched from memory; the others are
    // empty here. Rows that are none are passed over.
    Batch(nb::handle texts, const In<int64_t> &rows) {
        if (!take_strings(texts)) {
            *this = Batch(texts);
            return;
        }
        views_.resize(nb::len(strings_), {nullptr, 0, Encoding::latin1});
        for (size_t i = 0; i < rows.size(); ++i) {
            const auto row = static_cast<size_t>(rows.data()[i]);
            if (row < views_.size()) views_[row] = view_of(strings_[row], row);
        }
    }

    const std::vector<TextView> &views() const { return views_; }
    size_t size() const { return views_.size(); }

  private:
    bool take_strings(nb::handle texts) {
        if (!nb::isinstance<nb::list>(texts) && !nb::isinstance<nb::tuple>(texts)) return false;
        // A tuple of our own: another thread may change the list while the interpreter lock is released.
        strings_ = nb::tuple(nb::borrow(texts));
        return true;
    }

    static std::string type_name(nb::handle object) {
        return nb::cast<nb::str>(object.type().attr("__name__")).c_str();
    }

    static TextView view_of(nb::handle item, size_t row) {
        PyObject *text = item.ptr();
        const bool is_nan = PyFloat_Check(text) && std::isnan(PyFloat_AS_DOUBLE(text));  // the null of pandas
        if (item.is_none() || is_nan) throw bad_text(row, "is null; drop it or fill it first");
        if (!PyUnicode_Check(text)) throw nb::type_error(bad_text(row, "is " + type_name(item) + ", not str").what());
        const auto kind = PyUnicode_KIND(text);
        return {PyUnicode_DATA(text), static_cast<size_t>(PyUnicode_GET_LENGTH(text)),
                kind == PyUnicode_1BYTE_KIND   ? Encoding::latin1
                : kind == PyUnicode_2BYTE_KIND ? Encoding::ucs2
                                               : Encoding::ucs4};
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

inline size_t check_ngram(int64_t ngram) {
    static_assert(max_ngram == 128);
    if (ngram < 1 || ngram > static_cast<int64_t>(max_ngram)) throw nb::value_error("ngram must be in [1, 128]");
    return static_cast<size_t>(ngram);
}

inline size_t check_threads(int64_t threads) {
    if (threads < 1) throw nb::value_error("threads must be at least 1");
    return static_cast<size_t>(threads);
}

inline const Lanes &chosen_lanes() {
    const char *name = std::getenv("NEARDUP_ISA");
    return choose_lanes(name && *name ? name : nullptr);
}

}  // namespace neardup
