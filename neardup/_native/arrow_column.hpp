// A column of strings imported from any Arrow library.
#pragma once

#include <nanobind/nanobind.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "arrow.hpp"

namespace neardup {

namespace nb = nanobind;

inline std::string name_of_type(nb::handle object) {
    return nb::cast<nb::str>(object.type().attr("__name__")).c_str();
}

// What another library says; bytes that are not UTF-8 are replaced.
inline std::string readable(const char *words) {
    PyObject *decoded = PyUnicode_DecodeUTF8(words, static_cast<Py_ssize_t>(std::strlen(words)), "replace");
    if (!decoded) throw nb::python_error();
    return nb::steal<nb::str>(decoded).c_str();
}

inline std::string format_of(const ArrowSchema &schema) { return schema.format ? schema.format : ""; }

inline std::optional<ArrowStrings> arrow_strings(const ArrowSchema &schema) {
    const std::string format = format_of(schema);
    if (schema.dictionary) return std::nullopt;
    return format == "u"    ? std::optional(ArrowStrings::utf8)
           : format == "U"  ? std::optional(ArrowStrings::large_utf8)
           : format == "vu" ? std::optional(ArrowStrings::string_view)
                            : std::nullopt;
}

inline ArrowFormat arrow_format(const ArrowSchema &schema) {
    const std::string format = format_of(schema);
    const ArrowSchema *values = schema.dictionary;
    if (values && !values->release)
        throw std::invalid_argument("the Arrow schema is malformed: its dictionary was released");
    const bool is_index = format.size() == 1 && std::strchr("cCsSiIlL", format[0]);
    const auto strings = arrow_strings(values ? *values : schema);
    if (strings && (!values || is_index)) return {*strings, values ? format[0] : '\0'};
    std::string said = "'" + readable(format.c_str()) + "'";
    if (values) said += " with a dictionary of '" + readable(format_of(*values).c_str()) + "'";
    if (values && values->dictionary) said += " with a dictionary";
    throw std::invalid_argument("texts must be a column of strings, not of Arrow format " + said +
                                "; give one column, cast to strings");
}

// Takes over the arrays of a source; the views point into them as long as the column lives.
class ArrowColumn {
  public:
    // `skip_nulls`: nulls are left out and listed; else they are an error.
    ArrowColumn(nb::handle source, bool skip_nulls) : skip_nulls_(skip_nulls) {
        if (nb::hasattr(source, "__arrow_c_stream__")) {
            read_stream(source.attr("__arrow_c_stream__")());
        } else if (nb::hasattr(source, "__arrow_c_array__")) {
            read_pair(source.attr("__arrow_c_array__")());
        } else {
            throw nb::type_error(
                ("texts must be a list of str or an Arrow column of strings, not " + name_of_type(source)).c_str());
        }
    }

    const std::vector<TextView> &views() const { return views_; }
    const std::vector<int64_t> &nulls() const { return nulls_; }

  private:
    template <typename Structure>
    static Structure *pointed(nb::handle capsule, const char *name, const char *wrong) {
        if (!PyCapsule_IsValid(capsule.ptr(), name)) throw nb::type_error(wrong);
        return static_cast<Structure *>(PyCapsule_GetPointer(capsule.ptr(), name));
    }

    void read_pair(nb::object pair) {
        const char *const wrong = "__arrow_c_array__ must give two capsules, an arrow_schema and an arrow_array";
        if (!nb::isinstance<nb::tuple>(pair) || nb::len(pair) != 2) throw nb::type_error(wrong);
        auto *const schema_source = pointed<ArrowSchema>(pair[0], "arrow_schema", wrong);
        auto *const array_source = pointed<ArrowArray>(pair[1], "arrow_array", wrong);
        Imported schema(schema_source);
        Imported array(array_source);
        read_array(std::move(array), arrow_format(*schema.get()));
    }

    void read_stream(nb::object capsule) {
        const char *const wrong = "__arrow_c_stream__ must give a capsule, an arrow_array_stream";
        Imported stream(pointed<ArrowArrayStream>(capsule, "arrow_array_stream", wrong));
        if (!stream->get_schema || !stream->get_next)
            throw std::invalid_argument("the Arrow stream is malformed: it lacks a function");
        const auto check = [&](int code) {
            if (code == 0) return;
            const char *message = stream->get_last_error ? stream->get_last_error(stream.get()) : nullptr;
            throw std::invalid_argument("the Arrow stream failed: " + (message ? readable(message) : "no reason"));
        };
        Imported<ArrowSchema> schema;
        check(stream->get_schema(stream.get(), schema.get()));
        const ArrowFormat format = arrow_format(*schema.get());
        for (;;) {
            Imported<ArrowArray> array;
            check(stream->get_next(stream.get(), array.get()));
            if (!array->release) break;
            read_array(std::move(array), format);
        }
    }

    void read_array(Imported<ArrowArray> array, ArrowFormat format) {
        arrays_.push_back(std::move(array));
        const ArrowArray &taken = *arrays_.back().get();
        if (format.index)
            append(ArrowIndexReader(taken, format));
        else
            append(ArrowReader(taken, format.strings));
    }

    template <typename Reader>
    void append(const Reader &reader) {
        views_.reserve(views_.size() + static_cast<size_t>(reader.size()));
        for (int64_t i = 0; i < reader.size(); ++i) {
            const size_t row = views_.size() + nulls_.size();
            if (!reader.is_null(i, row)) {
                views_.push_back(reader.read(i, row));
            } else if (skip_nulls_) {
                nulls_.push_back(static_cast<int64_t>(row));
            } else {
                throw bad_text(row, "is null; drop it or fill it first");
            }
        }
    }

    const bool skip_nulls_;
    std::vector<Imported<ArrowArray>> arrays_;
    std::vector<TextView> views_;
    std::vector<int64_t> nulls_;
};

}  // namespace neardup
