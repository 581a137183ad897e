// Loops count what they do, and look now and then whether to stop: Ctrl-C is answered wherever a call is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace neardup {

// Thrown where the work is to stop; the extension has set the exception that Python raises.
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
        constexpr size_t many = 4096;
        if (i % many == 0) count(4 * many);
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

}  // namespace neardup
