// What a text is to its candidates: the verdict, from the texts themselves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "content_classes.hpp"
#include "relations.hpp"

namespace neardup {

// What is said of a text: the survivor it was compared with, and what the two are to each other.
struct Verdict {
    int64_t match = -1;
    Relation relation = Relation::none;
    Evidence evidence;
};

// What texts are compared by: of each its content digest; and the titles, or null.
struct Contents {
    const uint64_t *digests;
    const std::vector<TextView> *titles;
};

class Decider {
  public:
    // `drops`: of each relation whether it makes a duplicate. `room`: how many words of marks are kept.
    Decider(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes, size_t ngram,
            size_t room, const Contents &contents, const RelationLimits &limits, const bool *drops)
        : contents_(contents), limits_(limits), drops_(drops), content_(texts, table, lanes),
          comparer_(texts, table, lanes, ngram, room, contents.titles) {}

    // Asks for a text from memory before it is needed.
    void prefetch(size_t text) const { comparer_.prefetch(text); }

    bool is_duplicate(const Verdict &verdict) const { return drops_[static_cast<size_t>(verdict.relation)]; }

    // Compares a text with others in their order, up to the first that makes it a duplicate. The verdict names that one,
    // or else the first that it is anything to. Only the first is asked whether it is a revision, unless that is a duplicate
    // too. `compare_known(key, compare)` gives the verdict of `compare()`, or the same from memory.
    template <typename TextAt, typename CompareKnown>
    Verdict decide(size_t text, size_t candidates, TextAt text_at, CompareKnown &&compare_known) {
        start(text);
        Verdict kept;
        for (size_t i = 0; i < candidates; ++i) {
            if (i + 1 < candidates) comparer_.prefetch(text_at(i + 1));
            const bool asks_all = i == 0 || drops_revisions();
            const uint64_t key = 2 * uint64_t{text_at(i)} + asks_all;
            const Verdict verdict = compare_known(key, [&] { return compare(text_at(i), asks_all); });
            if (is_duplicate(verdict)) return verdict;
            if (kept.relation == Relation::none && verdict.relation != Relation::none) kept = verdict;
        }
        return kept;
    }

    template <typename TextAt>
    Verdict decide(size_t text, size_t candidates, TextAt text_at) {
        return decide(text, candidates, text_at, [](uint64_t, auto compare) { return compare(); });
    }

    // Measures a text and another one, whatever they are to each other.
    Verdict relate(size_t text, size_t other) {
        start(text);
        if (is_identical(other)) return identical(other);
        start_comparer();
        const Overlap overlap = comparer_.overlap(other);
        const Evidence evidence = comparer_.evidence(other, overlap);
        return {static_cast<int64_t>(other), is_too_short() ? Relation::none : limits_.conclude(evidence), evidence};
    }

  private:
    void start(size_t text) {
        if (text == text_) return;
        text_ = text;
        is_started_ = false;
        content_.start(text);
    }

    void start_comparer() {
        if (!is_started_) comparer_.start(text_);
        is_started_ = true;
    }

    // Of less than a shingle nothing is said but that it is identical.
    bool is_too_short() const { return comparer_.own_size() < comparer_.ngram(); }

    // Digests say which texts to compare; the texts say whether they are identical.
    bool is_identical(size_t other) {
        return contents_.digests[text_] == contents_.digests[other] && content_.is_same(other);
    }

    static Verdict identical(size_t other) {
        return {static_cast<int64_t>(other), Relation::identical, Evidence::of_identical()};
    }

    bool drops_revisions() const { return drops_[static_cast<size_t>(Relation::revision)]; }

    // `asks_all`: whether the two may be versions of one item too.
    Verdict compare(size_t other, bool asks_all) {
        if (is_identical(other)) return identical(other);
        start_comparer();
        if (is_too_short()) return {};
        if (!comparer_.may_be_alike(other, limits_.least(asks_all))) return {};
        const Overlap overlap = comparer_.overlap(other);
        if (!limits_.is_plausible(overlap, asks_all)) return {};
        const Evidence evidence = comparer_.evidence(other, overlap);
        const Relation relation = limits_.conclude(evidence);
        return relation == Relation::none ? Verdict{} : Verdict{static_cast<int64_t>(other), relation, evidence};
    }

    const Contents contents_;
    const RelationLimits limits_;
    const bool *drops_;
    SameContent content_;
    Comparer comparer_;
    size_t text_ = SIZE_MAX;
    bool is_started_ = false;  // whether the text in hand was given to the comparer
};

}  // namespace neardup
