// What two texts are to each other, from the evidence, as neardup/relations.py says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "comparer.hpp"

namespace neardup {

// The numbers are those of the results.
enum class Relation : uint8_t { none, identical, near, contained, contains, revision, templated, overlap };
constexpr size_t relations = 8;

// Of 1 to 21, written out so that all platforms agree in the last bit.
constexpr double logarithms[] = {
    0.0,
    0.6931471805599453,
    1.0986122886681098,
    1.3862943611198906,
    1.6094379124341003,
    1.791759469228055,
    1.9459101490553132,
    2.0794415416798357,
    2.1972245773362196,
    2.302585092994046,
    2.3978952727983707,
    2.4849066497880004,
    2.5649493574615367,
    2.6390573296152584,
    2.70805020110221,
    2.772588722239781,
    2.833213344056216,
    2.8903717578961645,
    2.9444389791664403,
    2.995732273553991,
    3.044522437723423,
};

struct RelationLimits {
    double threshold, min_containment;
    double foreign_weight, marks_weight, replaced_weight;
    double title_recurs_weight, title_absent_weight, title_negated_weight;
    double min_score;
    double min_revision, min_revision_score;

    static constexpr size_t count = 11;

    // Whether two texts share so much that they are a template or an overlap if they are nothing else.
    bool is_alike(double jaccard, double contained) const {
        return jaccard >= threshold || contained >= min_containment;
    }

    // What the sets alone make of two texts if they are copies.
    Relation alike(double jaccard, double containment, double containment_of_other) const {
        if (jaccard >= threshold) return Relation::near;
        if (containment > containment_of_other && containment >= min_containment) return Relation::contained;
        const bool contains = containment_of_other > containment && containment_of_other >= min_containment;
        return contains ? Relation::contains : Relation::none;
    }

    // The least containment, of one text or the other, that leaves a relation possible; `asks_all`: a revision too.
    double least(bool asks_all) const {
        const double least_alike = std::min(threshold, min_containment);
        return asks_all ? std::min(least_alike, min_revision) : least_alike;
    }

    // Whether the sets alone leave one possible.
    bool is_plausible(const Overlap &overlap, bool asks_all) const {
        const double contained = std::max(overlap.containment(), overlap.containment_of_other());
        return is_alike(overlap.jaccard(), contained) ||
               (asks_all && std::max(overlap.jaccard(), contained) >= min_revision);
    }

    Relation conclude(const Evidence &found) const {
        const Relation same = alike(found.jaccard, found.containment, found.containment_of_match);
        const double of_100 = found.shorter_chars > 0 ? 100 / found.shorter_chars : 0;
        const auto most = [](double limit, double value) { return std::min(limit, value); };
        const double terms[] = {
            logarithms[static_cast<size_t>(most(max_agreed, found.agreed_numbers))] -
                logarithms[static_cast<size_t>(most(max_conflicts, found.conflicting_numbers))],
            -foreign_weight * found.foreign,
            -marks_weight * most(max_marks, found.other_marks * of_100),
            -replaced_weight * most(max_replaced, found.replaced * of_100),
            -title_recurs_weight * found.title_recurs,
            -title_absent_weight * found.title_absent,
            -title_negated_weight * found.title_negated,
        };
        double score = 0;
        for (const double term : terms) score += term;
        if (same != Relation::none && score >= min_score) return same;
        const double likeness = std::max({found.jaccard, found.containment, found.containment_of_match});
        if (likeness >= min_revision && score >= min_revision_score) return Relation::revision;
        if (!is_alike(found.jaccard, std::max(found.containment, found.containment_of_match))) return Relation::none;
        const auto worst = std::min_element(std::begin(terms), std::end(terms)) - std::begin(terms);
        return worst == other_text ? Relation::overlap : Relation::templated;
    }

  private:
    static constexpr double max_agreed = 5, max_conflicts = 20, max_marks = 2, max_replaced = 3;
    static constexpr ptrdiff_t other_text = 1;  // among the terms
};

}  // namespace neardup
