// Growing lines: a text that is printed again and again while it grows. See neardup/_reference/growing.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "alignment.hpp"
#include "interrupts.hpp"

namespace neardup {

// Lines of which each but the last is the start of the next; all folded.
struct Growing {
    int32_t original, copy, copy_stop, matched;
    size_t first_line, last_line;  // by the paragraph edges
};

class GrowingFinder {
  public:
    // Replaces `found` by the lines that grow; `are_prose(first, last)` tells of lines whether they are prose or short.
    template <typename AreProse>
    static void find(const SelfAlignment &aligned, int32_t min_chars, std::vector<Growing> &found, AreProse are_prose) {
        constexpr size_t least_lines = 3;
        found.clear();
        const std::vector<int32_t> &edges = aligned.paragraph_edges;
        const size_t lines = edges.size() - 1;
        for (size_t at = 0, last; at < lines; at = last + 1) {
            last = at;
            int64_t matched = 0;
            while (last + 1 < lines && grows(aligned, last)) matched += edges[last + 1] - edges[last], ++last;
            if (last - at + 1 < least_lines || matched < min_chars || !are_prose(at, last)) continue;
            const int32_t copy_stop = edges[last] + edges[last] - edges[last - 1];
            found.push_back({edges[at], edges[at + 1], copy_stop, static_cast<int32_t>(matched), at, last});
        }
    }

  private:
    static bool grows(const SelfAlignment &aligned, size_t line) {
        const int32_t *edges = aligned.paragraph_edges.data() + line;
        const int32_t size = edges[1] - edges[0];
        if (edges[2] - edges[1] <= size) return false;
        Interrupts::count(static_cast<size_t>(size));
        return std::equal(aligned.codes + edges[0], aligned.codes + edges[1], aligned.codes + edges[1]);
    }
};

}  // namespace neardup
