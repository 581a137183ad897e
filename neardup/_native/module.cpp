// The extension neardup._kernels: argument checks and array ownership; the loops are in the headers.
// Every function has a twin of the same name in neardup/_reference, which is its specification.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "breaks.hpp"
#include "content.hpp"
#include "fold.hpp"
#include "interrupts.hpp"
#include "near.hpp"
#include "pairs_module.hpp"
#include "repeats_module.hpp"
#include "rule_module.hpp"
#include "runs.hpp"
#include "texts.hpp"
#include "texts_module.hpp"
#include "windows.hpp"

namespace {

using namespace neardup;
using namespace nb::literals;

// Calls `visit` with the code points of `text` in the width CPython stores them in; nothing is copied.
template <typename Visit>
auto with_code_points(nb::str text, Visit visit) {
    PyObject *object = text.ptr();
    const void *data = PyUnicode_DATA(object);
    const size_t size = static_cast<size_t>(PyUnicode_GET_LENGTH(object));
    const auto kind = PyUnicode_KIND(object);
    nb::gil_scoped_release released;
    if (kind == PyUnicode_1BYTE_KIND) return visit(static_cast<const uint8_t *>(data), size);
    if (kind == PyUnicode_2BYTE_KIND) return visit(static_cast<const uint16_t *>(data), size);
    return visit(static_cast<const uint32_t *>(data), size);
}

static_assert(sizeof(Run) == 5 * sizeof(int32_t));

// Structs of int32 as the rows of an array.
template <size_t Columns, typename Row>
Out<int32_t> rows_of(const std::vector<Row> &values) {
    static_assert(sizeof(Row) == Columns * sizeof(int32_t));
    auto rows = allocate<int32_t>(Columns * values.size());
    std::copy_n(reinterpret_cast<const int32_t *>(values.data()), Columns * values.size(), rows.get());
    return own(std::move(rows), {values.size(), Columns});
}

template <typename T>
Out<T> copied(const T *values, size_t size) {
    auto array = allocate<T>(size);
    std::copy_n(values, size, array.get());
    return own(std::move(array), {size});
}

TextView view_of(const uint8_t *points, size_t size) { return {points, size, Encoding::latin1}; }
TextView view_of(const uint16_t *points, size_t size) { return {points, size, Encoding::ucs2}; }
TextView view_of(const uint32_t *points, size_t size) { return {points, size, Encoding::ucs4}; }

const Run *as_runs(const Rows<5> &rows) { return reinterpret_cast<const Run *>(rows.data()); }

void check_runs(const Rows<5> &rows, int32_t size) {
    for (size_t i = 0; i < rows.shape(0); ++i) {
        const Run &run = as_runs(rows)[i];
        if (run.original < 0 || run.copy <= run.original || run.copy_stop < run.copy || run.copy_stop > size)
            throw nb::value_error("runs must lie in the text, each after its original");
    }
}

void check_disjoint(const Rows<5> &rows) {
    for (size_t i = 1; i < rows.shape(0); ++i) {
        if (as_runs(rows)[i].copy < as_runs(rows)[i - 1].copy_stop)
            throw nb::value_error("runs must be ascending and disjoint");
    }
}

// The content of a text.
std::pair<Out<uint32_t>, Out<int32_t>> fold_content(nb::str text, const FoldingTable &table) {
    TextFolder folder(table, chosen_lanes(), true);
    with_code_points(text, [&](const auto *points, size_t length) {
        check_size(length);
        folder.fold(view_of(points, length));
    });
    return {copied(folder.codes(), folder.size()), copied(folder.positions(), folder.size())};
}

std::pair<Out<uint32_t>, Out<int32_t>> fold(nb::str text, const Folding &folding) {
    const FoldingTable &table = folding.table();
    if (table.content) return fold_content(text, table);
    Array<uint32_t> codes;
    Array<int32_t> positions;
    const size_t size = with_code_points(text, [&](const auto *points, size_t length) {
        check_size(length);
        const size_t total = folded_length(points, length, table);
        check_size(total);
        codes = allocate<uint32_t>(total);
        positions = allocate<int32_t>(total);
        fold_into(points, length, table, codes.get(), positions.get());
        return total;
    });
    return {own(std::move(codes), {size}), own(std::move(positions), {size})};
}

// Where the stretches of a text that are content start and stop.
Out<int32_t> content_spans(nb::str text) {
    std::vector<std::array<int32_t, 2>> spans;
    with_code_points(text, [&](const auto *points, size_t length) {
        check_size(length);
        std::vector<Found> found;
        ContentScanner(points, length, chosen_lanes()).scan(found);
        int32_t start = 0;
        const auto add = [&](int32_t stop) {
            if (start < stop) spans.push_back({start, stop});
        };
        for (const Found &one : found) {
            if (!one.is_left_out()) continue;
            add(one.start);
            start = one.stop;
        }
        add(static_cast<int32_t>(length));
    });
    return rows_of<2>(spans);
}

// The code points of what a table folds of a text, where each stands, and where among them each stretch starts.
std::tuple<Out<uint32_t>, Out<int32_t>, Out<int32_t>> content_points(nb::str text, const Folding &folding) {
    ContentReader content(folding.table(), chosen_lanes());
    Array<uint32_t> codes;
    Array<int32_t> places;
    const size_t size = with_code_points(text, [&](const auto *points, size_t length) {
        check_size(length);
        content.read(points, length);
        if (!content.is_whole()) return content.size();
        codes = allocate<uint32_t>(length), places = allocate<int32_t>(length);
        Interrupts::in_blocks(length, [&](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) codes[i] = points[i], places[i] = static_cast<int32_t>(i);
        });
        return length;
    });
    if (content.is_whole()) {
        const int32_t start = 0;
        return {own(std::move(codes), {size}), own(std::move(places), {size}), copied(&start, std::min<size_t>(size, 1))};
    }
    const std::vector<int32_t> starts(content.starts().begin(), content.starts().end());
    return {copied(content.points(), size), copied(content.positions(), size), copied(starts.data(), starts.size())};
}

