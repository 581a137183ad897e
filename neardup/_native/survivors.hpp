// The survivor rule: texts in a total order, each compared with the survivors before it that share keys with it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "keys.hpp"
#include "relations.hpp"
#include "windows.hpp"

namespace neardup {

// The signatures of a batch: of text i, `num_perm` values from values[i * num_perm] on.
struct Signatures {
    size_t texts, num_perm;
    const uint32_t *values;

    // The Jaccard similarity by the signatures: the share of equal values.
    double estimate(const SimdKernels &lanes, size_t one, size_t other) const {
        const size_t equal =
            lanes.equal_values(values + one * num_perm, values + other * num_perm, num_perm);
        return static_cast<double>(equal) / static_cast<double>(num_perm);
    }

    // Asks for a signature from memory before it is needed.
    void prefetch(size_t text) const {
        const uint32_t *signature = values + text * num_perm;
        for (size_t i = 0; i < num_perm; i += 16) neardup::prefetch(signature + i);
    }

    // Five standard errors: once in more than a million times an estimate is lower than the similarity by more.
    double estimate_error() const { return 2.5 / std::sqrt(static_cast<double>(num_perm)); }
};

// What is said of a text: the survivor it was compared with, and what the two are to each other.
struct Verdict {
    int64_t match = -1;
    Relation relation = Relation::none;
    Evidence evidence;
};

struct SurvivorLimits {
    double min_anchor_share;       // the part of the anchors of the smaller text that a candidate shares
    RelationLimits relation;
    const bool *drops;       // of each relation whether it makes a duplicate
    size_t max_bucket_size;         // survivors that a key remembers
    size_t max_candidates;     // candidates that are compared
};

// What the limits left out.
struct Cuts {
    int64_t listed = 0;      // times that a key remembered max_bucket_size survivors already
    int64_t texts = 0;       // texts with more than max_candidates candidates
    int64_t candidates = 0;  // those candidates
};

class SurvivorRule {
  public:
    // `classes`: of each text the number of its class of identical ones, or -1 if there is none like it.
    // `distinct`: how long each text is, folded, without what it prints again. `anchor_counts`: how many anchors it
    // has, those of its own included.
    SurvivorRule(const Signatures &signatures, const SharedKeys &bands, const SharedKeys &anchors,
                 const int64_t *anchor_counts, const int64_t *classes, size_t class_count, const int64_t *distinct,
                 const SimdKernels &lanes, Comparer comparer, const SurvivorLimits &limits)
        : signatures_(signatures), band_keys_(bands), anchor_keys_(anchors), lanes_(lanes),
          anchor_counts_(anchor_counts), classes_(classes), distinct_(distinct), comparer_(std::move(comparer)),
          limits_(limits), by_class_(class_count), by_band_(bands, signatures.texts, limits.max_bucket_size),
          by_anchor_(anchors, signatures.texts, limits.max_bucket_size), found_(signatures.texts) {}

    // Asks for a text from memory that will be decided next.
    void prefetch(size_t text) const { comparer_.prefetch(text); }

    // Decides the next text of the order. A text that is not judged is compared with identical ones only.
    Verdict decide(size_t text, bool is_judged) {
        is_started_ = false;
        gather(text, is_judged);
        Verdict kept;
        for (size_t i = 0; i < candidates_.size(); ++i) {
            if (i + 1 < candidates_.size()) comparer_.prefetch(candidates_[i + 1].text);
            const Verdict verdict = compare(text, candidates_[i]);
            if (is_duplicate(verdict.relation)) return verdict;
            if (kept.relation == Relation::none && verdict.relation != Relation::none) kept = verdict;
        }
        remember(text, is_judged);
        return kept;
    }

    const Cuts &cuts() const { return cuts_; }

  private:
    struct Candidate {
        uint32_t text, place;  // place: among the survivors, in their order
        bool is_identical;
        double estimate;
    };

    // What keys of the text in hand were found in a survivor's lists.
    struct Found {
        uint32_t place = 0;
        uint32_t anchors = 0;
        bool has_band = false, is_identical = false;
    };

    bool is_duplicate(Relation relation) const { return limits_.drops[static_cast<size_t>(relation)]; }

    Found &found(uint32_t text) {
        Found &entry = found_[text];
        if (!entry.has_band && !entry.is_identical && entry.anchors == 0) touched_.push_back(text);
        return entry;
    }

