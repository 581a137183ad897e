// How much of a text is printed again, for many texts, without where it stands.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interrupts.hpp"
#include "slots.hpp"
#include "sketch.hpp"
#include "windows.hpp"

namespace neardup {

// Windows of a text, every so many-th one, found again by their hashes.
class SampledWindows {
  public:
    static constexpr uint32_t none = UINT32_MAX;

    // Forgets all. `hashes` are those of all windows of a text.
    void reset(const uint64_t *hashes, size_t windows, size_t stride) {
        hashes_ = hashes;
        stride_ = stride;
        const size_t most = windows / stride + 1;
        places_ = Slots(4 * most);
        latest_.assign(places_.count(), none);
        bits_.assign(places_.count(), 0);
        mask_ = places_.count() - 1;
        if (before_.size() < most) before_.resize(most);
    }

    // Notes where a window starts.
    void add(size_t start) {
        const uint64_t hash = hashes_[start];
        uint32_t &latest = latest_[slot_of(hash)];
        before_[start / stride_] = latest;
        latest = static_cast<uint32_t>(start);
        bits_[hash >> 6 & mask_] |= uint64_t{1} << (hash % 64);
    }

    // Tells whether any of some hashes may be noted: seldom in vain, and in a fraction of the time of `find`.
    bool may_have_any(const uint64_t *hashes, size_t size) const {
        const uint64_t mask = mask_, *const bits = bits_.data();
        uint64_t any = 0;
        for (size_t i = 0; i < size; ++i) any |= bits[hashes[i] >> 6 & mask] >> (hashes[i] % 64);
        return any & 1;
    }

    // Where the latest window with the hash starts, and where the one before it does; `none` if there is no more.
    uint32_t find(uint64_t hash) const { return latest_[slot_of(hash)]; }
    uint32_t before(uint32_t start) const { return before_[start / stride_]; }

  private:
    size_t slot_of(uint64_t hash) const {
        size_t slot = places_.of(hash);
        while (latest_[slot] != none && hashes_[latest_[slot]] != hash) slot = places_.after(slot);
        return slot;
    }

    const uint64_t *hashes_ = nullptr;
    size_t stride_ = 1;
    Slots places_;
    std::vector<uint32_t> latest_, before_;
    std::vector<uint64_t> bits_;  // as many words as slots, and in each a bit for the last six bits of a hash
    uint64_t mask_ = 0;
};

// How many codes of a text are copies, and how many of them they are copies of.
struct Copies {
    size_t copied = 0, copied_from = 0;
};

class CopyCounter {
  public:
    CopyCounter(size_t min_chars, size_t max_gap, const SimdKernels &lanes)
        : min_chars_(min_chars), max_gap_(max_gap), width_(std::min<size_t>(min_chars, 13)), lanes_(lanes) {}

    // Counts the codes that lie in a window of min_chars codes which stands before without overlapping itself, and
    // those between two such windows, at most max_gap, if the originals are as near to each other as the copies; and the
    // codes of those originals, which stand first.
    Copies count(const TextFolder &text) {
        originals_.clear();
        if (text.size() < 2 * min_chars_) return {};
        find_stretches(text);
        if (stretches_.empty()) return {};
        size_t total = 0;
        for (const Stretch &stretch : stretches_) total += stretch.end - stretch.begin;
        first_.resize(text.size());
        LeftmostWindows leftmost(text.codes(), min_chars_, total);
        size_t copied = 0, settled = 0, shift = 0;
        for (const auto &[begin, end] : stretches_) {
            leftmost.find(begin, end, first_.data());
            for (size_t i = begin; i < end; ++i) {
                const auto original = static_cast<size_t>(first_[i]);
                if (original + min_chars_ > i) continue;
                const size_t drift = std::max(i - original, shift) - std::min(i - original, shift);
                const bool continues = settled > 0 && i <= settled + max_gap_ && drift <= max_gap_;
                copied += i + min_chars_ - (continues ? settled : std::max(i, settled));
                settled = i + min_chars_;
                shift = i - original;
                if (continues && originals_.back().begin <= original) {
                    originals_.back().end = std::max(originals_.back().end, original + min_chars_);
                } else {
                    originals_.push_back({original, original + min_chars_});
                }
            }
        }
        return {copied, joined_originals()};
    }

  private:
    // Windows of min_chars codes by their starts, or codes.
    struct Stretch {
        size_t begin, end;
    };

