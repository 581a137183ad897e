// Where two aligned texts differ, and what speaks against a copy there; as neardup/_reference/evidence.py does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "align.hpp"
#include "ascii.hpp"
#include "interrupts.hpp"
#include "readings.hpp"
#include "sketch.hpp"
#include "slots.hpp"

namespace neardup {

// What two texts have before, between or behind two aligned runs.
struct Gap {
    size_t start, stop, other_start, other_stop;
    bool is_inside;  // between
};

// What was measured on two texts beside their shingles.
struct Differences {
    size_t aligned = 0;  // codes of the shorter text in runs
    size_t agreed_numbers = 0, conflicting_numbers = 0;
    double foreign = 0;
    size_t other_marks = 0, replaced = 0;
    double title_recurs = 0, title_absent = 0;
    bool title_negated = false;
};

inline uint64_t character_pair(const uint32_t *codes) { return uint64_t{codes[0]} << 32 | codes[1]; }

// Pairs of characters, each known by the order in which it was added first.
class CharacterPairs {
  public:
    static constexpr uint32_t none = UINT32_MAX;

    // Most pairs of a text are not among those that are looked for: most kinds have none of these.
    static size_t kind(uint32_t one, uint32_t other) { return (one ^ other << 5 ^ other >> 7) % kinds; }
    bool may_have(uint32_t one, uint32_t other) const { return left_[kind(one, other)] != 0; }

    // Writes where in a text of at most `block` pairs those stand that may be among these, and returns how many there are.
    static constexpr size_t block = 512;
    size_t find_likely(const uint32_t *codes, size_t size, uint16_t *places) const {
        uint16_t kinds_of[block];
        for (size_t i = 0; i < size; ++i) kinds_of[i] = static_cast<uint16_t>(kind(codes[i], codes[i + 1]));
        size_t count = 0;
        for (size_t i = 0; i < size; ++i) {
            // Written anyway, and written over if it is not one: no branch to guess wrong.
            places[count] = static_cast<uint16_t>(i);
            count += left_[kinds_of[i]] != 0;
        }
        return count;
    }

    void reset(size_t most) {
        places_ = Slots(4 * most);
        slots_.assign(places_.count(), none);
        for (const uint64_t pair : pairs_) left_[kind(pair)] = 0;
        pairs_.clear();
    }

    uint32_t add(uint64_t pair) {
        uint32_t &slot = slots_[slot_of(pair)];
        if (slot == none) {
            slot = static_cast<uint32_t>(pairs_.size());
            pairs_.push_back(pair);
            uint8_t &left = left_[kind(pair)];
            left += left < many;
        }
        return slot;
    }

    // Says that a pair is not looked for any more.
    void settle(uint64_t pair) {
        uint8_t &left = left_[kind(pair)];
        left -= left < many;
    }

    uint32_t find(uint64_t pair) const { return slots_[slot_of(pair)]; }
    size_t size() const { return pairs_.size(); }

  private:
    static constexpr size_t kinds = 4096;
    static constexpr uint8_t many = UINT8_MAX;

    static size_t kind(uint64_t pair) { return kind(static_cast<uint32_t>(pair >> 32), static_cast<uint32_t>(pair)); }

    size_t slot_of(uint64_t pair) const {
        size_t slot = places_.of(mix(pair));
        while (slots_[slot] != none && pairs_[slots_[slot]] != pair) slot = places_.after(slot);
        return slot;
    }

    Slots places_;
    std::vector<uint32_t> slots_;
    std::vector<uint64_t> pairs_;
    std::vector<uint8_t> left_ = std::vector<uint8_t>(kinds, 0);  // of each kind, how many pairs are looked for; or `many`
};

// Which of some pairs of characters a text has.
class PairSearch {
  public:
    void clear() { wanted_.clear(); }
    void want(uint64_t pair) { wanted_.push_back(pair); }

