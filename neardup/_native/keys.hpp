// Keys that several texts share, numbered without gaps: what most texts have for themselves alone is left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "interrupts.hpp"
#include "memory.hpp"
#include "slots.hpp"
#include "windows.hpp"

namespace neardup {

// The numbers of the shared keys of text i are numbers[offsets[i]] to numbers[offsets[i + 1]], all below `count`.
struct SharedKeys {
    const uint32_t *numbers;
    const int64_t *offsets;
    size_t count;

    const uint32_t *begin(size_t text) const { return numbers + offsets[text]; }
    const uint32_t *end(size_t text) const { return numbers + offsets[text + 1]; }
};

// Two bits for each of many slots: whether a hash fell there, and whether a second one did.
class TwiceMarks {
  public:
    // `hashes`: how many there will be.
    explicit TwiceMarks(size_t hashes) {
        size_t slots = 64;
        while (slots < 16 * hashes) slots *= 2;
        mask_ = slots - 1;
        words_ = zeroed<uint64_t>(slots / slots_in_word);
    }

    void add(uint64_t hash) {
        uint64_t &word = words_[(hash & mask_) / slots_in_word];
        const uint64_t once = uint64_t{1} << bit(hash);
        word |= once | (word & once) << 1;
    }

    // Tells whether the hash was added twice; seldom says so of one that merely shares its slot.
    bool is_twice(uint64_t hash) const {
        return words_[(hash & mask_) / slots_in_word] >> (bit(hash) + 1) & 1;
    }

  private:
    static constexpr size_t slots_in_word = 32;
    static unsigned bit(uint64_t hash) { return 2 * (hash % slots_in_word); }

    uint64_t mask_;
    Array<uint64_t> words_;
};

// Numbers the keys that several texts have, in the order in which they come; writes where those of each text start, and
// where the last ones end. The keys of text i are keys[offsets[i]] to keys[offsets[i + 1]]: hashes, spread evenly, and
// of one text all different.
class KeyNumbering {
  public:
    std::vector<uint32_t> number(const uint64_t *keys, const int64_t *offsets, size_t texts, int64_t *kept_offsets) {
        const auto total = static_cast<size_t>(offsets[texts]);
        TwiceMarks marks(total);
        for (size_t i = 0; i < total; ++i) {
            Interrupts::at(i);
            marks.add(keys[i]);
        }
        Numbers numbers(total / 8);
        std::vector<uint32_t> found;
        kept_offsets[0] = 0;
        for (size_t text = 0; text < texts; ++text) {
            for (auto i = static_cast<size_t>(offsets[text]); i < static_cast<size_t>(offsets[text + 1]); ++i) {
                Interrupts::at(i);
                if (i + ahead < total && marks.is_twice(keys[i + ahead])) numbers.prefetch(keys[i + ahead]);
                if (marks.is_twice(keys[i])) found.push_back(numbers.of(keys[i]));
            }
            kept_offsets[text + 1] = static_cast<int64_t>(found.size());
        }
        leave_out_single(found, numbers.count(), kept_offsets, texts);
        return found;
    }

  private:
    static constexpr size_t ahead = 16;  // keys on their way from memory at a time

    // Leaves out the keys that only seemed to be shared.
    static void leave_out_single(std::vector<uint32_t> &numbers, size_t count, int64_t *offsets, size_t texts) {
        std::vector<uint32_t> uses(count, 0);
        for (size_t i = 0; i < numbers.size(); ++i) {
            Interrupts::at(i);
            ++uses[numbers[i]];
        }
        std::vector<uint32_t> renumbered(count, 0);
        uint32_t shared = 0;
        for (size_t i = 0; i < count; ++i) {
            if (uses[i] > 1) renumbered[i] = shared++;
        }
        size_t kept = 0, i = 0;
        for (size_t text = 1; text <= texts; ++text) {
            for (const auto stop = static_cast<size_t>(offsets[text]); i < stop; ++i) {
                Interrupts::at(i);
                if (uses[numbers[i]] > 1) numbers[kept++] = renumbered[numbers[i]];
            }
            offsets[text] = static_cast<int64_t>(kept);
        }
        numbers.resize(kept);
    }

    // Open addressing from a key to its number; grows, since nobody knows how many different keys there are.
    class Numbers {
      public:
        // `likely`: about how many different keys there will be.
        explicit Numbers(size_t likely) : places_(2 * likely), slots_(zeroed<Slot>(places_.count())) {}

        // Asks for the place of a key from memory before it is needed.
        void prefetch(uint64_t key) const { neardup::prefetch(&slots_[places_.of(key)]); }

        uint32_t of(uint64_t key) {
            if (2 * count_ >= places_.count()) grow();
            Slot &slot = find(key);
            if (slot.number == 0) slot = {key, ++count_};
            return slot.number - 1;
        }

        size_t count() const { return count_; }

      private:
        struct Slot {
            uint64_t key;
            uint32_t number;  // one more than that of the key; 0 for none
        };

