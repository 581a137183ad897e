// A large zeroed array for random access: on huge pages where the system has them, which saves most of the
// address translation misses.
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
std::unique_ptr<T[], Free> zeroed(size_t size) {
    const size_t bytes = size * sizeof(T);
    void *data = nullptr;
#ifdef __linux__
    constexpr size_t huge_page = size_t{1} << 21;
    if (bytes >= huge_page) {
        const size_t rounded = (bytes + huge_page - 1) / huge_page * huge_page;
        data = std::aligned_alloc(huge_page, rounded);
        if (data != nullptr) {
            madvise(data, rounded, MADV_HUGEPAGE);  // a refusal costs speed only
            std::memset(data, 0, bytes);
        }
    }
#endif
    if (data == nullptr) data = std::calloc(size, sizeof(T));
    if (data == nullptr) throw std::bad_alloc();
    return std::unique_ptr<T[], Free>(static_cast<T *>(data));
}

}  // namespace neardup
