// numpy arrays in and out of the kernels.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "fold.hpp"

namespace neardup {

namespace nb = nanobind;

template <typename T>
using In = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <size_t Columns>
using Rows = nb::ndarray<const int32_t, nb::numpy, nb::shape<-1, Columns>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Matrix = nb::ndarray<const T, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Out = nb::ndarray<T, nb::numpy, nb::c_contig>;

template <typename T>
Out<T> own(std::unique_ptr<T[]> data, std::initializer_list<size_t> shape) {
    T *raw = data.release();
    nb::capsule owner(raw, [](void *p) noexcept { delete[] static_cast<T *>(p); });
    return Out<T>(raw, shape, owner);
}

// Uninitialised: a vector would write every element once more.
template <typename T>
std::unique_ptr<T[]> allocate(size_t size) {
    return std::unique_ptr<T[]>(new T[size]);
}

inline FoldingTable folding_table(const In<uint32_t> &entries, const In<uint32_t> &expansions) {
    if (entries.size() != 0x110000) throw nb::value_error("a folding table has 0x110000 entries");
    return {entries.data(), expansions.data(), expansions.size()};
}

}  // namespace neardup
