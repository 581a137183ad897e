// Equal runs as links of chains: which continues which across small edits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "align.hpp"
#include "interrupts.hpp"
#include "runs.hpp"

namespace neardup {

struct NearLimits {
    int32_t min_chars;           // a chain matches at least so many codes
    int32_t max_gap;             // between two pieces of a chain, on either side; at most 255
    int32_t min_piece;           // of what the exact runs leave of a seed
    int32_t min_score;           // of a chain that is worth aligning
    int32_t max_stray;           // what a repeat may add or leave out, unlike as it is, to start and stop with units
    int32_t similarity_percent;  // a chain is at least so similar
};

struct Link {
    Piece piece;
    bool is_exact, is_taken, is_refused;
    int32_t stretch;  // no chain leads from one stretch to another: periodic runs lie between
    int32_t score, before, chain_copy;  // before: the link it continues, or -1; chain_copy: where its chain starts
};

// One for a thread: its buffers are kept from text to text.
class LinkFinder {
  public:
    explicit LinkFinder(NearLimits limits) : limits_(limits) {}

    // Finds the links, in the order of their copies, and the best chain that ends in each. Valid until the next text.
    std::vector<Link> &find(const Run *exact, size_t exact_size, const Run *seeds, size_t seeds_size) {
        links_.clear();
        periodic_.clear();
        gather(exact, exact_size, seeds, seeds_size);
        chain();
        return links_;
    }

    // The exact runs that have a period, which are no links.
    const std::vector<Run> &periodic() const { return periodic_; }

  private:
    // Collects the exact runs, and the parts of seeds beside them, in the order of their copies.
    void gather(const Run *exact, size_t exact_size, const Run *seeds, size_t seeds_size) {
        size_t next = 0;
        for (size_t s = 0; s < seeds_size; ++s) {
            int32_t start = seeds[s].copy;
            while (next < exact_size && exact[next].copy_stop <= start) add_exact(exact[next++]);
            while (next < exact_size && exact[next].copy < seeds[s].copy_stop) {
                add_seed(seeds[s], start, exact[next].copy);
                start = exact[next].copy_stop;
                if (start > seeds[s].copy_stop) break;
                add_exact(exact[next++]);
            }
            add_seed(seeds[s], start, seeds[s].copy_stop);
        }
        while (next < exact_size) add_exact(exact[next++]);
    }

    void add_exact(const Run &run) {
        if (run.period != 0) {
            periodic_.push_back(run);
        } else {
            add_link({run.original, run.copy, run.length()}, true);
        }
    }

    void add_seed(const Run &run, int32_t start, int32_t stop) {
        if (run.period == 0 && stop - start >= limits_.min_piece)
            add_link({start - run.shift(), start, stop - start}, false);
    }

    void add_link(Piece piece, bool is_exact) {
        steps_.count(16);
        const auto stretch = static_cast<int32_t>(periodic_.size());
        links_.push_back({piece, is_exact, false, false, stretch, piece.length, -1, piece.copy});
    }

    // Finds the best chain that ends in each link: what it matches, less half of its gaps, of each the longer side. Linear,
    // since few links lie within max_gap before another.
    void chain() {
        for (size_t j = 0; j < links_.size(); ++j) {
            steps_.count(64);
            Link &link = links_[j];
            for (size_t i = j; i-- > 0;) {
                const Link &before = links_[i];
                const int32_t copy_gap = link.piece.copy - before.piece.copy_stop();
                if (copy_gap > limits_.max_gap || before.stretch != link.stretch) break;
                const int32_t original_gap = link.piece.original - before.piece.original_stop();
                const int32_t overlap = std::max(0, -original_gap);
                if (original_gap > limits_.max_gap || overlap >= link.piece.length ||
                    link.piece.original_stop() > before.chain_copy)
                    continue;
                const int32_t gaps = std::max(copy_gap, original_gap);
                const int32_t score = before.score + link.piece.length - 2 * overlap - gaps / 2;
                if (score > link.score) {
                    link.score = score;
                    link.before = static_cast<int32_t>(i);
                    link.chain_copy = before.chain_copy;
                }
            }
        }
    }

    NearLimits limits_;
    std::vector<Link> links_;
    std::vector<Run> periodic_;
    Steps steps_;
};

}  // namespace neardup
