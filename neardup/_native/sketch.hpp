// Sketches of many texts: shingle sets, anchors and signatures, each text folded once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "interrupts.hpp"
#include "lanes.hpp"
#include "parallel.hpp"
#include "shingle.hpp"
#include "texts.hpp"
#include "utf8.hpp"

namespace neardup {

// Folded codes; as many more as `overrun` may be read behind them.
struct Codes {
    const uint32_t *data;
    size_t size;

    Codes between(size_t start, size_t stop) const { return {data + start, stop - start}; }
};

// Calls `take(hashes, size)` with the hashes of the windows of `width` codes, of which there are some, block by block.
template <typename Take>
void for_each_window(const Codes &text, size_t width, const SimdKernels &lanes, Take take,
                     uint64_t multiplier = hash_multiplier) {
    const size_t windows = text.size - width + 1;
    alignas(64) uint64_t hashes[block_size + overrun];
    for (size_t begin = 0; begin < windows; begin += block_size) {
        const size_t size = std::min(block_size, windows - begin);
        Interrupts::count(4 * size);
        lanes.hash_windows(text.data + begin, size, width, multiplier, hashes);
        take(hashes, size);
    }
}

// The same; of fewer codes than the width, with the one hash of all of them.
template <typename Take>
void for_each_shingle(const TextFolder &text, size_t width, const SimdKernels &lanes, Take take) {
    if (text.size() == 0) return;
    for_each_window({text.codes(), text.size()}, std::min(width, text.size()), lanes, take);
}

// Sorts hashes, which are spread evenly up to the largest.
class HashSorter {
  public:
    explicit HashSorter(const SimdKernels &lanes) : lanes_(lanes) {}

    void sort_unique(std::vector<uint64_t> &hashes) {
        const size_t size = hashes.size();
        if (size < 2) return;
        sorted_.resize(size);
        if (size <= lanes_.few) {
            hashes.resize(size + overrun);
            lanes_.sort_few(hashes.data(), size, sorted_.data());
        } else {
            sort_buckets(hashes);
        }
        sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
        hashes.swap(sorted_);
    }

  private:
    // First into about as many buckets as there are hashes, by their leading bits; then what is left within them.
    void sort_buckets(const std::vector<uint64_t> &hashes) {
        uint64_t all = 1;
        for (const uint64_t hash : hashes) all |= hash;
        int width = 1, bits = 1;  // of the largest hash, of the number of buckets
        while (width < 64 && all >> width) ++width;
        while (bits < 16 && bits < width && hashes.size() >> bits) ++bits;
        const int shift = width - bits;
        starts_.assign((size_t{1} << bits) + 1, 0);
        for (const uint64_t hash : hashes) ++starts_[(hash >> shift) + 1];
        // A text that repeats itself has few hashes, often.
        const bool uneven = *std::max_element(starts_.begin(), starts_.end()) > 16;
        for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
        // Each start moves to the end of its bucket, which is the start of the next.
        for (size_t i = 0; i < hashes.size(); ++i) {
            Interrupts::at(i);
            sorted_[starts_[hashes[i] >> shift]++] = hashes[i];
        }
        size_t begin = 0;
        for (size_t bucket = 0; uneven && bucket + 1 < starts_.size(); begin = starts_[bucket++]) {
            Interrupts::count(32 * (starts_[bucket] - begin));
            std::sort(sorted_.begin() + begin, sorted_.begin() + starts_[bucket]);
        }
        if (!uneven) insert_each(sorted_.data(), sorted_.data() + hashes.size());
    }

    static void insert_each(uint64_t *begin, uint64_t *end) {
        for (uint64_t *next = begin + 1; next < end; ++next) {
            const uint64_t hash = *next;
            uint64_t *place = next;
            for (; place != begin && place[-1] > hash; --place) *place = place[-1];
            *place = hash;
        }
    }

    const SimdKernels &lanes_;
    std::vector<uint64_t> sorted_;
    std::vector<size_t> starts_;
};

// The anchors of one text after another: the hashes of its windows of `width` codes up to `limit`, or if none is, the
// least.
class AnchorSampler {
  public:
    AnchorSampler(uint64_t limit, const SimdKernels &lanes) : limit_(limit), lanes_(lanes), sorter_(lanes) {}

    void start() {
        found_.clear();
        has_windows_ = false;
        least_ = UINT64_MAX;
    }