        Slot &find(uint64_t key) {
            size_t slot = places_.of(key);
            while (slots_[slot].number != 0 && slots_[slot].key != key) slot = places_.after(slot);
            return slots_[slot];
        }

        void grow() {
            const size_t size = places_.count();
            const Array<Slot> old = std::move(slots_);
            places_ = Slots(2 * size);
            slots_ = zeroed<Slot>(2 * size);
            for (size_t i = 0; i < size; ++i) {
                if (old[i].number != 0) find(old[i].key) = old[i];
            }
        }

        Slots places_;
        Array<Slot> slots_;
        uint32_t count_ = 0;
    };
};

// Which texts can affect the result, and some more: those that can have candidates or be some, or fill a bucket that
// others need; what two texts share is not counted. `anchor_counts`: how many anchors each text has, those of its own
// included; `min_anchor_share`: the part of the fewer ones that candidates share; `max_bucket_size`: how many texts a
// bucket holds.
class MayHaveCandidates {
  public:
    MayHaveCandidates(const SharedKeys &digests, const SharedKeys &bands, const SharedKeys &anchors,
                      const int64_t *anchor_counts, size_t texts, double min_anchor_share, size_t max_bucket_size)
        : digests_(digests), bands_(bands), anchors_(anchors), counts_(anchor_counts), cut_(min_anchor_share),
          full_anchors_(full(anchors, texts, max_bucket_size)), fewest_(anchors.count, UINT32_MAX) {
        for (size_t text = 0; text < texts; ++text) {
            if (!shares_enough(text)) continue;
            for (const uint32_t *key = anchors.begin(text); key != anchors.end(text); ++key)
                fewest_[*key] = std::min(fewest_[*key], static_cast<uint32_t>(counts_[text]));
        }
    }

    bool operator()(size_t text) const {
        Interrupts::count(16);
        if (has_any(digests_, text) || has_any(bands_, text) || shares_enough(text)) return true;
        // A text with few anchors meets one with more if it shares enough of its own.
        size_t theirs = 0;
        uint32_t fewest = UINT32_MAX;
        for (const uint32_t *key = anchors_.begin(text); key != anchors_.end(text); ++key) {
            if (full_anchors_[*key]) return true;
            theirs += fewest_[*key] != UINT32_MAX;
            fewest = std::min(fewest, fewest_[*key]);
        }
        return theirs > 0 && part(theirs, fewest) >= cut_;
    }

  private:
    static bool has_any(const SharedKeys &keys, size_t text) { return keys.begin(text) != keys.end(text); }
    static double part(size_t of, size_t all) { return static_cast<double>(of) / static_cast<double>(all); }

    bool shares_enough(size_t text) const {
        const auto shared = static_cast<size_t>(anchors_.end(text) - anchors_.begin(text));
        return shared > 0 && part(shared, static_cast<size_t>(counts_[text])) >= cut_;
    }

    static std::vector<bool> full(const SharedKeys &keys, size_t texts, size_t limit) {
        std::vector<uint32_t> uses(keys.count, 0);
        for (const uint32_t *key = keys.begin(0); key != keys.end(texts - 1); ++key) {
            Interrupts::at(static_cast<size_t>(key - keys.numbers));
            ++uses[*key];
        }
        std::vector<bool> found(keys.count);
        for (size_t i = 0; i < keys.count; ++i) found[i] = uses[i] > limit;
        return found;
    }

    const SharedKeys &digests_, &bands_, &anchors_;
    const int64_t *counts_;
    double cut_;
    std::vector<bool> full_anchors_;
    std::vector<uint32_t> fewest_;  // of the texts that share enough of their anchors: the fewest anchors of one with a key
};

// For each key the first texts that were added to it, no more than a limit.
class KeyLists {
  public:
    KeyLists(const SharedKeys &keys, size_t texts, size_t limit) : sizes_(keys.count, 0), starts_(keys.count + 1, 0) {
        for (const uint32_t *key = keys.begin(0); key != keys.end(texts - 1); ++key) {
            Interrupts::at(static_cast<size_t>(key - keys.numbers));
            ++starts_[*key + 1];
        }
        for (size_t i = 0; i < sizes_.size(); ++i) starts_[i + 1] = starts_[i] + std::min(starts_[i + 1], limit);
        texts_.resize(starts_.back());
    }

    // Tells whether there was room; never more is asked for than the keys have.
    bool add(uint32_t key, uint32_t text) {
        const size_t place = starts_[key] + sizes_[key];
        if (place == starts_[key + 1]) return false;
        texts_[place] = text;
        ++sizes_[key];
        return true;
    }

    // Takes a text out again that was added last, if it was.
    void remove(uint32_t key, uint32_t text) {
        if (sizes_[key] > 0 && end(key)[-1] == text) --sizes_[key];
    }

    size_t keys() const { return sizes_.size(); }
    const uint32_t *begin(uint32_t key) const { return texts_.data() + starts_[key]; }
    const uint32_t *end(uint32_t key) const { return begin(key) + sizes_[key]; }

  private:
    std::vector<uint32_t> texts_, sizes_;
    std::vector<size_t> starts_;
};

}  // namespace neardup
