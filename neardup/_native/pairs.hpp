// Pairs of texts that share a band and are alike enough, each compared.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "candidates.hpp"
#include "comparer.hpp"
#include "keys.hpp"
#include "parallel.hpp"

namespace neardup {

struct Pair {
    int64_t left, right;
    double jaccard;
};

class PairFinder {
  public:
    // `chosen`: the texts to pair, ascending. `room`: how many words of marks each thread may keep.
    PairFinder(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes, size_t ngram,
               const LowBytes &low, const SharedKeys &keys, const std::vector<uint32_t> &chosen,
               double threshold, size_t room)
        : texts_(texts), table_(table), lanes_(lanes), ngram_(ngram), room_(room), low_(low), keys_(keys),
          chosen_(chosen), threshold_(threshold), by_key_(keys, low.texts, low.texts) {
        for (const uint32_t text : chosen)
            for (const uint32_t *key = keys_.begin(text); key != keys_.end(text); ++key) by_key_.add(*key, text);
    }

    // Those of which the right one is among the chosen from `begin` to `end`, by right, then by left, in parts; left is
    // before right.
    std::vector<std::vector<Pair>> find(size_t begin, size_t end, size_t threads) const {
        const Chunks chunks = Chunks::of(end - begin);
        std::vector<std::vector<Pair>> found(chunks.count());
        for_each_chunk(chunks, threads, [&] {
            return [&, comparer = Comparer(texts_, table_, lanes_, ngram_, room_),
                    seen = std::vector<uint32_t>(low_.texts, UINT32_MAX),
                    candidates = std::vector<uint32_t>()](size_t chunk) mutable {
                for (size_t i = begin + chunks.begin(chunk); i < begin + chunks.end(chunk); ++i) {
                    gather(chosen_[i], seen, candidates);
                    verify(chosen_[i], candidates, comparer, found[chunk]);
                }
                found[chunk].shrink_to_fit();
            };
        });
        return found;
    }

  private:
    void gather(uint32_t text, std::vector<uint32_t> &seen, std::vector<uint32_t> &candidates) const {
        candidates.clear();
        for (const uint32_t *key = keys_.begin(text); key != keys_.end(text); ++key) {
            Interrupts::count(static_cast<size_t>(by_key_.end(*key) - by_key_.begin(*key)));
            for (auto place = by_key_.begin(*key); place != by_key_.end(*key) && *place < text; ++place) {
                const uint32_t other = *place;
                if (seen[other] == text) continue;
                seen[other] = text;
                Interrupts::count(16);
                if (low_.estimate(lanes_, text, other) + low_.estimate_error() >= threshold_)
                    candidates.push_back(other);
            }
        }
        std::sort(candidates.begin(), candidates.end());
    }

    void verify(uint32_t text, const std::vector<uint32_t> &candidates, Comparer &comparer,
                std::vector<Pair> &found) const {
        if (candidates.empty()) return;
        comparer.start(text);
        for (const uint32_t other : candidates) {
            // No similarity is more than the part of one text that is shared.
            if (!comparer.may_have(other, threshold_)) continue;
            const double jaccard = comparer.overlap(other).jaccard();
            if (jaccard >= threshold_) found.push_back({other, text, jaccard});
        }
    }

    const std::vector<TextView> &texts_;
    const FoldingTable &table_;
    const SimdKernels &lanes_;
    size_t ngram_, room_;
    const LowBytes low_;
    const SharedKeys keys_;
    const std::vector<uint32_t> &chosen_;
    double threshold_;
    KeyLists by_key_;
};

}  // namespace neardup
