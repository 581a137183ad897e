// Texts that say the same: equal folded codes and equal numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "numbers.hpp"
#include "sketch.hpp"
#include "windows.hpp"

namespace neardup {

// A hash of the folded content of a text: of the hashes of its shingles in order, and its length. Texts that say the same
// share it; nearly all others that do differ in their numbers, so it tells which texts to compare.
class ContentDigest {
  public:
    explicit ContentDigest(const SimdKernels &lanes) : lanes_(lanes) {}

    void add(const uint64_t *hashes, size_t size) {
        sum_ += lanes_.ordered_sum(hashes, size, shingles_);
        shingles_ += size;
    }

    uint64_t finish(size_t chars) {
        const uint64_t sum = std::exchange(sum_, 0);
        shingles_ = 0;
        return mix(sum * hash_multiplier + chars);
    }

  private:
    const SimdKernels &lanes_;
    uint64_t sum_ = 0, shingles_ = 0;
};

// Whether texts say the same as a text in hand.
class SameContent {
  public:
    SameContent(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes)
        : texts_(texts), folder_(table, lanes) {}

    void start(size_t text) {
        text_ = text;
        has_words_ = false;
    }

    bool is_same(size_t other) {
        if (is_written_alike(texts_[text_], texts_[other])) return true;
        if (!has_words_) read(text_, words_);
        has_words_ = true;
        read(other, other_words_);
        return words_ == other_words_;
    }

  private:
    static bool is_written_alike(const TextView &one, const TextView &other) {
        return one.encoding == other.encoding && one.size == other.size &&
               (one.size == 0 || std::memcmp(one.data, other.data, size_in_bytes(one)) == 0);
    }

    // Writes words that are equal if two texts say the same, and else are not.
    void read(size_t text, std::vector<uint32_t> &words) {
        fold_row(folder_, texts_, text);
        words.assign(folder_.codes(), folder_.codes() + folder_.size());
        NumberReader::read(folder_, texts_[text], [&](uint32_t word) { words.push_back(word); });
        words.push_back(static_cast<uint32_t>(folder_.size()));
    }

    const std::vector<TextView> &texts_;
    TextFolder folder_;
    std::vector<uint32_t> words_, other_words_;
    size_t text_ = SIZE_MAX;
    bool has_words_ = false;
};

// Writes of each text the position of the first that says the same, itself for most. Hashes say only which texts to
// compare. Throws as for_each_folded does.
class ContentClasses {
  public:
    ContentClasses(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes,
                   size_t threads)
        : texts_(texts), table_(table), lanes_(lanes), threads_(threads) {}

    void find(int64_t *first) const {
        std::vector<Pair> left = hashed();
        for (size_t i = 0; i < texts_.size(); ++i) first[i] = static_cast<int64_t>(i);
        // Where different texts share a hash, those that are not like the first are looked at again.
        while (!left.empty()) left = compared(left, first);
    }

  private:
    // A text and the hash of what it says.
    using Pair = std::pair<uint64_t, size_t>;

    // Those that share a hash with others, by hash, then in order.
    std::vector<Pair> hashed() const {
        std::vector<Pair> all(texts_.size());
        for_each_folded(texts_, table_, lanes_, Chunks::of(texts_.size()), threads_, [&] {
            return [&](size_t, size_t row, const TextFolder &text) {
                uint64_t content = polynomial_hash(text.codes(), text.size());
                NumberReader::read(text, texts_[row],
                                   [&](uint32_t word) { content = content * hash_multiplier + word; });
                all[row] = {content, row};
            };
        });
        std::sort(all.begin(), all.end());
        std::vector<Pair> shared;
        for (size_t i = 0; i < all.size(); ++i) {
            const bool is_shared = (i > 0 && all[i - 1].first == all[i].first) ||
                                   (i + 1 < all.size() && all[i + 1].first == all[i].first);
            if (is_shared) shared.push_back(all[i]);
        }
        return shared;
    }

    // Compares texts with the first of their hash, and gives those that say something else.
    std::vector<Pair> compared(const std::vector<Pair> &texts, int64_t *first) const {
        std::vector<size_t> head(texts.size());
        for (size_t i = 1; i < texts.size(); ++i) head[i] = texts[i].first == texts[i - 1].first ? head[i - 1] : i;
        std::vector<uint8_t> is_same(texts.size(), 1);
        const Chunks chunks = Chunks::of(texts.size());
        for_each_chunk(chunks, threads_, [&] {
            return [&, content = SameContent(texts_, table_, lanes_), started = SIZE_MAX](size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
                    if (head[i] == i) continue;
                    if (started != head[i]) content.start(texts[head[i]].second);
                    started = head[i];
                    is_same[i] = content.is_same(texts[i].second);
                }
            };
        });
        std::vector<Pair> others;
        for (size_t i = 0; i < texts.size(); ++i) {
            if (is_same[i]) {
                first[texts[i].second] = static_cast<int64_t>(texts[head[i]].second);
            } else {
                others.push_back(texts[i]);
            }
        }
        return others;
    }

    const std::vector<TextView> &texts_;
    const FoldingTable &table_;
    const SimdKernels &lanes_;
    size_t threads_;
};

}  // namespace neardup