    // The candidates, the best first, no more than may be verified.
    void gather(size_t text, bool is_judged) {
        touched_.clear();
        candidates_.clear();
        if (classes_[text] >= 0)
            for (const uint32_t other : by_class_[classes_[text]]) found(other).is_identical = true;
        if (is_judged) {
            for (const uint32_t *key = band_keys_.begin(text); key != band_keys_.end(text); ++key)
                for (auto other = by_band_.begin(*key); other != by_band_.end(*key); ++other)
                    found(*other).has_band = true;
            for (const uint32_t *key = anchor_keys_.begin(text); key != anchor_keys_.end(text); ++key)
                for (auto other = by_anchor_.begin(*key); other != by_anchor_.end(*key); ++other)
                    ++found(*other).anchors;
        }
        Interrupts::count(64 * touched_.size());
        const int64_t own = anchor_counts_[text];
        for (const uint32_t other : touched_) {
            Found &entry = found_[other];
            const int64_t fewer = std::min(own, anchor_counts_[other]);
            const double shared = fewer == 0 ? 0 : static_cast<double>(entry.anchors) / static_cast<double>(fewer);
            if (entry.is_identical || entry.has_band || (entry.anchors > 0 && shared >= limits_.min_anchor_share)) {
                signatures_.prefetch(other);
                candidates_.push_back({other, entry.place, entry.is_identical, shared});
            }
            entry.anchors = 0;
            entry.has_band = entry.is_identical = false;
        }
        for (Candidate &candidate : candidates_)
            candidate.estimate = std::max(candidate.estimate, signatures_.estimate(lanes_, text, candidate.text));
        const auto is_better = [](const Candidate &a, const Candidate &b) {
            if (a.is_identical != b.is_identical) return a.is_identical;
            return a.estimate != b.estimate ? a.estimate > b.estimate : a.place < b.place;
        };
        if (candidates_.size() > limits_.max_candidates) {
            ++cuts_.texts;
            cuts_.candidates += static_cast<int64_t>(candidates_.size() - limits_.max_candidates);
            std::nth_element(candidates_.begin(), candidates_.begin() + limits_.max_candidates, candidates_.end(),
                             is_better);
            candidates_.resize(limits_.max_candidates);
        }
        std::sort(candidates_.begin(), candidates_.end(), is_better);
    }

    Verdict compare(size_t text, const Candidate &candidate) {
        const auto match = static_cast<int64_t>(candidate.text);
        if (candidate.is_identical) return {match, Relation::identical, Evidence::of_identical()};
        if (!is_started_) comparer_.start(text);
        is_started_ = true;
        const bool is_longer = distinct_[text] > distinct_[candidate.text];
        // No measure of likeness is above what the candidate has of the text; a longer one may contain it nevertheless.
        const double least = std::min(limits_.relation.threshold, limits_.relation.min_containment);
        if (!is_longer && !comparer_.may_have(candidate.text, least)) return {};
        const Overlap overlap = comparer_.overlap(candidate.text);
        if (!limits_.relation.is_plausible(overlap, is_longer)) return {};
        const Evidence evidence = comparer_.evidence(candidate.text, overlap);
        return {match, limits_.relation.conclude(evidence), evidence};
    }

    // The text survives: its keys remember it.
    void remember(size_t text, bool is_judged) {
        const auto survivor = static_cast<uint32_t>(text);
        found_[text].place = survivors_++;
        if (classes_[text] >= 0) by_class_[classes_[text]].push_back(survivor);
        if (!is_judged) return;
        for (const uint32_t *key = band_keys_.begin(text); key != band_keys_.end(text); ++key)
            cuts_.listed += !by_band_.add(*key, survivor);
        for (const uint32_t *key = anchor_keys_.begin(text); key != anchor_keys_.end(text); ++key)
            cuts_.listed += !by_anchor_.add(*key, survivor);
    }

    const Signatures signatures_;
    const SharedKeys band_keys_, anchor_keys_;
    const SimdKernels &lanes_;
    const int64_t *anchor_counts_, *classes_, *distinct_;
    Comparer comparer_;
    const SurvivorLimits limits_;
    std::vector<std::vector<uint32_t>> by_class_;
    KeyLists by_band_, by_anchor_;
    std::vector<Found> found_;
    std::vector<uint32_t> touched_;
    std::vector<Candidate> candidates_;
    bool is_started_ = false;  // whether the text in hand was given to the comparer
    uint32_t survivors_ = 0;
    Cuts cuts_;
};

}  // namespace neardup
