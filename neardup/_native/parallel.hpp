// A batch cut into chunks that threads take as they come free. Which thread takes a chunk never shows in a result.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "interrupts.hpp"

namespace neardup {

struct Chunks {
    size_t items, size;

    // Large enough that threads seldom wait for the next chunk, small enough that they end together.
    static Chunks of(size_t items) { return {items, std::clamp<size_t>(items / 256, 1, 256)}; }
    size_t count() const { return (items + size - 1) / size; }
    size_t begin(size_t chunk) const { return chunk * size; }
    size_t end(size_t chunk) const { return std::min(items, (chunk + 1) * size); }
};

// `make_worker()` gives every thread a callable of its own, which is called with the number of a chunk. Throws the exception
// of the first chunk that throws, whatever the number of threads. Throws Interrupted; only the calling thread can see
// it, so it looks while it waits for the others too.
template <typename MakeWorker>
void for_each_chunk(const Chunks &chunks, size_t threads, MakeWorker make_worker) {
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false}, interrupted{false};
    std::mutex lock;
    std::condition_variable finished;
    size_t running = 0;
    std::exception_ptr error;
    size_t error_chunk = chunks.count();
    const auto run = [&] {
        size_t chunk = 0;
        try {
            auto work = make_worker();
            // Chunks are handed out in order: when one fails, those before it are done or under way.
            while (!failed && !interrupted && (chunk = next++) < chunks.count()) work(chunk);
        } catch (const Interrupted &) {
            interrupted = true;
        } catch (...) {
            failed = true;
            const std::lock_guard<std::mutex> held(lock);
            if (!error || chunk < error_chunk) {
                error = std::current_exception();
                error_chunk = chunk;
            }
        }
    };
    const auto help = [&] {
        Interrupts::follow(interrupted);
        run();
        const std::lock_guard<std::mutex> held(lock);
        if (--running == 0) finished.notify_one();
    };
    std::vector<std::thread> others;
    try {
        for (size_t i = 1; i < std::min(threads, chunks.count()); ++i) {
            const std::lock_guard<std::mutex> held(lock);
            others.emplace_back(help);
            ++running;
        }
    } catch (const std::system_error &) {
        // The system gives no more threads; the others do the work.
    }
    run();
    for (bool done = others.empty(); !done;) {
        {
            std::unique_lock<std::mutex> held(lock);
            done = finished.wait_for(held, std::chrono::milliseconds(50), [&] { return running == 0; });
        }
        try {
            if (!done && !interrupted) Interrupts::check();
        } catch (const Interrupted &) {
            interrupted = true;
        }
    }
    for (std::thread &other : others) other.join();
    if (interrupted) throw Interrupted{};
    if (error) std::rethrow_exception(error);
}

}  // namespace neardup
