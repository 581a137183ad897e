// Checks of what a batch of texts brings to the kernels: offsets, low bytes of signatures, numbers of keys, orders.
#pragma once

#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "candidates.hpp"
#include "keys.hpp"

namespace neardup {

// Several values of each text: of text or key i, those from offsets[i] to offsets[i + 1].
using RaggedIn = std::tuple<In<uint32_t>, In<int64_t>>;

inline void check_offsets(const In<int64_t> &offsets, size_t items, const char *what) {
    const int64_t *first = offsets.data(), *last = first + offsets.size() - 1;
    if (offsets.size() == 0 || *first != 0 || *last != static_cast<int64_t>(items) || !std::is_sorted(first, last + 1))
        throw nb::value_error(what);
}

inline void check_size_of_batch(size_t size) {
    if (size >= std::numeric_limits<uint32_t>::max())
        throw nb::value_error("there are 2**32 - 1 texts or more; take them in parts");
}

inline LowBytes check_low(const Matrix<uint8_t> &low, size_t texts) {
    if (low.shape(0) != texts || low.shape(1) == 0)
        throw nb::value_error("every text must have the low bytes of a signature");
    return {texts, low.shape(1), low.data()};
}

inline SharedKeys check_keys(const RaggedIn &keys, size_t texts) {
    const auto &[numbers, offsets] = keys;
    check_offsets(offsets, numbers.size(), "the offsets of keys must ascend from 0 to their number");
    if (offsets.size() != texts + 1) throw nb::value_error("every text must have keys");
    const uint32_t *first = numbers.data(), *last = first + numbers.size();
    const size_t count = first == last ? 0 : size_t{*std::max_element(first, last)} + 1;
    if (count > numbers.size()) throw nb::value_error("the numbers of keys must have no gaps");
    return {first, offsets.data(), count};
}

inline std::vector<uint32_t> check_order(const In<int64_t> &order, size_t size) {
    std::vector<uint32_t> rows;
    rows.reserve(order.size());
    std::vector<bool> seen(size, false);
    for (size_t i = 0; i < order.size(); ++i) {
        const int64_t row = order.data()[i];
        if (row < 0 || row >= static_cast<int64_t>(size) || seen[row])
            throw nb::value_error("the order must name texts, each at most once");
        seen[row] = true;
        rows.push_back(static_cast<uint32_t>(row));
    }
    return rows;
}

// How many words of marks each of some threads keeps for its next comparisons: a third of a byte for every unit of text,
// 1 MiB at least and 64 MiB at most; of more than four threads, what four would keep together.
template <typename Row>
size_t words_kept(const Texts &texts, const Row *rows, size_t count, size_t threads) {
    size_t total = 0;
    for (size_t i = 0; i < count; ++i) total += texts.views()[static_cast<size_t>(rows[i])].size;
    return std::clamp<size_t>(total / 24, size_t{1} << 17, size_t{1} << 23) * 4 / std::max<size_t>(threads, 4);
}

}  // namespace neardup
