// One text of a batch compared with others: shared shingles, and where the texts differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "differences.hpp"
#include "pair_align.hpp"
#include "readings.hpp"
#include "sets.hpp"

namespace neardup {

// What was measured on two texts. The shorter one is that with fewer folded codes, of equals the one whose codes come first.
struct Evidence {
    double jaccard = 0, containment = 0, containment_of_match = 0;
    double aligned = 0;  // the part of the shorter that stands in the longer, in order
    double agreed_numbers = 0, conflicting_numbers = 0;
    double foreign = 0;
    double other_marks = 0, replaced = 0;
    double title_recurs = 0, title_absent = 0, title_negated = 0;
    double shorter_chars = 0, longer_chars = 0;  // codes

    static constexpr size_t measures = 14;

    void write(double *row) const {
        for (const double value :
             {jaccard, containment, containment_of_match, aligned, agreed_numbers, conflicting_numbers, foreign, other_marks,
              replaced, title_recurs, title_absent, title_negated, shorter_chars, longer_chars})
            *row++ = value;
    }

    static Evidence of_identical() { return {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; }
};

// What it marked of other texts is kept for the next, as long as there is room.
class Comparer {
  public:
    // `titles`: of each text, or null; an empty one is not known. `room`: how many words of marks are kept.
    Comparer(const std::vector<TextView> &texts, const FoldingTable &table, const SimdKernels &lanes, size_t ngram, size_t room,
             const std::vector<TextView> *titles = nullptr)
        : own_shingles_(texts, table, lanes, ngram), other_shingles_(texts, table, lanes, ngram), aligner_(lanes),
          title_folder_(table, lanes), titles_(titles), room_(room), marks_(texts.size()) {}

    void start(size_t text) {
        own_.assign(own_shingles_.read(text));
        own_text_ = text;
        is_read_ = false;
    }

    // How many codes the text has.
    size_t own_size() const { return own_shingles_.folder().size(); }
    size_t ngram() const { return own_shingles_.ngram(); }

    // Whether another one may have a part of the text, in a fraction of the time of `overlap`.
    bool may_have(size_t other, double part) {
        Interrupts::count(64 + own_.different().size() / 4);
        return marks(other).may_have(own_.different(), part);
    }

    // Whether another one may have a part of the text, or the text that part of it.
    bool may_be_alike(size_t other, double part) {
        // What is exactly that part must not be lost to rounding.
        constexpr double rounding = 1 - 1e-12;
        return may_have(other, rounding * part *
                                   std::min(1.0, static_cast<double>(marks(other).least()) /
                                                     static_cast<double>(own_.different().size())));
    }

    // Asks for a text from memory before it is needed.
    void prefetch(size_t text) const {
        if (marks_[text].is_empty()) neardup::prefetch(own_shingles_.view(text), 64);
    }

    Overlap overlap(size_t other) { return own_.compare(other_shingles_.read(other)); }

    // All that is measured on the text and the one whose overlap was asked for last.
    Evidence evidence(size_t other, const Overlap &overlap) {
        if (!is_read_) read(own_text_, own_shingles_, own_reading_);
        is_read_ = true;
        read(other, other_shingles_, other_reading_);
        const Codes own = own_reading_.codes(), their = other_reading_.codes();
        own_is_shorter_ = comes_first(own, their);
        const TextReading &shorter = own_is_shorter_ ? own_reading_ : other_reading_;
        const TextReading &longer = own_is_shorter_ ? other_reading_ : own_reading_;
        const std::vector<uint32_t> &places = own_is_shorter_ ? own_.places_of_other() : own_.places_in_other();
        const std::vector<Piece> &pieces = aligner_.align(shorter.codes(), longer.codes(), places, ngram());
        const Differences found = differences_.read(shorter, longer, pieces);
        const auto as_double = [](size_t value) { return static_cast<double>(value); };
        return {overlap.jaccard(),
                overlap.containment(),
                overlap.containment_of_other(),
                as_double(found.aligned) / as_double(shorter.codes().size),
                as_double(found.agreed_numbers),
                as_double(found.conflicting_numbers),
                found.foreign,
                as_double(found.other_marks),
                as_double(found.replaced),
                found.title_recurs,
                found.title_absent,
                as_double(found.title_negated),
                as_double(shorter.codes().size),
                as_double(longer.codes().size)};
    }

    // The runs that the last evidence rests on: original in the text in hand, copy in the other.
    std::vector<Piece> pieces() const {
        std::vector<Piece> found = aligner_.chain();
        if (!own_is_shorter_)
            for (Piece &piece : found) std::swap(piece.original, piece.copy);
        return found;
    }

  private:
    const Bitmap &marks(size_t text) {
        Bitmap &found = marks_[text];
        if (!found.is_empty()) return found;
        Bitmap made;
        made.assign(other_shingles_.read(text));
        if (kept_ + made.words() > room_) forget();
        kept_ += made.words();
        marked_.push_back(text);
        return found = std::move(made);
    }

    void read(size_t text, const ShingleReader &shingles, TextReading &reading) {
        Codes title{nullptr, 0};
        if (titles_) {
            naming(text, [&] { title_folder_.fold((*titles_)[text]); });
            title = {title_folder_.codes(), title_folder_.size()};
        }
        reading.read(shingles.folder(), shingles.view(text), title);
    }

    // Whether one text is the shorter of two, or as long and first in the order of codes.
    static bool comes_first(const Codes &one, const Codes &other) {
        if (one.size != other.size) return one.size < other.size;
        return !std::lexicographical_compare(other.data, other.data + other.size, one.data, one.data + one.size);
    }

    void forget() {
        for (const size_t text : marked_) marks_[text].clear();
        marked_.clear();
        kept_ = 0;
    }

    ShingleReader own_shingles_, other_shingles_;
    PairAligner aligner_;
    TextFolder title_folder_;
    const std::vector<TextView> *titles_;
    DifferenceReader differences_;
    TextReading own_reading_, other_reading_;
    bool is_read_ = false, own_is_shorter_ = true;
    size_t room_, kept_ = 0, own_text_ = 0;
    std::vector<Bitmap> marks_;
    std::vector<size_t> marked_;
    HashSequence own_;
};

}  // namespace neardup