    void search(const Codes &text) {
        if (wanted_.empty()) return;
        pairs_.reset(wanted_.size());
        places_.clear();
        for (const uint64_t pair : wanted_) places_.push_back(pairs_.add(pair));
        found_.assign(pairs_.size(), 0);
        asked_.assign(pairs_.size(), 0);
        uint16_t likely[CharacterPairs::block];
        for (size_t begin = 0; begin + 1 < text.size; begin += CharacterPairs::block) {
            const uint32_t *const codes = text.data + begin;
            const size_t size = std::min(CharacterPairs::block, text.size - 1 - begin);
            const size_t count = pairs_.find_likely(codes, size, likely);
            Interrupts::count(2 * size + 8 * count);
            for (size_t i = 0; i < count; ++i) {
                const uint64_t pair = character_pair(codes + likely[i]);
                const uint32_t place = pairs_.find(pair);
                if (place == CharacterPairs::none || found_[place] != 0) continue;
                found_[place] = 1;
                pairs_.settle(pair);
            }
        }
    }

    // Of a pair that was wanted.
    bool has(uint64_t pair) const { return found_[pairs_.find(pair)] != 0; }

    // Whether the text has not the pair that was wanted so many before, and this is the first time that a round asks so of it.
    bool is_missing_anew(size_t number, uint8_t round) {
        const uint32_t place = places_[number];
        if (found_[place] != 0 || asked_[place] == round) return false;
        asked_[place] = round;
        return true;
    }

  private:
    std::vector<uint64_t> wanted_;
    std::vector<uint32_t> places_;  // of those that were wanted, among the different ones
    CharacterPairs pairs_;
    std::vector<uint8_t> found_, asked_;
};

// Whether a folded code is a letter or a digit of ASCII.
inline bool is_latin(uint32_t code) { return is_ascii_digit(code) || code - 'a' < 26u; }

// A word of a title: one of Latin letters and digits, or two other characters.
struct Term {
    const uint32_t *codes;
    size_t size;
    uint64_t first_pair;

    Term(const uint32_t *start, size_t length) : codes(start), size(length), first_pair(character_pair(start)) {}

    bool operator<(const Term &other) const {
        if (first_pair != other.first_pair || (is_pair() && other.is_pair())) return first_pair < other.first_pair;
        return std::lexicographical_compare(codes, codes + size, other.codes, other.codes + other.size);
    }
    bool is_pair() const { return size == 2; }
    bool is_at(const uint32_t *place) const { return std::equal(codes, codes + size, place); }
    bool is_in(const Codes &text) const {
        const uint32_t *const stop = text.data + text.size;
        return std::search(text.data, stop, codes, codes + size) != stop;
    }
};

// Finds the different words of a title, in order.
inline void find_terms(const Title &title, std::vector<Term> &found) {
    const uint32_t *const codes = title.codes.data();
    for (size_t i = 0, stop; i < title.codes.size(); i = stop) {
        const bool latin = is_latin(codes[i]);
        for (stop = i + 1; stop < title.codes.size() && is_latin(codes[stop]) == latin; ++stop) {}
        if (latin && stop - i >= 2) found.emplace_back(codes + i, stop - i);
        for (size_t k = i; !latin && k + 1 < stop; ++k) found.emplace_back(codes + k, 2);
    }
    std::sort(found.begin(), found.end());
    const auto is_same = [](const Term &one, const Term &other) { return !(one < other) && !(other < one); };
    found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
}

class DifferenceReader {
  public:
    // `pieces`: the runs that are aligned, original in the shorter text.
    Differences read(const TextReading &shorter, const TextReading &longer, const std::vector<Piece> &pieces) {
        sides_[0].start(shorter);
        sides_[1].start(longer);
        find_gaps(pieces);
        Differences found;
        found.aligned = static_cast<size_t>(matched(pieces));
        found.agreed_numbers = agreed(shorter.prose(), longer.prose());
        compare_titles();
        look_up_pairs();
        found.foreign = foreign();
        for (const Gap &gap : gaps_) {
            Interrupts::count(64);
            found.conflicting_numbers += conflicts(gap);
        }
        for (const Gap &inner : inner_) {
            found.other_marks += has_other_marks(inner);
            if (is_replaced(inner)) replaced_.push_back(words_of(inner));
        }
        std::sort(replaced_.begin(), replaced_.end());
        found.replaced = static_cast<size_t>(std::unique(replaced_.begin(), replaced_.end()) - replaced_.begin());
        replaced_.clear();
        for (const Piece &piece : pieces) {
            const size_t numbers = conflicts(piece);
            found.conflicting_numbers += numbers;
            found.other_marks += numbers;
        }
        measure_titles(found);
        return found;
    }

