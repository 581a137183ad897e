// Loops count their steps and check for signals now and then, so that Ctrl-C ends any call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace neardup {

// Stops the work; the Python exception is set already.
struct Interrupted {};

class Interrupts {
  public:
    // Says that steps were done, of a nanosecond or a few each. Throws Interrupted.
    static void count(size_t steps) {
        State &here = state();
        here.left -= static_cast<int64_t>(steps);
        if (here.left < 0) look(here);
    }

    // The same in a loop, at every step `i` of it.
    static void at(size_t i) {
        if (i % block == 0) count(4 * block);
    }

    // Calls `loop(begin, end)` with stretches of a loop of so many steps, in order; where `at` costs too much.
    template <typename Loop>
    static void in_blocks(size_t steps, Loop loop) {
        for (size_t begin = 0; begin < steps; begin += block) {
            const size_t end = std::min(begin + block, steps);
            count(4 * (end - begin));
            loop(begin, end);
        }
    }

    // Throws Interrupted if Python has an exception to raise.
    static void check() {
        if (is_pending && is_pending()) throw Interrupted{};
    }

    // Lets this thread, which Python does not know, stop when the flag is set.
    static void follow(const std::atomic<bool> &stop) { state().stop = &stop; }

    // Tells whether Python has an exception to raise in the thread that called the extension; set when that is loaded.
    static inline bool (*is_pending)() = nullptr;

  private:
    static constexpr size_t block = 4096;
    static constexpr int64_t steps_between = int64_t{1} << 21;

    struct State {
        int64_t left = steps_between;
        const std::atomic<bool> *stop = nullptr;
    };

    static State &state() {
        static thread_local State here;
        return here;
    }

    static void look(State &here) {
        here.left = steps_between;
        if (!here.stop) return check();
        if (here.stop->load(std::memory_order_relaxed)) throw Interrupted{};
    }
};

// Counts the steps of short pieces of work, and hands them on when there are many: what a thread has of its own takes
// nanoseconds to reach.
class Steps {
  public:
    void count(size_t steps) {
        counted_ += steps;
        if (counted_ < many) return;
        const size_t all = counted_;
        counted_ = 0;
        Interrupts::count(all);
    }

  private:
    static constexpr size_t many = 4096;
    size_t counted_ = 0;
};

}  // namespace neardup
