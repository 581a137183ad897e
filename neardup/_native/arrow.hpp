// Arrow string columns through the C data interface: structures that any Arrow library fills, read in place.
// https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

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

// Reads the strings of one array; buffers need not be aligned.
class ArrowReader {
  public:
    ArrowReader(const ArrowArray &array, ArrowStrings strings) : array_(array), strings_(strings) {
        const bool has_buffers = strings == ArrowStrings::string_view ? array.n_buffers >= 3 : array.n_buffers == 3;
        if (!has_buffers || array.length < 0 || array.offset < 0 ||
            array.length > max_rows || array.offset > max_rows - array.length || !array.buffers)
            throw std::invalid_argument("the Arrow array is malformed: its length, offset or number of buffers");
        if (array.length > 0 && !array.buffers[1])
            throw std::invalid_argument("the Arrow array is malformed: it has rows and no offsets or views");
    }

    void append_to(std::vector<TextView> &views) const {
        views.reserve(views.size() + static_cast<size_t>(array_.length));
        for (int64_t i = array_.offset; i < array_.offset + array_.length; ++i) {
            const size_t row = views.size();
            if (is_null(i)) throw bad_text(row, "is null; drop it or fill it first");
            views.push_back(strings_ == ArrowStrings::utf8         ? by_offsets<int32_t>(i, row)
                            : strings_ == ArrowStrings::large_utf8 ? by_offsets<int64_t>(i, row)
                                                                   : by_view(i, row));
        }
    }

  private:
    template <typename T>
    static T load(const void *buffer, int64_t index) {
        T value;
        std::memcpy(&value, static_cast<const char *>(buffer) + static_cast<size_t>(index) * sizeof(T), sizeof(T));
        return value;
    }

    bool is_null(int64_t i) const {
        const void *validity = array_.buffers[0];
        return validity && array_.null_count != 0 && !(load<uint8_t>(validity, i / 8) >> (i % 8) & 1);
    }

    template <typename Offset>
    TextView by_offsets(int64_t i, size_t row) const {
        const Offset start = load<Offset>(array_.buffers[1], i), stop = load<Offset>(array_.buffers[1], i + 1);
        if (start < 0 || stop < start) throw bad_text(row, "has Arrow offsets that are negative or descend");
        return view(array_.buffers[2], start, stop - start, row);
    }

    static constexpr int64_t max_rows = std::numeric_limits<int64_t>::max() / 16;  // their views fill all addresses

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

    const ArrowArray &array_;
    const ArrowStrings strings_;
};

}  // namespace neardup