  private:
    static constexpr size_t min_common = 2, max_mark = 3, max_marked = 8, max_negation = 4, max_replaced = 30;
    static constexpr double last_third_weight = 0.7;

    struct Side {
        const TextReading *reading = nullptr;
        Codes codes{nullptr, 0};
        std::vector<Term> terms, only;  // words of the title, and those that the other title has not

        void start(const TextReading &text) {
            reading = &text, codes = text.codes();
            terms.clear();
            only.clear();
        }
    };

    void find_gaps(const std::vector<Piece> &pieces) {
        gaps_.clear();
        size_t start = 0, other_start = 0;
        const auto add = [&](size_t stop, size_t other_stop, bool is_inside) {
            if (start < stop || other_start < other_stop)
                gaps_.push_back({start, stop, other_start, other_stop, is_inside});
        };
        for (size_t i = 0; i < pieces.size(); ++i) {
            add(static_cast<size_t>(pieces[i].original), static_cast<size_t>(pieces[i].copy), i > 0);
            start = static_cast<size_t>(pieces[i].original_stop());
            other_start = static_cast<size_t>(pieces[i].copy_stop());
        }
        add(sides_[0].codes.size, sides_[1].codes.size, false);
        inner_.clear();
        for (const Gap &gap : gaps_) inner_.push_back(inner_part(gap));
    }

    static size_t agreed(const std::vector<uint64_t> &one, const std::vector<uint64_t> &other) {
        return static_cast<size_t>(std::count_if(one.begin(), one.end(), [&](uint64_t form) {
            return std::binary_search(other.begin(), other.end(), form);
        }));
    }

    // The words that only one title has.
    void compare_titles() {
        const Title &one = sides_[0].reading->title(), &other = sides_[1].reading->title();
        if (one.codes == other.codes) return;
        for (Side &side : sides_) find_terms(side.reading->title(), side.terms);
        for (size_t i = 0; i < 2; ++i) {
            std::set_difference(sides_[i].terms.begin(), sides_[i].terms.end(), sides_[1 - i].terms.begin(),
                                sides_[1 - i].terms.end(), std::back_inserter(sides_[i].only));
        }
    }

    bool have_other_titles() const { return !sides_[0].only.empty() && !sides_[1].only.empty(); }

    // Looks up in each text the pairs of characters of the other that matter: of the shorter text all that no run holds.
    void look_up_pairs() {
        for (PairSearch &search : searches_) search.clear();
        for_each_pair_outside([&](size_t place) { searches_[0].want(character_pair(sides_[0].codes.data + place)); });
        for (const Gap &inner : inner_) {
            if (!may_be_replaced(inner)) continue;
            for (size_t i = inner.start; i + 1 < inner.stop; ++i)
                searches_[0].want(character_pair(sides_[0].codes.data + i));
            for (size_t i = inner.other_start; i + 1 < inner.other_stop; ++i)
                searches_[1].want(character_pair(sides_[1].codes.data + i));
        }
        for (size_t i = 0; i < 2 && have_other_titles(); ++i)
            for (const Term &term : sides_[i].only) searches_[i].want(term.first_pair);
        for (size_t i = 0; i < 2; ++i) searches_[i].search(sides_[1 - i].codes);
    }

    // Calls `visit(place)` where a pair of characters of the shorter text starts that has one outside of runs.
    template <typename Visit>
    void for_each_pair_outside(Visit visit) const {
        const std::vector<std::pair<size_t, size_t>> &metas = sides_[0].reading->metas();
        auto meta = metas.begin();
        size_t next = 0;
        for (const Gap &gap : gaps_) {
            if (gap.start == gap.stop) continue;
            for (size_t i = std::max(next, gap.start - (gap.start > 0)); i < gap.stop; ++i) {
                while (meta != metas.end() && meta->second <= i) ++meta;
                const bool is_in_meta = meta != metas.end() && meta->first <= i;
                if (i + 1 < sides_[0].codes.size && !is_in_meta) visit(i);
                next = i + 1;
            }
        }
    }

