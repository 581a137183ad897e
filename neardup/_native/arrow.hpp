// Arrow string columns through the C data interface: structures that any Arrow library fills, read in place.
// https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "texts.hpp"

namespace neardup {

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    ArrowSchema **children;
    ArrowSchema *dictionary;
    void (*release)(ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    ArrowArray **children;
    ArrowArray *dictionary;
    void (*release)(ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream *, ArrowSchema *);
    int (*get_next)(ArrowArrayStream *, ArrowArray *);
    const char *(*get_last_error)(ArrowArrayStream *);
    void (*release)(ArrowArrayStream *);
    void *private_data;
};

// Owns one of the structures above: released once, at the end. Moving one out of its capsule leaves a mark there, so that
// a second use is refused.
template <typename Structure>
class Imported {
  public:
    Imported() = default;
    explicit Imported(Structure *source) : structure_(*source) {
        if (!source->release)
            throw std::invalid_argument(
                "the Arrow column was consumed already; give an object that makes new capsules at every call");
        source->release = nullptr;
    }
    Imported(Imported &&other) noexcept : structure_(other.structure_) { other.structure_.release = nullptr; }
    Imported &operator=(Imported &&) = delete;
    ~Imported() {
        if (structure_.release) structure_.release(&structure_);
    }

    Structure *operator->() { return &structure_; }
    Structure *get() { return &structure_; }

  private:
    Structure structure_{};
};

enum class ArrowStrings { utf8, large_utf8, string_view };

// What a column of strings is made of: the strings themselves, or indices into a dictionary of them.
struct ArrowFormat {
    ArrowStrings strings;
    char index;  // as Arrow calls the type of the indices; 0 where there is no dictionary
};

template <typename T>
T load(const void *buffer, int64_t index) {
    T value;
    std::memcpy(&value, static_cast<const char *>(buffer) + static_cast<size_t>(index) * sizeof(T), sizeof(T));
    return value;
}

// The rows of one array: how many, where they begin in its buffers, and which are null. Buffers need not be aligned.
class ArrowRows {
  public:
    ArrowRows(const ArrowArray &array, bool has_buffers) : array_(array) {
        if (!has_buffers || array.length < 0 || array.offset < 0 ||
            array.length > max_rows || array.offset > max_rows - array.length || !array.buffers)
            throw std::invalid_argument("the Arrow array is malformed: its length, offset or number of buffers");
        if (array.length > 0 && !array.buffers[1])
            throw std::invalid_argument("the Arrow array is malformed: it has rows and no offsets, views or indices");
    }

    int64_t size() const { return array_.length; }

    bool is_null(int64_t i, size_t) const {
        const void *validity = array_.buffers[0];
        const int64_t place = array_.offset + i;
        return validity && array_.null_count != 0 && !(load<uint8_t>(validity, place / 8) >> (place % 8) & 1);
    }

  protected:
    static constexpr int64_t max_rows = std::numeric_limits<int64_t>::max() / 16;  // their views fill all addresses

    const ArrowArray &array_;
};

// Reads the strings of one array. Those that are null are for the caller to pass over.
class ArrowReader : public ArrowRows {
  public:
    ArrowReader(const ArrowArray &array, ArrowStrings strings)
        : ArrowRows(array, strings == ArrowStrings::string_view ? array.n_buffers >= 3 : array.n_buffers == 3),
          strings_(strings) {}

    // `row`: what the text is called where it is faulty.
    TextView read(int64_t i, size_t row) const {
        switch (strings_) {
            case ArrowStrings::utf8: return by_offsets<int32_t>(array_.offset + i, row);
            case ArrowStrings::large_utf8: return by_offsets<int64_t>(array_.offset + i, row);
            case ArrowStrings::string_view: break;
        }
        return by_view(array_.offset + i, row);
    }

  private:
    template <typename Offset>
    TextView by_offsets(int64_t i, size_t row) const {
        const Offset start = load<Offset>(array_.buffers[1], i), stop = load<Offset>(array_.buffers[1], i + 1);
        if (start < 0 || stop < start) throw bad_text(row, "has Arrow offsets that are negative or descend");
        return view(array_.buffers[2], start, stop - start, row);
    }

    struct View {
        int32_t size;
        char prefix[4];
        int32_t buffer, offset;
    };
    static constexpr int32_t max_inline = 12;

    TextView by_view(int64_t i, size_t row) const {
        const char *address = static_cast<const char *>(array_.buffers[1]) + static_cast<size_t>(i) * sizeof(View);
        const View found = load<View>(address, 0);
        if (found.size >= 0 && found.size <= max_inline) return view(address + sizeof found.size, 0, found.size, row);
        const int64_t buffers = array_.n_buffers - 3;
        const void *sizes = array_.buffers[array_.n_buffers - 1];
        if (found.size < 0 || found.buffer < 0 || found.buffer >= buffers || found.offset < 0 || !sizes ||
            int64_t{found.offset} + found.size > load<int64_t>(sizes, found.buffer))
            throw bad_text(row, "has an Arrow view that points outside of its buffers");
        return view(array_.buffers[2 + found.buffer], found.offset, found.size, row);
    }

    static TextView view(const void *buffer, int64_t start, int64_t size, size_t row) {
        if (size == 0) return {"", 0, Encoding::utf8};
        if (!buffer) throw bad_text(row, "has characters in an Arrow buffer that is missing");
        return checked({static_cast<const char *>(buffer) + start, static_cast<size_t>(size), Encoding::utf8}, row);
    }

    const ArrowStrings strings_;
};

// Reads the strings of an array of indices into a dictionary. A row is null, or what it points to is.
class ArrowIndexReader : public ArrowRows {
  public:
    ArrowIndexReader(const ArrowArray &array, ArrowFormat format)
        : ArrowRows(array, array.n_buffers == 2), values_(dictionary_of(array), format.strings), index_(format.index) {}

    bool is_null(int64_t i, size_t row) const {
        return ArrowRows::is_null(i, row) || values_.is_null(place(i, row), row);
    }

    TextView read(int64_t i, size_t row) const { return values_.read(place(i, row), row); }

  private:
    static const ArrowArray &dictionary_of(const ArrowArray &array) {
        if (!array.dictionary || !array.dictionary->release)
            throw std::invalid_argument("the Arrow array is malformed: it has no dictionary");
        return *array.dictionary;
    }

    int64_t place(int64_t i, size_t row) const {
        const int64_t found = at(array_.offset + i);
        if (found < 0 || found >= values_.size()) throw bad_text(row, "has an Arrow index outside of its dictionary");
        return found;
    }

    int64_t at(int64_t i) const {
        const void *indices = array_.buffers[1];
        switch (index_) {
            case 'c': return load<int8_t>(indices, i);
            case 'C': return load<uint8_t>(indices, i);
            case 's': return load<int16_t>(indices, i);
            case 'S': return load<uint16_t>(indices, i);
            case 'i': return load<int32_t>(indices, i);
            case 'I': return load<uint32_t>(indices, i);
            default: return load<int64_t>(indices, i);  // of 'L' what does not fit is negative, so it is outside
        }
    }

    const ArrowReader values_;
    const char index_;
};

}  // namespace neardup