Out<int32_t> breaks(nb::str text) {
    const std::vector<int32_t> found = with_code_points(text, [](const auto *points, size_t length) {
        check_size(length);
        return find_breaks(points, length);
    });
    auto positions = allocate<int32_t>(found.size());
    std::copy(found.begin(), found.end(), positions.get());
    return own(std::move(positions), {found.size()});
}

size_t count_windows(size_t size, int32_t width) {
    if (width < 1) throw nb::value_error("width must be at least 1");
    check_size(size);
    return size < size_t(width) ? 0 : size - width + 1;
}

void check_first(In<int32_t> first) {
    for (size_t i = 0; i < first.size(); ++i) {
        if (first.data()[i] < 0 || first.data()[i] > static_cast<int32_t>(i))
            throw nb::value_error("a window stands first where it stands, or before");
    }
}

Out<int32_t> leftmost(In<uint32_t> codes, int32_t width) {
    const size_t windows = count_windows(codes.size(), width);
    auto first = allocate<int32_t>(windows);
    {
        nb::gil_scoped_release released;
        leftmost_windows(codes.data(), windows, width, first.get());
    }
    return own(std::move(first), {windows});
}

Out<int32_t> leftmost_wider(In<uint32_t> codes, int32_t width, In<int32_t> narrower) {
    const size_t windows = count_windows(codes.size(), width);
    if (narrower.size() < windows || narrower.size() > codes.size())
        throw nb::value_error("the narrower windows must be narrower, and of the same codes");
    check_first(narrower);
    auto first = allocate<int32_t>(windows);
    if (windows > 0) {
        nb::gil_scoped_release released;
        leftmost_wider_windows(codes.data(), windows, width, narrower.data(), narrower.size(), first.get());
    }
    return own(std::move(first), {windows});
}

Out<int32_t> equal_runs(In<uint32_t> codes, In<int32_t> boundaries, In<int32_t> first, int32_t min_chars,
                        int32_t max_stray) {
    if (first.size() != count_windows(codes.size(), min_chars))
        throw nb::value_error("first must have an item for each window of min_chars codes");
    if (max_stray < 0 || max_stray >= min_chars) throw nb::value_error("max_stray must be in [0, min_chars)");
    check_first(first);
    std::vector<Run> runs;
    {
        nb::gil_scoped_release released;
        const auto size = static_cast<int32_t>(codes.size());
        const Boundaries units(boundaries.data(), boundaries.size(), size);
        const auto copies = allocate<WindowCopy>(first.size());
        size_t count = 0;
        Interrupts::in_blocks(first.size(), [&](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i) {
                copies[count] = {static_cast<int32_t>(i), first.data()[i]};
                count += first.data()[i] + min_chars <= static_cast<int32_t>(i);
            }
        });
        runs = RunFinder().find(codes.data(), size, units, min_chars, max_stray, copies.get(), count);
    }
    return rows_of<5>(runs);
}