    // The share of pairs that the longer text has nowhere, each once, in that third of the shorter where it is highest.
    double foreign() {
        const size_t size = sides_[0].codes.size, cuts[] = {0, size / 3, 2 * size / 3, size};
        size_t missing[3] = {}, number = 0;  // those are the first that were wanted
        for_each_pair_outside([&](size_t place) {
            const size_t third = (place >= cuts[1]) + (place >= cuts[2]);
            missing[third] += searches_[0].is_missing_anew(number++, static_cast<uint8_t>(third + 1));
        });
        double most = 0;
        for (size_t third = 0; third < 3; ++third) {
            const size_t stop = std::min(cuts[third + 1], size - 1);
            if (stop <= cuts[third]) continue;
            const double share = static_cast<double>(missing[third]) / static_cast<double>(stop - cuts[third]);
            most = std::max(most, (third == 2 ? last_third_weight : 1.0) * share);
        }
        return most;
    }

    // The numbers that touch a gap and that the other text says nowhere, in the text that has fewer.
    size_t conflicts(const Gap &gap) {
        const size_t own = unknown_numbers(*sides_[0].reading, gap.start, gap.stop, *sides_[1].reading);
        if (own == 0) return 0;
        return std::min(own, unknown_numbers(*sides_[1].reading, gap.other_start, gap.other_stop, *sides_[0].reading));
    }

    // The numbers that fold alike inside of a run and that the other text says nowhere: 3.5 and 35. One at the edge of a run
    // touches a gap, unless the texts begin or end there.
    size_t conflicts(const Piece &piece) {
        const TextReading &shorter = *sides_[0].reading, &longer = *sides_[1].reading;
        const auto start = static_cast<size_t>(piece.original), stop = static_cast<size_t>(piece.original_stop());
        const auto copy = static_cast<size_t>(piece.copy), copy_stop = static_cast<size_t>(piece.copy_stop());
        const bool starts = start == 0 && copy == 0;
        const bool stops = stop == sides_[0].codes.size && copy_stop == sides_[1].codes.size;
        const auto is_inside = [&](const Number &number, size_t from, size_t to) {
            return number.start + starts > from && number.stop < to + stops;
        };
        const std::vector<Number> &numbers = shorter.numbers();
        auto number = std::lower_bound(numbers.begin(), numbers.end(), start,
                                       [](const Number &one, size_t place) { return one.start < place; });
        size_t count = 0;
        for (; number != numbers.end() && number->stop <= stop; ++number) {
            Interrupts::count(8);
            if (!is_inside(*number, start, stop) || longer.says(number->form)) continue;
            const size_t from = number->start - start + copy, to = from + (number->stop - number->start);
            count += for_each_touching(longer, from + 1, to - 1, [&](const Number &other) {
                return !shorter.says(other.form) && is_inside(other, copy, copy_stop);
            });
        }
        return count;
    }

    size_t unknown_numbers(const TextReading &text, size_t start, size_t stop, const TextReading &other) {
        unknown_.clear();
        for_each_touching(text, start, stop, [&](const Number &number) {
            if (!other.says(number.form)) unknown_.push_back(number.form);
            return false;
        });
        std::sort(unknown_.begin(), unknown_.end());
        return static_cast<size_t>(std::unique(unknown_.begin(), unknown_.end()) - unknown_.begin());
    }

    // Calls `visit(number)` with the numbers that touch a stretch of codes, until it returns true; returns whether.
    template <typename Visit>
    static bool for_each_touching(const TextReading &text, size_t start, size_t stop, Visit visit) {
        const std::vector<Number> &numbers = text.numbers();
        auto number = std::lower_bound(numbers.begin(), numbers.end(), start,
                                       [](const Number &one, size_t place) { return one.stop < place; });
        for (; number != numbers.end() && number->start <= stop; ++number) {
            Interrupts::count(8);
            if (visit(*number)) return true;
        }
        return false;
    }

