// Large arrays on huge pages where the system has them: fewer page faults and fewer misses in address translation.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace neardup {

struct Free {
    void operator()(void *data) const noexcept { std::free(data); }
};

template <typename T>
using Array = std::unique_ptr<T[], Free>;

// Null where an array of this size gets no huge pages.
inline void *on_huge_pages(size_t bytes) {
#ifdef __linux__
    constexpr size_t huge_page = size_t{1} << 21;
    if (bytes >= huge_page) {
        const size_t rounded = (bytes + huge_page - 1) / huge_page * huge_page;
        void *data = std::aligned_alloc(huge_page, rounded);
        if (data != nullptr) madvise(data, rounded, MADV_HUGEPAGE);  // a refusal costs speed only
        return data;
    }
#endif
    (void)bytes;
    return nullptr;
}

template <typename T>
Array<T> owned(void *data) {
    if (data == nullptr) throw std::bad_alloc();
    return Array<T>(static_cast<T *>(data));
}

// Uninitialised: a vector would write every element once more.
template <typename T>
Array<T> allocate(size_t size) {
    const size_t bytes = size * sizeof(T);
    void *data = on_huge_pages(bytes);
    return owned<T>(data ? data : std::malloc(bytes ? bytes : 1));
}

template <typename T>
Array<T> zeroed(size_t size) {
    const size_t bytes = size * sizeof(T);
    void *data = on_huge_pages(bytes);
    if (data != nullptr) std::memset(data, 0, bytes);
    return owned<T>(data ? data : std::calloc(size ? size : 1, sizeof(T)));
}

// Room for the values of one text after another: uninitialised, and kept.
template <typename T>
class Room {
  public:
    // Forgets what it held.
    T *of(size_t size) {
        if (size > size_) {
            values_.reset();
            size_ = size + size / 4;
            values_ = allocate<T>(size_);
        }
        return values_.get();
    }

    T *zeroed(size_t size) {
        T *values = of(size);
        std::memset(values, 0, size * sizeof(T));
        return values;
    }

    T *get() const { return values_.get(); }

  private:
    Array<T> values_;
    size_t size_ = 0;
};

}  // namespace neardup
