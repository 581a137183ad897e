// A column of strings imported from any Arrow library.
#pragma once

#include <nanobind/nanobind.h>

#include <cstring>
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

inline ArrowStrings arrow_strings(const ArrowSchema &schema) {
    const std::string format = schema.format ? schema.format : "";
    if (!schema.dictionary && format == "u") return ArrowStrings::utf8;
    if (!schema.dictionary && format == "U") return ArrowStrings::large_utf8;
    if (!schema.dictionary && format == "vu") return ArrowStrings::string_view;
    throw std::invalid_argument("texts must be a column of strings, not of Arrow format '" + readable(format.c_str()) +
                                (schema.dictionary ? "' with a dictionary" : "'") +
                                "; give one column, cast to strings");
}

// Takes over the arrays of a source; the views point into them as long as the column lives.
class ArrowColumn {
  public:
    explicit ArrowColumn(nb::handle source) {
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
        read_array(std::move(array), arrow_strings(*schema.get()));
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
        const ArrowStrings strings = arrow_strings(*schema.get());
        for (;;) {
            Imported<ArrowArray> array;
            check(stream->get_next(stream.get(), array.get()));
            if (!array->release) break;
            read_array(std::move(array), strings);
        }
    }

    void read_array(Imported<ArrowArray> array, ArrowStrings strings) {
        arrays_.push_back(std::move(array));
        ArrowReader(*arrays_.back().get(), strings).append_to(views_);
    }

    std::vector<Imported<ArrowArray>> arrays_;
    std::vector<TextView> views_;
};

}  // namespace neardup