// The members of NearLimits, in order.
using NearLimitsTuple = std::tuple<int32_t, int32_t, int32_t, int32_t, int32_t, int32_t>;

std::pair<Out<int32_t>, Out<int32_t>> near_repeats(In<uint32_t> codes, In<int32_t> positions,
                                                   In<int32_t> boundaries, Rows<5> exact, Rows<5> seeds,
                                                   NearLimitsTuple limits) {
    const auto [min_chars, max_gap, min_piece, min_score, max_stray, similarity_percent] = limits;
    if (max_gap < 0 || max_gap > 255) throw nb::value_error("max_gap must be in [0, 255]");
    check_size(codes.size());
    if (positions.size() != codes.size()) throw nb::value_error("every code must have a position");
    const auto size = static_cast<int32_t>(codes.size());
    check_runs(exact, size);
    check_disjoint(exact);
    check_runs(seeds, size);
    check_disjoint(seeds);
    std::vector<Repeat> repeats;
    std::vector<RepeatPiece> pieces;
    {
        nb::gil_scoped_release released;
        NearFinder({min_chars, max_gap, min_piece, min_score, max_stray, similarity_percent}, chosen_lanes())
            .find(codes.data(), positions.data(), size, Boundaries(boundaries.data(), boundaries.size(), size),
                  as_runs(exact), exact.shape(0), as_runs(seeds), seeds.shape(0), repeats, pieces);
    }
    return {rows_of<6>(repeats), rows_of<4>(pieces)};
}

Out<int32_t> roots_of(Rows<5> runs, int32_t size) {
    if (size < 0 || size > static_cast<int32_t>(max_size)) throw nb::value_error("size must be in [0, 2**30]");
    check_runs(runs, size);
    auto root = allocate<int32_t>(size);
    {
        nb::gil_scoped_release released;
        roots(as_runs(runs), runs.shape(0), root.get(), size);
    }
    return own(std::move(root), {static_cast<size_t>(size)});
}

// Only the main thread runs the handlers of signals, so only that one asks for the interpreter lock now and then.
unsigned long main_thread;

bool has_interrupt() {
    using Clock = std::chrono::steady_clock;
    static Clock::time_point looked{};  // of the main thread alone
    if (PyThread_get_thread_ident() != main_thread || Clock::now() - looked < std::chrono::milliseconds(20)) return false;
    looked = Clock::now();
    nb::gil_scoped_acquire held;
    return PyErr_CheckSignals() != 0;
}

// Of work that was interrupted Python has the exception already.
void translate_interrupted(const std::exception_ptr &error, void *) {
    try {
        std::rethrow_exception(error);
    } catch (const Interrupted &) {
    }
}

}  // namespace

NB_MODULE(_kernels, m) {
    m.doc() = "The hot loops of neardup; the specification of each is its twin in neardup._reference.";
    nb::set_leak_warnings(false);  // folding tables are kept to the end
    main_thread = nb::cast<unsigned long>(nb::module_::import_("threading").attr("main_thread")().attr("ident"));
    Interrupts::is_pending = has_interrupt;
    nb::register_exception_translator(translate_interrupted);
    m.def("fold", &fold, "text"_a, "folding"_a);
    m.def("content_spans", &content_spans, "text"_a);
    m.def("content_points", &content_points, "text"_a, "folding"_a);
    m.def("breaks", &breaks, "text"_a);
    m.def("leftmost_windows", &leftmost, "codes"_a, "width"_a);
    m.def("leftmost_wider_windows", &leftmost_wider, "codes"_a, "width"_a, "narrower"_a);
    m.def("equal_runs", &equal_runs, "codes"_a, "boundaries"_a, "first"_a, "min_chars"_a, "max_stray"_a);
    m.def("near_repeats", &near_repeats, "codes"_a, "positions"_a, "boundaries"_a, "exact"_a, "seeds"_a,
          "limits"_a);
    m.def("roots", &roots_of, "runs"_a, "size"_a);
    bind_texts(m);
    bind_pairs(m);
    bind_rule(m);
    bind_repeats(m);
}
