// Growing lines: a text that is printed again and again while it grows. See neardup/_reference/growing.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "alignment.hpp"
#include "interrupts.hpp"
#include "lines.hpp"
#include "numbers.hpp"

namespace neardup {

// Lines of which each but the last is the start of the next; all folded.
struct Growing {
    int32_t original, copy, copy_stop, matched;
    size_t first_line, last_line;  // by the paragraph edges
};

class GrowingFinder {
  public:
    // Replaces `found` by the lines that grow; `has_numbers(line)` tells whether the next line starts with the numbers of a
    // line, and `are_prose(first, last)` of lines whether they are prose or short.
    template <typename HasNumbers, typename AreProse>
    static void find(const SelfAlignment &aligned, int32_t min_chars, std::vector<Growing> &found, HasNumbers has_numbers,
                     AreProse are_prose) {
        constexpr size_t least_lines = 3;
        constexpr int32_t least_chars = 30;
        found.clear();
        const std::vector<int32_t> &edges = aligned.paragraph_edges;
        const size_t lines = edges.size() - 1;
        for (size_t at = 0, last; at < lines; at = last + 1) {
            last = at;
            Interrupts::count(8);
            int64_t matched = 0;
            while (last + 1 < lines && grows(aligned, last) && has_numbers(last)) matched += edges[last + 1] - edges[last], ++last;
            if (last - at + 1 < least_lines || matched < std::max(min_chars, least_chars)) continue;
            if (is_copied(aligned, edges[at + 1]) || !are_prose(at, last)) continue;
            const int32_t copy_stop = edges[last] + edges[last] - edges[last - 1];
            found.push_back({edges[at], edges[at + 1], copy_stop, static_cast<int32_t>(matched), at, last});
        }
    }

    // Whether the next line starts with the numbers of a line.
    static bool has_numbers(Points text, const SelfAlignment &aligned, size_t line) {
        const int32_t *edges = aligned.paragraph_edges.data() + line, *positions = aligned.positions;
        const int32_t behind = edges[1] + edges[1] - edges[0];
        return numbers_of(text, positions[edges[0]], positions[edges[1] - 1] + 1) ==
               numbers_of(text, positions[edges[1]], positions[behind - 1] + 1);
    }

  private:
    // Whether a copy goes on over a place.
    static bool is_copied(const SelfAlignment &aligned, int32_t place) {
        const auto behind = std::lower_bound(aligned.repeats.begin(), aligned.repeats.end(), place,
                                             [](const Repeat &repeat, int32_t at) { return repeat.copy < at; });
        return behind != aligned.repeats.begin() && (behind - 1)->copy_stop > place;
    }

    static bool grows(const SelfAlignment &aligned, size_t line) {
        const int32_t *edges = aligned.paragraph_edges.data() + line;
        const int32_t size = edges[1] - edges[0];
        if (edges[2] - edges[1] <= size) return false;
        Interrupts::count(static_cast<size_t>(size));
        if (!std::equal(aligned.codes + edges[0], aligned.codes + edges[1], aligned.codes + edges[1])) return false;
        const int32_t *positions = aligned.positions, behind = edges[1] + size;
        return positions[behind - 1] < positions[behind];
    }

    static std::vector<uint64_t> numbers_of(Points text, int32_t start, int32_t stop) {
        std::vector<uint64_t> numbers;
        NumberReader::locate(text.data + start, static_cast<size_t>(stop - start),
                             [&](size_t, size_t, uint64_t hash) { numbers.push_back(hash); });
        return numbers;
    }
};

}  // namespace neardup
