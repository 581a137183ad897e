// Candidates: the survivors before a text that share keys with it, the likeliest first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interrupts.hpp"
#include "keys.hpp"
#include "lanes.hpp"
#include "texts.hpp"

namespace neardup {

// The low bytes of the signatures of a batch: of text i, `num_perm` of them from values[i * num_perm] on.
struct LowBytes {
    size_t texts, num_perm;
    const uint8_t *values;

    // The share of equal bytes: the Jaccard similarity by the signatures, and at most one 256th more.
    double estimate(const SimdKernels &lanes, size_t one, size_t other) const {
        const size_t equal = lanes.equal_bytes(values + one * num_perm, values + other * num_perm, num_perm);
        return static_cast<double>(equal) / static_cast<double>(num_perm);
    }

    // Asks for those of a text from memory before they are needed.
    void prefetch(size_t text) const {
        for (size_t i = 0; i < num_perm; i += 64) neardup::prefetch(values + text * num_perm + i);
    }

    // Five standard errors: once in more than a million times an estimate is lower than the similarity by more.
    double estimate_error() const { return 2.5 / std::sqrt(static_cast<double>(num_perm)); }
};

// Something of each kind of keys.
template <typename T>
struct PerKind {
    T digests, bands, anchors;
};

struct Candidate {
    uint32_t text, place;  // place: in the order
    bool has_digest;
    double estimate;

    bool operator<(const Candidate &other) const {
        if (has_digest != other.has_digest) return has_digest;
        return estimate != other.estimate ? estimate > other.estimate : place < other.place;
    }
};

// Finds the candidates of one text after another.
class CandidateFinder {
  public:
    // `places`: of each text its place in the order. `anchor_counts`: how many anchors each has, those of its own
    // included. `groups`: of each text a number; those of equal ones are no candidates of each other; or null.
    // `min_anchor_share`: the part of the anchors of the text with fewer that candidates share.
    CandidateFinder(const LowBytes &low, const PerKind<SharedKeys> &keys, const uint32_t *places,
                    const int64_t *anchor_counts, const int64_t *groups, const SimdKernels &lanes,
                    double min_anchor_share, size_t max_candidates)
        : low_(low), keys_(keys), places_(places), anchor_counts_(anchor_counts), groups_(groups), lanes_(lanes),
          min_anchor_share_(min_anchor_share), max_candidates_(max_candidates), found_(low.texts) {}

    // Finds those in the lists of the keys of a text that stand before it in the order: the best first, no more than
    // `max_candidates`. Valid until the next call.
    template <typename Lists>
    const std::vector<Candidate> &find(size_t text, const PerKind<Lists> &lists) {
        touched_.clear();
        candidates_.clear();
        left_out_ = 0;
        visit(text, keys_.digests, lists.digests, [](Found &found) { found.has_digest = true; });
        visit(text, keys_.bands, lists.bands, [](Found &found) { found.has_band = true; });
        visit(text, keys_.anchors, lists.anchors, [](Found &found) { ++found.anchors; });
        Interrupts::count(64 * touched_.size());
        for (const uint32_t other : touched_) take(text, other);
        for (Candidate &candidate : candidates_)
            candidate.estimate = std::max(candidate.estimate, low_.estimate(lanes_, text, candidate.text));
        if (candidates_.size() > max_candidates_) {
            left_out_ = candidates_.size() - max_candidates_;
            std::nth_element(candidates_.begin(), candidates_.begin() + max_candidates_, candidates_.end());
            candidates_.resize(max_candidates_);
        }
        std::sort(candidates_.begin(), candidates_.end());
        return candidates_;
    }

    // How many more than `max_candidates` there were the last time.
    size_t left_out() const { return left_out_; }

  private:
    // What keys of the text in hand were found in the lists with another one.
    struct Found {
        uint32_t anchors = 0;
        bool has_band = false, has_digest = false;

        bool is_empty() const { return anchors == 0 && !has_band && !has_digest; }
    };

    template <typename Lists, typename Note>
    void visit(size_t text, const SharedKeys &keys, const Lists &lists, Note note) {
        for (const uint32_t *key = keys.begin(text); key != keys.end(text); ++key) {
            for (auto other = lists.begin(*key); other != lists.end(*key); ++other) {
                if (places_[*other] >= places_[text]) break;  // lists are in order
                Found &found = found_[*other];
                if (found.is_empty()) touched_.push_back(*other);
                note(found);
            }
        }
    }

    void take(size_t text, uint32_t other) {
        const Found found = found_[other];
        found_[other] = {};
        if (groups_ && groups_[text] == groups_[other]) return;
        const int64_t fewer = std::min(anchor_counts_[text], anchor_counts_[other]);
        const double shared = fewer == 0 ? 0 : static_cast<double>(found.anchors) / static_cast<double>(fewer);
        if (!found.has_digest && !found.has_band && (found.anchors == 0 || shared < min_anchor_share_)) return;
        low_.prefetch(other);
        candidates_.push_back({other, places_[other], found.has_digest, shared});
    }

    const LowBytes low_;
    const PerKind<SharedKeys> keys_;
    const uint32_t *places_;
    const int64_t *anchor_counts_, *groups_;
    const SimdKernels &lanes_;
    double min_anchor_share_;
    size_t max_candidates_, left_out_ = 0;
    std::vector<Found> found_;  // of every text; empty between calls
    std::vector<uint32_t> touched_;
    std::vector<Candidate> candidates_;
};

}  // namespace neardup