    // Takes hashes of windows, at most block_size.
    void add(const uint64_t *hashes, size_t size) {
        uint64_t small[block_size + overrun];
        const size_t count = lanes_.select_small(hashes, size, limit_, small);
        found_.insert(found_.end(), small, small + count);
        if (found_.empty()) least_ = std::min(least_, lanes_.least_hash(hashes, size));
        has_windows_ = true;
    }

    // The anchors, sorted; valid until the next text.
    const std::vector<uint64_t> &finish() {
        if (found_.empty() && has_windows_) found_.push_back(least_);
        sorter_.sort_unique(found_);
        return found_;
    }

  private:
    uint64_t limit_;
    const SimdKernels &lanes_;
    HashSorter sorter_;
    std::vector<uint64_t> found_;
    uint64_t least_ = UINT64_MAX;
    bool has_windows_ = false;
};

// Gives the hashes of the shingles of a text to `take_shingles`, and of its windows of `anchor_width` codes to
// `take_anchors`, block by block; a width of 0 for none.
template <typename TakeShingles, typename TakeAnchors>
void for_each_shingle_and_anchor(const TextFolder &text, size_t ngram, size_t anchor_width, const SimdKernels &lanes,
                                 TakeShingles take_shingles, TakeAnchors take_anchors) {
    const bool has_anchors = anchor_width > 0 && text.size() >= anchor_width;
    if (ngram != 5 || anchor_width != 13 || !has_anchors) {
        if (ngram > 0) for_each_shingle(text, ngram, lanes, take_shingles);
        if (has_anchors) for_each_shingle(text, anchor_width, lanes, take_anchors);
        return;
    }
    const size_t shingles = text.size() - ngram + 1, anchors = text.size() - anchor_width + 1;
    alignas(64) uint64_t of_5[block_size + overrun], of_13[block_size + overrun];
    for (size_t begin = 0; begin < shingles; begin += block_size) {
        const size_t size = std::min(block_size, shingles - begin);
        Interrupts::count(4 * size);
        lanes.hash_5_and_13(text.codes() + begin, size, of_5, of_13);
        take_shingles(of_5, size);
        if (begin < anchors) take_anchors(of_13, std::min(size, anchors - begin));
    }
}

// Rows of several values each, made chunk by chunk.
template <typename T>
class Ragged {
  public:
    explicit Ragged(const Chunks &chunks) : chunks_(chunks), values_(chunks.count()), sizes_(chunks.items) {}

    // Rows of a chunk are appended in order, by one thread.
    template <typename Values>
    void append(size_t chunk, size_t row, const Values *begin, size_t size) {
        values_[chunk].insert(values_[chunk].end(), begin, begin + size);
        sizes_[row] = size;
    }

    size_t total() const {
        size_t total = 0;
        for (const std::vector<T> &chunk : values_) total += chunk.size();
        return total;
    }

    // Where each row starts, and where the last one ends.
    void copy_offsets(int64_t *offsets) const {
        int64_t stop = 0;
        *offsets++ = stop;
        for (const size_t size : sizes_) *offsets++ = stop += static_cast<int64_t>(size);
    }

    // Gives the memory of each chunk back as soon as it is copied.
    void move_values(T *values) {
        for (std::vector<T> &chunk : values_) {
            values = std::copy(chunk.begin(), chunk.end(), values);
            std::vector<T>().swap(chunk);
        }
    }

  private:
    Chunks chunks_;
    std::vector<std::vector<T>> values_;
    std::vector<size_t> sizes_;
};

// Throws std::invalid_argument if the text is not valid UTF-8, or its folded form too long.
inline void fold_row(TextFolder &folder, const std::vector<TextView> &texts, size_t row) {
    naming(row, [&] { folder.fold(texts[row]); });
}

// Calls `visit(chunk, row, folded text)` for every text of a batch, on several threads; `make_visit` gives each its
// own. Throws std::invalid_argument with the first row that is not valid UTF-8 or folds to too much.
template <typename MakeVisit>
void for_each_folded(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes,
                     const Chunks &chunks, size_t threads, MakeVisit make_visit) {
    for_each_chunk(chunks, threads, [&] {
        return [&, folder = TextFolder(table, lanes), visit = make_visit()](size_t chunk) mutable {
            for (size_t row = chunks.begin(chunk); row < chunks.end(chunk); ++row) {
                prefetch_after(texts, row);
                fold_row(folder, texts, row);
                visit(chunk, row, folder);
            }
        };
    });
}

}  // namespace neardup
