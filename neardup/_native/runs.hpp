// The equal runs inside one text: every passage that is printed again, and where it stands first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "boundaries.hpp"
#include "interrupts.hpp"
#include "memory.hpp"

namespace neardup {

// [copy, copy_stop) says again what [original, original_stop) says; with a period, over and over.
struct Run {
    int32_t original, original_stop, copy, copy_stop, period;

    int32_t shift() const { return copy - original; }
    int32_t length() const { return copy_stop - copy; }
};

// A window that stands before.
struct WindowCopy {
    int32_t start, first;
};

// One for a thread: its buffers are kept from text to text.
class RunFinder {
  public:
    // Finds runs of at least `min_chars` codes. `copies`: the windows of so many codes that stand before without overlapping
    // themselves, ascending. The result stays valid until the next text.
    std::vector<Run> &find(const uint32_t *codes, int32_t size, const Boundaries &boundaries, int32_t min_chars,
                           int32_t max_stray, const WindowCopy *copies, size_t count) {
        codes_ = codes;
        size_ = size;
        boundaries_ = &boundaries;
        min_chars_ = min_chars;
        max_stray_ = max_stray;
        runs_.clear();
        is_cut_.clear();
        int32_t settled = 0;
        for (size_t next = 0;;) {
            // The last window that starts before `settled` may reach beyond it.
            next = first_behind(copies, next, count, settled);
            if (next == 0 || copies[next - 1].start + min_chars <= settled) {
                if (next == count) break;
                ++next;
            }
            settled = add(copies[next - 1].start, copies[next - 1].first, settled);
        }
        return runs_;
    }

  private:
    // The first window from `next` on that starts behind a position: in a run, as many windows on as codes.
    static size_t first_behind(const WindowCopy *copies, size_t next, size_t count, int32_t position) {
        if (next == count || copies[next].start > position) return next;
        const auto most = static_cast<size_t>(position - copies[next].start) + 1;
        const size_t stop = std::min(count, next + most);
        if (copies[stop - 1].start <= position) return stop;
        return static_cast<size_t>(std::upper_bound(copies + next, copies + stop, position,
                                                    [](int32_t start, const WindowCopy &copy) {
                                                        return start < copy.start;
                                                    }) -
                                   copies);
    }

    // Adds the run on which `window` lies, from `settled` on; returns where it stops.
    int32_t add(int32_t window, int32_t earlier, int32_t settled) {
        steps_.count(16);
        Run run{0, 0, std::max(window, settled), 0, 0};
        const int32_t shift = window - earlier;
        run.original = run.copy - shift;
        // The original ends before the copy starts; of a passage printed many times in a row each is one run.
        const bool tandem = adjoins(run.copy) && runs_.back().original == run.original &&
                            runs_.back().length() >= min_chars_;
        const int32_t limit = run.copy + (tandem ? runs_.back().length() : shift);
        // Not beyond a run that ends soon: the next run may agree with the same codes, and time would not be linear.
        const int32_t near = std::min(run.copy + max_stray_ + 1, limit);
        if (near <= size_ && equal_until(window + min_chars_, shift, near) >= near) {
            const int32_t head = first_shared_boundary(run.copy, near, shift);
            if (head > run.copy && !is_periodic_at(run.copy)) {
                run.copy_stop = head;
                return push(run, true);
            }
        }
        const int32_t agree_until = equal_until(window + min_chars_, shift, std::min(limit + 1, size_));
        steps_.count(static_cast<size_t>(agree_until - window));
        run.copy_stop = std::min(agree_until, limit);
        if (agree_until > limit && make_periodic(run)) return push(run, false);

        const int32_t head = first_shared_boundary(run.copy, run.copy_stop, shift);
        if (head > run.copy) {
            run.copy_stop = head;
            return push(run, true);
        }
        const int32_t tail = last_shared_boundary(run.copy, run.copy_stop, shift);
        const bool cut = tail < run.copy_stop;
        run.copy_stop = tail;
        absorb(run);
        return push(run, cut);
    }

    int32_t push(Run run, bool cut) {
        if (run.period == 0) run.original_stop = run.original + run.length();
        runs_.push_back(run);
        is_cut_.push_back(cut);
        return run.copy_stop;
    }

