// numpy arrays in and out of the kernels.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "memory.hpp"

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
Out<T> own(Array<T> data, std::initializer_list<size_t> shape) {
    T *raw = data.release();
    nb::capsule owner(raw, [](void *p) noexcept { Free()(p); });
    return Out<T>(raw, shape, owner);
}

}  // namespace neardup
