// One text of a batch compared with others: shared shingles, how the differences fall, numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "numbers.hpp"
#include "pair_align.hpp"
#include "sets.hpp"

namespace neardup {

// What was measured on two texts. The shorter one is that with fewer folded codes, of equals the text in hand.
struct Evidence {
    double jaccard = 0, containment = 0, containment_of_match = 0;
    double aligned = 0;        // the part of the shorter that stands in the longer, in order
    double substitutions = 0;  // places inside that where both have something else
    double replaced = 0;       // the part of the shorter before and behind it that the longer has something else for
    double numbers = 0;        // different numbers of the shorter
    double number_share = 0;   // the part of them that the longer has; 1 of none
    double aligned_chars = 0;
    double longer_chars = 0;    // codes of the longer
    double replaced_chars = 0;  // codes, of the text that has fewer, where both have something else, anywhere
    double other_numerals = 0;  // substitutions where both have a Chinese numeral and nothing else

    static constexpr size_t measures = 12;

    void write(double *row) const {
        for (const double value : {jaccard, containment, containment_of_match, aligned, substitutions, replaced, numbers,
                                   number_share, aligned_chars, longer_chars, replaced_chars, other_numerals})
            *row++ = value;
    }

    static Evidence of_identical() { return {1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0}; }
};

// What it marked of other texts is kept for the next, as long as there is room.
class Comparer {
  public:
    // `room`: how many words of marks are kept.
    Comparer(ShingleReader reader, const SimdKernels &lanes, size_t texts, size_t room)
        : reader_(std::move(reader)), aligner_(lanes), numbers_(lanes), room_(room), marks_(texts),
          set_sizes_(texts, 0) {}

    void start(size_t text) {
        own_.assign(reader_.read(text));
        set_sizes_[text] = static_cast<uint32_t>(own_.different().size());
        const Codes codes = reader_.codes();
        own_codes_.assign(codes.data, codes.data + codes.size);
        own_codes_.resize(codes.size + overrun);
        own_text_ = text;
        has_numbers_ = false;
    }

    // How many codes the text has.
    size_t own_size() const { return own_codes_.size() - overrun; }
    size_t ngram() const { return reader_.ngram(); }

    // Whether another one may have a part of the text, in a fraction of the time of `overlap`.
    bool may_have(size_t other, double part) {
        Interrupts::count(64 + own_.different().size() / 4);
        return marks(other).may_have(own_.different(), part);
    }

    // Asks for a text from memory before it is needed.
    void prefetch(size_t text) const {
        if (marks_[text].is_empty()) neardup::prefetch(reader_.view(text), 64);
    }

    Overlap overlap(size_t other) {
        const std::vector<uint64_t> &hashes = reader_.read(other);
        uint32_t &size = set_sizes_[other];
        if (size == 0) size = static_cast<uint32_t>(other_.count_different(hashes));
        return {own_.count_among(hashes), own_.different().size(), size};
    }

    // All that is measured on the text and the one whose overlap was asked for last.
    Evidence evidence(size_t other, const Overlap &overlap) {
        const Codes own{own_codes_.data(), own_size()}, their = reader_.codes();
        const bool own_is_shorter = own.size <= their.size;
        const Codes &shorter = own_is_shorter ? own : their, &longer = own_is_shorter ? their : own;
        const ShinglePair shingles{own_, reader_.read(other)};
        const bool has_shingles = own_is_shorter && reader_.ngram() <= PairAligner::seed_chars;
        const std::vector<Piece> &pieces = aligner_.align(shorter, longer, has_shingles ? &shingles : nullptr);
        const Differences found = PairAligner::differences(pieces, shorter, longer);
        if (!has_numbers_) own_numbers_ = numbers_.read_different(reader_.view(own_text_));
        has_numbers_ = true;
        const std::vector<uint64_t> &theirs = numbers_.read_different(reader_.view(other));
        const std::vector<uint64_t> &said = own_is_shorter ? own_numbers_ : theirs;
        const std::vector<uint64_t> &heard = own_is_shorter ? theirs : own_numbers_;
        size_t common = 0;
        for (const uint64_t number : said) common += std::binary_search(heard.begin(), heard.end(), number);
        const auto part = [](size_t of, size_t all) { return static_cast<double>(of) / static_cast<double>(all); };
        return {overlap.jaccard(),
                overlap.containment(),
                overlap.containment_of_other(),
                part(found.aligned, shorter.size),
                static_cast<double>(found.substitutions),
                part(found.replaced, shorter.size),
                static_cast<double>(said.size()),
                said.empty() ? 1 : part(common, said.size()),
                static_cast<double>(found.aligned),
                static_cast<double>(longer.size),
                static_cast<double>(found.replaced_anywhere),
                static_cast<double>(found.numerals)};
    }

    // The runs that the last evidence rests on: original in the text in hand, copy in the other.
    std::vector<Piece> pieces() const {
        std::vector<Piece> found = aligner_.chain();
        if (own_size() > reader_.codes().size)
            for (Piece &piece : found) std::swap(piece.original, piece.copy);
        return found;
    }

  private:
    const Bitmap &marks(size_t text) {
        Bitmap &found = marks_[text];
        if (!found.is_empty()) return found;
        Bitmap made;
        made.assign(reader_.read(text));
        if (kept_ + made.words() > room_) forget();
        kept_ += made.words();
        marked_.push_back(text);
        return found = std::move(made);
    }

    void forget() {
        for (const size_t text : marked_) marks_[text].clear();
        marked_.clear();
        kept_ = 0;
    }

    ShingleReader reader_;
    PairAligner aligner_;
    NumberReader numbers_;
    size_t room_, kept_ = 0, own_text_ = 0;
    std::vector<Bitmap> marks_;
    std::vector<size_t> marked_;
    std::vector<uint32_t> set_sizes_;  // of texts that were seen
    HashSequence own_;
    FirstPlaces other_;
    std::vector<uint64_t> own_numbers_;
    std::vector<uint32_t> own_codes_;
    bool has_numbers_ = false;
};

}  // namespace neardup