    bool adjoins(int32_t copy) const { return !runs_.empty() && runs_.back().copy_stop == copy; }

    // The first position from `position` on that differs from the one `shift` before it, or `limit`.
    int32_t equal_until(int32_t position, int32_t shift, int32_t limit) const {
        while (position < limit && codes_[position] == codes_[position - shift]) ++position;
        return position;
    }

    // A run often starts a few codes before the copied unit, where both sides happen to agree. Gives the boundary that
    // both share at most max_stray codes further on, or `start`.
    int32_t first_shared_boundary(int32_t start, int32_t stop, int32_t shift) const {
        return std::max(start, boundaries_->set().first_shared(start, std::min(stop, start + max_stray_ + 1), shift));
    }

    // The same at its end, unless the copy stops with its unit, which was cut short then.
    int32_t last_shared_boundary(int32_t start, int32_t stop, int32_t shift) const {
        if (boundaries_->set().has(stop)) return stop;
        const int32_t found = boundaries_->set().last_shared(std::max(start + 1, stop - max_stray_), stop, shift);
        return found < 0 ? stop : found;
    }

    // Where the text repeats itself with a period below min_chars around the start of `run`, at least
    // min_chars to the left and `run` to the right, the run becomes the whole rest of that periodic stretch.
    bool make_periodic(Run &run) const {
        const int32_t period = smallest_period(codes_ + run.copy - min_chars_, 2 * min_chars_);
        if (period >= min_chars_) return false;
        const int32_t lead = (min_chars_ + period - 1) / period * period;
        const int32_t begin = run.copy - lead;
        if (begin < 0 || equal_until(begin + period, period, run.copy) < run.copy) return false;
        const int32_t stop = equal_until(run.copy + min_chars_, period, size_);
        if (stop < run.copy_stop) return false;
        run = {begin, run.copy, run.copy, stop, period};
        return true;
    }

    bool is_periodic_at(int32_t copy) const {
        return copy + min_chars_ <= size_ && smallest_period(codes_ + copy - min_chars_, 2 * min_chars_) < min_chars_;
    }

    // By the prefix function (Knuth, Morris and Pratt 1977).
    int32_t smallest_period(const uint32_t *codes, int32_t size) const {
        int32_t *const border = border_.of(static_cast<size_t>(size));
        border[0] = 0;
        for (int32_t i = 1, k = 0; i < size; ++i) {
            while (k > 0 && codes[i] != codes[k]) k = border[k - 1];
            if (codes[i] == codes[k]) ++k;
            border[i] = k;
        }
        return size - border[size - 1];
    }

    // A run that agrees with its original over the whole of the run before it too takes that one's place:
    // the leftmost start of a first sentence may be a headline, and the article that follows is one copy.
    void absorb(Run &run) {
        const int32_t shift = run.shift();
        while (adjoins(run.copy) && !is_cut_.back()) {
            const Run &before = runs_.back();
            if (before.period != 0 || before.shift() == shift || before.copy < shift ||
                run.copy_stop - before.copy > shift ||
                equal_until(before.copy, shift, run.copy) < run.copy) {
                return;
            }
            run.copy = before.copy;
            run.original = run.copy - shift;
            runs_.pop_back();
            is_cut_.pop_back();
        }
    }

    const uint32_t *codes_ = nullptr;
    int32_t size_ = 0;
    const Boundaries *boundaries_ = nullptr;
    int32_t min_chars_ = 0, max_stray_ = 0;
    mutable Room<int32_t> border_;
    Steps steps_;
    std::vector<Run> runs_;
    std::vector<uint8_t> is_cut_;  // of each run: it ends at a boundary although the texts agree further
};

// The root of every position: itself, or inside a copy the root of its original.
inline void roots(const Run *runs, size_t count, int32_t *root, int32_t size) {
    for (int32_t i = 0; i < size; ++i) root[i] = i;
    for (size_t r = 0; r < count; ++r) {
        Interrupts::count(static_cast<size_t>(runs[r].length()));
        for (int32_t i = runs[r].copy; i < runs[r].copy_stop; ++i) root[i] = root[i - runs[r].shift()];
    }
}

}  // namespace neardup