    // Finds disjoint stretches, in order, that hold every window which stands again behind itself, and where it does.
    //
    // Of narrower windows every so many-th is noted, such that each wide one holds one of them. Where a wide window
    // stands again, that narrow one does too, and around it the texts are equal for at least min_chars codes.
    void find_stretches(const TextFolder &text) {
        stretches_.clear();
        hash_all(text);
        const size_t stride = min_chars_ - width_ + 1;
        notes_.reset(hashes_.data(), windows_, stride);
        runs_.fill({});
        size_t compared = 0;
        for (size_t begin = 0; begin < windows_; begin += stride) {
            const size_t end = std::min(begin + stride, windows_);
            Interrupts::count(2 * stride);
            if (notes_.may_have_any(hashes_.data() + begin, end - begin) && !take_runs(text, begin, end, compared)) {
                // Most of the text stands many times: looking for all of it is faster.
                stretches_.assign(1, {0, text.size() - min_chars_ + 1});
                return;
            }
            notes_.add(begin);
        }
        join(stretches_);
    }

    // Takes the runs through windows that were noted. Gives up, and returns false, where it has compared too many codes.
    bool take_runs(const TextFolder &text, size_t begin, size_t end, size_t &compared) {
        constexpr uint32_t none = SampledWindows::none;
        for (size_t i = begin; i < end; ++i) {
            for (uint32_t noted = notes_.find(hashes_[i]); noted != none; noted = notes_.before(noted)) {
                compared += take_run_around(text, noted, i);
                if (compared > 4 * text.size()) return false;
            }
        }
        return true;
    }

    void hash_all(const TextFolder &text) {
        windows_ = text.size() - width_ + 1;
        hashes_.resize(windows_ + overrun);
        for (size_t begin = 0; begin < windows_; begin += block_size) {
            const size_t size = std::min(block_size, windows_ - begin);
            Interrupts::count(4 * size);
            lanes_.hash_windows(text.codes() + begin, size, width_, secret_multiplier, hashes_.data() + begin);
        }
    }

    // Equal codes at two places.
    struct Run {
        size_t original = 0, copy = 0, length = 0;

        bool holds(size_t one, size_t other) const {
            return other - one == copy - original && other < copy + length;
        }
    };

    // Takes the windows at two places, where narrow ones are equal, if wide ones are. Returns how many codes it compared.
    size_t take_run_around(const TextFolder &text, size_t original, size_t copy) {
        if (std::any_of(runs_.begin(), runs_.end(), [&](const Run &run) { return run.holds(original, copy); }))
            return runs_.size();
        const uint32_t *codes = text.codes();
        size_t before = 0, behind = 0;
        while (before < original && codes[original - before - 1] == codes[copy - before - 1]) ++before;
        while (copy + behind < text.size() && codes[original + behind] == codes[copy + behind]) ++behind;
        const Run run{original - before, copy - before, before + behind};
        if (run.length >= min_chars_) {
            runs_[stretches_.size() / 2 % runs_.size()] = run;
            for (const size_t start : {run.original, run.copy})
                stretches_.push_back({start, start + run.length - min_chars_ + 1});
        }
        // One at least: windows that share a hash may be different.
        Interrupts::count(run.length + 1);
        return run.length + 1;
    }

    size_t joined_originals() {
        join(originals_);
        size_t total = 0;
        for (const Stretch &original : originals_) total += original.end - original.begin;
        return total;
    }

    static void join(std::vector<Stretch> &stretches) {
        if (stretches.empty()) return;
        std::sort(stretches.begin(), stretches.end(),
                  [](const Stretch &a, const Stretch &b) { return a.begin < b.begin; });
        size_t last = 0;
        for (const Stretch &stretch : stretches) {
            if (stretch.begin <= stretches[last].end) {
                stretches[last].end = std::max(stretches[last].end, stretch.end);
            } else {
                stretches[++last] = stretch;
            }
        }
        stretches.resize(last + 1);
    }

    size_t min_chars_, max_gap_, width_;
    const SimdKernels &lanes_;
    size_t windows_ = 0;  // narrow ones of the text in hand
    std::vector<uint64_t> hashes_;
    SampledWindows notes_;
    std::array<Run, 8> runs_;  // the latest ones
    std::vector<Stretch> stretches_, originals_;
    std::vector<int32_t> first_;
};

}  // namespace neardup
