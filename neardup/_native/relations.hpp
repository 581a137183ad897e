// What two texts are to each other, from the evidence: the rules of neardup/relations.py in their order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "comparer.hpp"

namespace neardup {

// The numbers are those of the results.
enum class Relation : uint8_t { none, identical, near, contained, contains, templated, overlap };
constexpr size_t relations = 7;

struct RelationLimits {
    double threshold, min_containment;
    double min_number_share;                        // fewer common numbers: a template
    double min_substitutions, min_substitutions_per_100_chars;  // so many, and so many of 100 aligned codes: a template
    double max_replaced;                            // more, and a number that differs: an overlap
    double numeral_rule_max_chars;                  // both texts have fewer codes, and another numeral: a template
    double short_chars, max_short_replaced;         // both have fewer codes, and more is replaced: a template

    // Whether the sets alone leave a relation possible; `is_longer`: the text is longer than the other.
    bool is_plausible(const Overlap &overlap, bool is_longer) const {
        return overlap.jaccard() >= threshold || overlap.containment() >= min_containment ||
               (is_longer && overlap.containment_of_other() >= min_containment);
    }

    Relation conclude(const Evidence &found) const {
        if (found.replaced > max_replaced && found.number_share < 1) return Relation::overlap;
        if (found.number_share < min_number_share) return Relation::templated;
        if (found.longer_chars < numeral_rule_max_chars && found.other_numerals > 0) return Relation::templated;
        if (found.substitutions >= min_substitutions &&
            100 * found.substitutions >= min_substitutions_per_100_chars * found.aligned_chars)
            return Relation::templated;
        if (found.longer_chars < short_chars && found.aligned_chars > 0 && found.replaced_chars > max_short_replaced)
            return Relation::templated;
        if (found.jaccard >= threshold) return Relation::near;
        if (found.containment >= min_containment) return Relation::contained;
        return Relation::contains;
    }
};

}  // namespace neardup