    // A gap without what both texts begin and end with there. Before the first run or behind the last one it is inside if
    // both texts begin, or end, with the same few codes.
    Gap inner_part(const Gap &gap) const {
        Gap inner = trimmed(sides_[0].codes, sides_[1].codes, gap);
        const bool is_first = gap.start == 0 && gap.other_start == 0;
        const bool is_last = gap.stop == sides_[0].codes.size && gap.other_stop == sides_[1].codes.size;
        inner.is_inside |= (is_first && inner.start >= min_common) || (is_last && gap.stop - inner.stop >= min_common);
        return inner;
    }

    // A gap without what both texts begin and then end with there.
    static Gap trimmed(const Codes &one, const Codes &other, Gap gap) {
        const auto is_open = [&] { return gap.start < gap.stop && gap.other_start < gap.other_stop; };
        while (is_open() && one.data[gap.start] == other.data[gap.other_start]) ++gap.start, ++gap.other_start;
        while (is_open() && one.data[gap.stop - 1] == other.data[gap.other_stop - 1]) --gap.stop, --gap.other_stop;
        return gap;
    }

    static bool is_serial(uint32_t code) { return is_among(code, U"〇零一二三四五六七八九十百千万亿两甲乙丙丁上下前后东西南北左右男女早中晚春夏秋冬初终首末大小新旧内外正副"); }
    static bool is_negation(uint32_t code) { return is_among(code, U"不未无非没否勿禁"); }
    static bool is_among(uint32_t code, std::u32string_view codes) { return codes.find(static_cast<char32_t>(code)) != codes.npos; }

    // Whether one text has a serial mark where the other has another, or a negation that the other has not.
    bool has_other_marks(const Gap &inner) const {
        const Codes own = sides_[0].codes.between(inner.start, inner.stop);
        const Codes their = sides_[1].codes.between(inner.other_start, inner.other_stop);
        if (inner.is_inside && differ_in_negation(own, their)) return true;
        if (own.size == 0 || their.size == 0 || own.size > max_marked || their.size > max_marked) return false;
        if (is_mark(own) && is_mark(their)) {
            // Digits that are no number count the items of a list; and 3 may stand for 03.
            const auto are_digits = [](const Codes &text) { return std::all_of(text.data, text.data + text.size, is_ascii_digit); };
            return !(are_digits(own) && are_digits(their)) || are_of_other_number(inner);
        }
        return (is_serial(own.data[0]) && is_serial(their.data[0])) ||
               (is_serial(own.data[own.size - 1]) && is_serial(their.data[their.size - 1]));
    }

    static bool is_mark(const Codes &text) {
        return text.size <= max_mark && std::all_of(text.data, text.data + text.size, [](uint32_t code) {
                   return is_latin(code) || is_serial(code);
               });
    }

    bool are_of_other_number(const Gap &inner) const {
        const auto is_other = [&](size_t side, size_t start, size_t stop) {
            return for_each_touching(*sides_[side].reading, start + 1, stop - 1, [&](const Number &number) {
                return !sides_[1 - side].reading->says(number.form);
            });
        };
        return is_other(0, inner.start, inner.stop) || is_other(1, inner.other_start, inner.other_stop);
    }

    static bool differ_in_negation(const Codes &one, const Codes &other) {
        if (one.size > max_negation || other.size > max_negation) return false;
        const auto count = [](const Codes &text) { return std::count_if(text.data, text.data + text.size, is_negation); };
        return count(one) != count(other);
    }

    static bool may_be_replaced(const Gap &inner) {
        const auto are_words = [](size_t size) { return size >= 2 && size <= max_replaced; };
        return inner.is_inside && are_words(inner.stop - inner.start) && are_words(inner.other_stop - inner.other_start);
    }

    // Whether both texts have words that the other has nowhere.
    bool is_replaced(const Gap &inner) const {
        return may_be_replaced(inner) && lacks(0, inner.start, inner.stop) && lacks(1, inner.other_start, inner.other_stop);
    }

