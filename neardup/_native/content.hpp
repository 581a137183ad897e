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

class Content {
  public:
    explicit Content(const SimdKernels &lanes) : numbers_(lanes) {}

    // Words that are equal if two texts say the same, and else are not; valid until the next call. `view` is the text
    // that was folded.
    const std::vector<uint32_t> &read(const TextFolder &text, const TextView &view) {
        words_.assign(text.codes(), text.codes() + text.size());
        numbers_.read(view);
        words_.insert(words_.end(), numbers_.written().begin(), numbers_.written().end());
        words_.push_back(static_cast<uint32_t>(text.size()));
        return words_;
    }

  private:
    NumberReader numbers_;
    std::vector<uint32_t> words_;
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
            return [&, content = Content(lanes_)](size_t, size_t row, const TextFolder &text) mutable {
                const std::vector<uint32_t> &words = content.read(text, texts_[row]);
                all[row] = {polynomial_hash(words.data(), words.size()), row};
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
            return [&, folder = TextFolder(table_, lanes_), content = Content(lanes_), read = SIZE_MAX,
                    words = std::vector<uint32_t>()](size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
                    const TextView &one = texts_[texts[head[i]].second], &other = texts_[texts[i].second];
                    if (head[i] == i || is_written_alike(one, other)) continue;
                    if (read != head[i]) {
                        folder.fold(one);
                        words = content.read(folder, one);
                        read = head[i];
                    }
                    folder.fold(other);
                    is_same[i] = words == content.read(folder, other);
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

    static bool is_written_alike(const TextView &one, const TextView &other) {
        return one.encoding == other.encoding && one.size == other.size &&
               (one.size == 0 || std::memcmp(one.data, other.data, size_in_bytes(one)) == 0);
    }

    const std::vector<TextView> &texts_;
    const FoldingTable &table_;
    const SimdKernels &lanes_;
    size_t threads_;
};

}  // namespace neardup
