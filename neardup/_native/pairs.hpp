// Pairs of texts that share a band and are alike enough, each compared.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "keys.hpp"
#include "parallel.hpp"
#include "sets.hpp"
#include "survivors.hpp"

namespace neardup {

struct Pair {
    int64_t left, right;
    double jaccard;
};

class PairFinder {
  public:
    // `chosen`: the texts to pair, ascending. `room`: how many hashes each thread may keep.
    PairFinder(const std::vector<TextView> &texts, const FoldingTable &table, const Lanes &lanes, size_t ngram,
               const Sketches &sketches, const std::vector<uint32_t> &chosen, double threshold, size_t room)
        : texts_(texts), table_(table), lanes_(lanes), ngram_(ngram), room_(room), sketches_(sketches),
          chosen_(chosen), threshold_(threshold),
          keys_(sketches.band_keys, sketches.texts, [&](size_t i) { return i * sketches.bands; }),
          by_key_(keys_.count()) {
        for (const uint32_t text : chosen)
            for (const uint32_t *key = keys_.begin(text); key != keys_.end(text); ++key) by_key_[*key].push_back(text);
        // An estimate is lower than the similarity by more than this once in more than a million times.
        least_equal_ = (threshold - 5 * 0.5 / std::sqrt(static_cast<double>(sketches.num_perm))) *
                       static_cast<double>(sketches.num_perm);
    }

    // By right, then by left; left is before right.
    std::vector<Pair> find(size_t threads) const {
        const Chunks chunks = Chunks::of(chosen_.size());
        std::vector<std::vector<Pair>> found(chunks.count());
        for_each_chunk(chunks, threads, [&] {
            return [&, sets = ShingleSets(texts_, table_, lanes_, ngram_, room_), own = Members(),
                    seen = std::vector<uint32_t>(sketches_.texts, UINT32_MAX),
                    candidates = std::vector<uint32_t>()](size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
                    gather(chosen_[i], seen, candidates);
                    verify(chosen_[i], candidates, sets, own, found[chunk]);
                }
            };
        });
        std::vector<Pair> all;
        for (const std::vector<Pair> &some : found) all.insert(all.end(), some.begin(), some.end());
        return all;
    }

  private:
    void gather(uint32_t text, std::vector<uint32_t> &seen, std::vector<uint32_t> &candidates) const {
        candidates.clear();
        for (const uint32_t *key = keys_.begin(text); key != keys_.end(text); ++key) {
            for (const uint32_t other : by_key_[*key]) {
                if (other >= text) break;
                if (seen[other] == text) continue;
                seen[other] = text;
                if (static_cast<double>(sketches_.equal_values(text, other)) >= least_equal_)
                    candidates.push_back(other);
            }
        }
        std::sort(candidates.begin(), candidates.end());
    }

    void verify(uint32_t text, const std::vector<uint32_t> &candidates, ShingleSets &sets, Members &own,
                std::vector<Pair> &found) const {
        if (candidates.empty()) return;
        own.assign(sets.get(text));
        for (const uint32_t other : candidates) {
            const std::vector<uint64_t> &set = sets.get(other);
            const auto jaccard = [&](size_t shared) {
                return static_cast<double>(shared) / static_cast<double>(own.size() + set.size() - shared);
            };
            if (jaccard(own.count_at_most(set)) < threshold_) continue;
            const double similarity = jaccard(own.count(set));
            if (similarity >= threshold_) found.push_back({other, text, similarity});
        }
    }

    const std::vector<TextView> &texts_;
    const FoldingTable &table_;
    const Lanes &lanes_;
    size_t ngram_, room_;
    const Sketches &sketches_;
    const std::vector<uint32_t> &chosen_;
    double threshold_, least_equal_;
    const SharedKeys keys_;
    std::vector<std::vector<uint32_t>> by_key_;
};

}  // namespace neardup
