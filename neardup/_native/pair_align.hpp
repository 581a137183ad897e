// Two texts aligned: the equal runs that follow each other in both.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "align.hpp"
#include "lanes.hpp"
#include "sets.hpp"
#include "sketch.hpp"
#include "slots.hpp"

namespace neardup {

class PairAligner {
  public:
    explicit PairAligner(const SimdKernels &lanes) : lanes_(lanes) {}

    // The runs of at least seed_chars codes that make the best chain: original in the first text, copy in the second.
    // `places`: where the first text has each shingle of `ngram` codes of the second one first, so that most windows need
    // not be looked up; not used where shingles are longer than windows.
    const std::vector<Piece> &align(const Codes &first, const Codes &second, const std::vector<uint32_t> &places,
                                    size_t ngram) {
        runs_.clear();
        chain_.clear();
        if (first.size < seed_chars || second.size < seed_chars) return chain_;
        shingles_ = ngram <= seed_chars ? places.data() : nullptr;
        last_shingle_ = seed_chars - std::min(ngram, seed_chars);
        is_indexed_ = false;
        find_runs(first, second);
        chain_runs();
        return chain_;
    }

    // What the last call of `align` gave.
    const std::vector<Piece> &chain() const { return chain_; }

  private:
    static constexpr size_t seed_chars = 8;
    static constexpr size_t many = size_t{1} << 14;  // windows; more slots are faster as long as they are near
    static constexpr size_t look_back = 64;  // how many runs before a run it may follow in the chain

    // Where every window of the first text stands first.
    void index(const Codes &first) {
        hash(first, hashes_);
        places_ = Slots((hashes_.size() < many ? 8 : 2) * hashes_.size());
        slots_.assign(places_.count(), 0);
        for (size_t i = 0; i < hashes_.size(); ++i) {
            uint32_t &slot = slots_[slot_of(first, hashes_[i], first, i)];
            if (slot == 0) slot = static_cast<uint32_t>(i) + 1;
        }
    }

    // The multiplier is secret: nobody can write texts in which many windows have one hash.
    void hash(const Codes &text, std::vector<uint64_t> &hashes) const {
        hashes.clear();
        const auto take = [&](const uint64_t *found, size_t size) { hashes.insert(hashes.end(), found, found + size); };
        for_each_window(text, seed_chars, lanes_, take, secret_multiplier);
    }

    // The slot of a window of `text`, or an empty one: a slot holds one more than a start in `first`.
    size_t slot_of(const Codes &first, uint64_t hash, const Codes &text, size_t start) const {
        size_t slot = places_.of(hash);
        while (slots_[slot] != 0 && !is_at(slots_[slot] - 1, first, hash, text, start)) slot = places_.after(slot);
        return slot;
    }

    bool is_at(size_t place, const Codes &first, uint64_t hash, const Codes &text, size_t start) const {
        return hashes_[place] == hash && equal(first, place, text, start);
    }

    static bool equal(const Codes &first, size_t i, const Codes &second, size_t j) {
        return std::equal(first.data + i, first.data + i + seed_chars, second.data + j);
    }

    void find_runs(const Codes &first, const Codes &second) {
        size_t j = 0;
        while (j + seed_chars <= second.size) {
            if (shingles_ && shingles_[j + last_shingle_] == FirstPlaces::none) {
                // No window that holds this shingle stands in the first text.
                Interrupts::at(j);
                j += last_shingle_ + 1;
                continue;
            }
            size_t i = 0;
            if (continues(first, second, j, i) || find_first(first, second, j, i)) {
                const size_t stop = add_run(first, second, i, j);
                Interrupts::count(stop - j);
                j = stop;
            } else {
                Interrupts::at(j++);
            }
        }
    }

    // Whether the window at `j` stands in the first text; sets `i` to where it does first.
    bool find_first(const Codes &first, const Codes &second, size_t j, size_t &i) {
        if (shingles_) {
            // It cannot stand before the first place of the shingle it begins with.
            if (shingles_[j] == FirstPlaces::none) return false;
            i = shingles_[j];
            if (i + seed_chars <= first.size && equal(first, i, second, j)) return true;
        }
        if (!is_indexed_) {
            index(first);
            hash(second, other_);
            is_indexed_ = true;
        }
        const uint32_t slot = slots_[slot_of(first, other_[j], second, j)];
        i = slot - 1;
        return slot != 0;
    }

    // Whether the window at `j` stands on the diagonal of the run before; sets `i`.
    bool continues(const Codes &first, const Codes &second, size_t j, size_t &i) const {
        if (runs_.empty()) return false;
        const int64_t on = static_cast<int64_t>(j) + runs_.back().original - runs_.back().copy;
        if (on < 0 || on + static_cast<int64_t>(seed_chars) > static_cast<int64_t>(first.size)) return false;
        i = static_cast<size_t>(on);
        return equal(first, i, second, j);
    }

    // Adds the run through two windows, grown to both sides, and returns where it stops in the second text.
    size_t add_run(const Codes &first, const Codes &second, size_t i, size_t j) {
        size_t stop = j + seed_chars;
        while (stop < second.size && i + stop - j < first.size && second.data[stop] == first.data[i + stop - j]) ++stop;
        const size_t floor = runs_.empty() ? 0 : static_cast<size_t>(runs_.back().copy_stop());
        size_t start = j;
        while (start > floor && i + start > j && second.data[start - 1] == first.data[i + start - j - 1]) --start;
        runs_.push_back({static_cast<int32_t>(i + start - j), static_cast<int32_t>(start),
                         static_cast<int32_t>(stop - start)});
        return stop;
    }

    // The runs in order in both texts that match most; where two overlap in the first text, the later one gives way.
    void chain_runs() {
        std::vector<int32_t> score(runs_.size()), before(runs_.size(), -1);
        int32_t best = -1;
        for (size_t k = 0; k < runs_.size(); ++k) {
            Interrupts::count(look_back);
            score[k] = runs_[k].length;
            for (size_t l = k; l > 0 && k - l < look_back;) {
                const Piece &last = runs_[--l];
                const int32_t overlap = std::max(0, last.original_stop() - runs_[k].original);
                if (last.original >= runs_[k].original || overlap >= runs_[k].length) continue;
                if (score[l] + runs_[k].length - overlap > score[k]) {
                    score[k] = score[l] + runs_[k].length - overlap;
                    before[k] = static_cast<int32_t>(l);
                }
            }
            if (best < 0 || score[k] > score[best]) best = static_cast<int32_t>(k);
        }
        for (; best >= 0; best = before[best]) chain_.push_back(runs_[best]);
        std::reverse(chain_.begin(), chain_.end());
        for (size_t k = 1; k < chain_.size(); ++k) {
            const int32_t overlap = std::max(0, chain_[k - 1].original_stop() - chain_[k].original);
            chain_[k].original += overlap;
            chain_[k].copy += overlap;
            chain_[k].length -= overlap;
        }
    }

    const SimdKernels &lanes_;
    const uint32_t *shingles_ = nullptr;
    size_t last_shingle_ = 0;  // where in a window the last of its shingles starts
    bool is_indexed_ = false;  // whether the windows of the texts in hand are in `hashes_`, `other_` and `slots_`
    std::vector<uint64_t> hashes_, other_;
    Slots places_;
    std::vector<uint32_t> slots_;
    std::vector<Piece> runs_, chain_;
};

}  // namespace neardup