    // What stands in place of what, as one hash: the same again and again counts once.
    uint64_t words_of(const Gap &inner) const {
        const Codes one = sides_[0].codes.between(inner.start, inner.stop);
        const Codes other = sides_[1].codes.between(inner.other_start, inner.other_stop);
        return hash_words(other.data, other.size, hash_words(one.data, one.size, one.size));
    }

    bool lacks(size_t side, size_t start, size_t stop) const {
        for (size_t i = start; i + 1 < stop; ++i)
            if (!searches_[side].has(character_pair(sides_[side].codes.data + i))) return true;
        return false;
    }

    void measure_titles(Differences &found) {
        const Title &one = sides_[0].reading->title(), &other = sides_[1].reading->title();
        const Codes codes[] = {{one.codes.data(), one.codes.size()}, {other.codes.data(), other.codes.size()}};
        const Gap inner = trimmed(codes[0], codes[1], {0, codes[0].size, 0, codes[1].size, false});
        found.title_negated = differ_in_negation(codes[0].between(inner.start, inner.stop),
                                                 codes[1].between(inner.other_start, inner.other_stop));
        if (!have_other_titles()) return;
        found.title_absent = std::min(absent_share(0), absent_share(1));
        if (!one.is_heading || !other.is_heading) return;
        const size_t fewer = std::min(sides_[0].only.size(), sides_[1].only.size());
        found.title_recurs = static_cast<double>(std::min(recurring(0), recurring(1))) / static_cast<double>(fewer);
    }

    double absent_share(size_t side) const {
        const Codes &other = sides_[1 - side].codes;
        const auto absent = std::count_if(sides_[side].only.begin(), sides_[side].only.end(), [&](const Term &term) {
            if (!searches_[side].has(term.first_pair)) return true;
            return !term.is_pair() && !term.is_in(other);
        });
        return static_cast<double>(absent) / static_cast<double>(sides_[side].terms.size());
    }

    // How many words that only this title has occur behind it where they touch a gap.
    size_t recurring(size_t side) {
        const Codes &text = sides_[side].codes;
        const std::vector<Term> &only = sides_[side].only;
        firsts_.reset(only.size());
        starts_.clear();
        size_t longest = 0, left = only.size();
        for (size_t i = 0; i < only.size(); ++i) {
            if (firsts_.add(only[i].first_pair) == starts_.size()) starts_.push_back(i);  // they are in order
            longest = std::max(longest, only[i].size);
        }
        starts_.push_back(only.size());
        recurs_.assign(only.size(), 0);
        const size_t title_stop = sides_[side].reading->title().stop;
        for (const Gap &gap : gaps_) {
            const size_t start = side == 0 ? gap.start : gap.other_start, stop = side == 0 ? gap.stop : gap.other_stop;
            if (start < title_stop || left == 0) continue;
            for (size_t i = std::max(title_stop, start - std::min(start, longest)); i <= stop && i + 2 <= text.size; ++i) {
                Interrupts::count(2);
                if (!firsts_.may_have(text.data[i], text.data[i + 1])) continue;
                const uint32_t first = firsts_.find(character_pair(text.data + i));
                if (first == CharacterPairs::none) continue;
                for (size_t term = starts_[first]; term < starts_[first + 1]; ++term) {
                    const size_t size = only[term].size;
                    if (recurs_[term] || i + size < start || i + size > text.size || !only[term].is_at(text.data + i)) continue;
                    recurs_[term] = 1;
                    --left;
                }
            }
        }
        return only.size() - left;
    }

    Side sides_[2];
    std::vector<Gap> gaps_, inner_;  // inner_: without what both texts begin and end with there
    PairSearch searches_[2];  // the pairs of each text that are looked for in the other
    CharacterPairs firsts_;
    std::vector<size_t> starts_;  // where the words of a title with each first pair start
    std::vector<uint8_t> recurs_;
    std::vector<uint64_t> unknown_, replaced_;
};

}  // namespace neardup
