// Near repeats: equal runs that continue each other across small edits, joined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "align.hpp"
#include "runs.hpp"

namespace neardup {

// A repeat and its equal pieces; a periodic one has none.
struct Repeat {
    int32_t original, original_stop, copy, copy_stop, period, matched;
    std::vector<Piece> pieces;
    std::vector<Piece> head;  // while it grows: those before `pieces`, the last one first
};

struct NearLimits {
    int32_t min_chars;           // a chain matches at least so many codes
    int32_t max_gap;             // between two pieces of a chain, on either side; at most 255
    int32_t min_piece;           // of what the exact runs leave of a seed
    int32_t min_score;           // of a chain that is worth aligning
    int32_t max_stray;           // what a repeat may add or leave out, unlike as it is, to start and stop with units
    int32_t similarity_percent;  // a chain is at least so similar
};

class NearFinder {
  public:
    // `positions`: of each code, the code point it came from; repeats start and stop between code points.
    NearFinder(const uint32_t *codes, const int32_t *positions, int32_t size, const int32_t *boundaries,
               size_t boundaries_size, NearLimits limits)
        : aligner_(codes, positions, size), boundaries_(boundaries), boundaries_end_(boundaries + boundaries_size),
          limits_(limits), size_(size) {}

    // `exact`: the runs of at least min_chars; `seeds`: shorter runs, used where they join others. Both disjoint in
    // the copy and ascending.
    std::vector<Repeat> find(const Run *exact, size_t exact_size, const Run *seeds, size_t seeds_size) {
        gather(exact, exact_size, seeds, seeds_size);
        if (!links_.empty()) {
            chain();
            extract();
        }
        std::sort(repeats_.begin(), repeats_.end(), [](const Repeat &a, const Repeat &b) { return a.copy < b.copy; });
        std::vector<Repeat> joined;
        for (Repeat &repeat : repeats_) {
            if (joined.empty() || !join(joined.back(), repeat)) joined.push_back(std::move(repeat));
        }
        return joined;
    }

  private:
    // The most links of refused chains in a later chain; without it, a long sparse chain is aligned again from each of
    // its links.
    static constexpr size_t max_retried = 8;

    // The most steps by which a repeat grows while it is too sparse.
    static constexpr int unlike_growths = 2;

    struct Link {
        Piece piece;
        bool is_exact, is_taken, is_refused;
        int32_t stretch;  // no chain leads from one stretch to another: periodic runs lie between
        int32_t score, before, chain_copy;  // before: the link it continues, or -1; chain_copy: where its chain starts
    };

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
            repeats_.push_back({run.original, run.original_stop, run.copy, run.copy_stop, run.period, run.length(), {}, {}});
        } else {
            add_link({run.original, run.copy, run.length()}, true);
        }
    }

    void add_seed(const Run &run, int32_t start, int32_t stop) {
        if (run.period == 0 && stop - start >= limits_.min_piece)
            add_link({start - run.shift(), start, stop - start}, false);
    }

    void add_link(Piece piece, bool is_exact) {
        links_.push_back(
            {piece, is_exact, false, false, static_cast<int32_t>(repeats_.size()), piece.length, -1, piece.copy});
    }

    // Finds the best chain that ends in each link: what it matches, less half of its gaps, of each the longer side. Linear,
    // since few links lie within max_gap before another.
    void chain() {
        for (size_t j = 0; j < links_.size(); ++j) {
            Interrupts::count(64);
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

    // Takes chains, the best first, each with all links between its ends, then the exact runs that are left. A close
    // seed may be a chain by itself.
    void extract() {
        is_copy_.assign(size_, 0);
        for (const Repeat &repeat : repeats_) mark(repeat.copy, repeat.copy_stop);
        std::vector<int32_t> ends;
        for (size_t i = 0; i < links_.size(); ++i) {
            const Link &link = links_[i];
            if (link.is_exact) mark(link.piece.copy, link.piece.copy_stop());
            const bool may_grow = link.before >= 0 || is_close(link);
            if (may_grow && link.score >= limits_.min_score) ends.push_back(static_cast<int32_t>(i));
        }
        std::stable_sort(ends.begin(), ends.end(),
                         [&](int32_t a, int32_t b) { return links_[a].score > links_[b].score; });
        for (const int32_t end : ends) {
            if (links_[end].is_taken) continue;
            const std::vector<int32_t> whole = chain_to(end);
            std::vector<int32_t> chain = whole;
            trim(chain);
            const bool may_grow = chain.size() > 1 || (chain.size() == 1 && is_close(links_[chain.front()]));
            if (may_grow && add(joined(chain), true)) {
                take(chain.front());
            } else {
                for (const int32_t i : whole) links_[i].is_refused = true;
            }
        }
        for (const Link &link : links_) {
            if (link.is_exact && !link.is_taken) add({link.piece}, false);
        }
    }

    // Gives the free links of the best chain that ends in a link.
    std::vector<int32_t> chain_to(int32_t end) const {
        std::vector<int32_t> chain{end};
        size_t retried = links_[end].is_refused;
        for (int32_t before = links_[end].before; before >= 0; before = links_[before].before) {
            retried += links_[before].is_refused;
            if (retried > max_retried || any_taken(before, chain.back())) break;
            chain.push_back(before);
            Interrupts::count(64);
        }
        std::reverse(chain.begin(), chain.end());
        return chain;
    }

    // Whether a seed is so near to its original that its paragraph may be an edited copy of the one before.
    bool is_close(const Link &link) const {
        return !link.is_exact && link.piece.copy - link.piece.original <= 2 * limits_.max_gap;
    }

    void mark(int32_t start, int32_t stop) { std::fill(is_copy_.begin() + start, is_copy_.begin() + stop, 1); }

    // Leaves out short links where a unit starts on both sides between them and the rest.
    void trim(std::vector<int32_t> &chain) const {
        const auto is_short = [&](int32_t i) { return links_[i].piece.length <= limits_.max_stray; };
        const auto is_shared = [&](int32_t original, int32_t copy) {
            return boundary_before(original) == original && boundary_before(copy) == copy;
        };
        const auto stops = [&](int32_t i) {
            return is_short(i) && is_shared(links_[i].piece.original_stop(), links_[i].piece.copy_stop());
        };
        const auto starts = [&](int32_t i) {
            return is_short(i) && is_shared(links_[i].piece.original, links_[i].piece.copy);
        };
        const auto first = std::find_if_not(chain.begin(), chain.end(), stops);
        chain.erase(chain.begin(), first);
        while (!chain.empty() && starts(chain.back())) chain.pop_back();
    }

    // Takes the links that meet the copy of the repeat that was added last; its chain started at `first`, and may have
    // lost pieces there, or have grown over links before it.
    void take(int32_t first) {
        const Repeat &repeat = repeats_.back();
        const int32_t count = static_cast<int32_t>(links_.size());
        while (first > 0 && links_[first - 1].piece.copy_stop() > repeat.copy) --first;
        while (links_[first].piece.copy_stop() <= repeat.copy) ++first;
        for (int32_t i = first; i < count && links_[i].piece.copy < repeat.copy_stop; ++i) links_[i].is_taken = true;
    }

    bool any_taken(int32_t first, int32_t stop) const {
        for (int32_t i = first; i < stop; ++i) {
            if (links_[i].is_taken) return true;
        }
        return false;
    }

    // Gives the pieces of a chain and the equal codes in the gaps between them.
    std::vector<Piece> joined(const std::vector<int32_t> &chain) {
        std::vector<Piece> pieces{links_[chain.front()].piece};
        for (size_t i = 1; i < chain.size(); ++i) {
            Piece next = links_[chain[i]].piece;
            const Piece last = pieces.back();
            const int32_t overlap = std::max(0, last.original_stop() - next.original);
            next = {next.original + overlap, next.copy + overlap, next.length - overlap};
            append(aligner_.common(last.original_stop(), next.original, last.copy_stop(), next.copy), pieces);
            append(next, pieces);
        }
        return pieces;
    }

    // Adds the pieces as one repeat, stretched to units, if they match enough.
    bool add(std::vector<Piece> pieces, bool is_chain) {
        while (!pieces.empty() && aligner_.splits_code_point(pieces.front().original, pieces.front().copy)) {
            pieces.front() = {pieces.front().original + 1, pieces.front().copy + 1, pieces.front().length - 1};
            if (pieces.front().length == 0) pieces.erase(pieces.begin());
        }
        while (!pieces.empty() && aligner_.splits_code_point(pieces.back().original_stop(), pieces.back().copy_stop())) {
            if (--pieces.back().length == 0) pieces.pop_back();
        }
        if (pieces.empty()) return false;
        Repeat repeat{pieces.front().original, pieces.back().original_stop(), pieces.front().copy,
                      pieces.back().copy_stop(), 0, matched(pieces), {}, {}};
        repeat.pieces = std::move(pieces);
        const Repeat unstretched = is_chain ? Repeat{} : repeat;
        for (int left = unlike_growths; is_similar(repeat) || left-- > 0;) {
            if (!grow_start(repeat) && !grow_stop(repeat)) break;
        }
        stretch_to_start(repeat);
        stretch_to_stop(repeat);
        if (!is_similar(repeat)) {
            if (is_chain) return false;
            repeat = unstretched;
        }
        if (repeat.matched < limits_.min_chars && is_chain) return false;
        put_head_in_front(repeat);
        mark(repeat.copy, repeat.copy_stop);
        repeats_.push_back(std::move(repeat));
        return true;
    }

    bool is_similar(const Repeat &repeat) const {
        const int64_t both = int64_t{repeat.original_stop - repeat.original} + repeat.copy_stop - repeat.copy;
        return int64_t{200} * repeat.matched >= limits_.similarity_percent * both;
    }

    // Grows a repeat to the left by at most max_gap codes that are alike; returns whether it grew.
    bool grow_start(Repeat &repeat) {
        int32_t columns = 0;
        while (columns < limits_.max_gap && repeat.copy - columns > repeat.original_stop &&
               !is_copy_[repeat.copy - columns - 1])
            ++columns;
        const auto [rows, reached] =
            aligner_.reach(repeat.original - 1, repeat.copy - 1, -1, std::min(limits_.max_gap, repeat.original), columns,
                           limits_.min_piece);
        if (rows == 0) return false;
        const int32_t original = repeat.original - rows, copy = repeat.copy - reached;
        add_before(repeat, original, copy, aligner_.common(original, repeat.original, copy, repeat.copy));
        return true;
    }

    // The same to the right.
    bool grow_stop(Repeat &repeat) {
        int32_t columns = 0;
        while (columns < limits_.max_gap && repeat.copy_stop + columns < size_ && !is_copy_[repeat.copy_stop + columns])
            ++columns;
        const auto [rows, reached] = aligner_.reach(repeat.original_stop, repeat.copy_stop, 1,
                                                    std::min(limits_.max_gap, repeat.copy - repeat.original_stop), columns,
                                                    limits_.min_piece);
        if (rows == 0) return false;
        const int32_t original = repeat.original_stop + rows, copy = repeat.copy_stop + reached;
        add_behind(repeat, original, copy, aligner_.common(repeat.original_stop, original, repeat.copy_stop, copy));
        return true;
    }

    // Moves the start of a repeat to the start of the units there, if half of what is added is alike.
    void stretch_to_start(Repeat &repeat) {
        const int32_t copy = boundary_before(repeat.copy), original = boundary_before(repeat.original);
        if (copy < repeat.original_stop || !may_add(repeat.original - original, copy, repeat.copy)) return;
        const std::vector<Piece> added = aligner_.common(original, repeat.original, copy, repeat.copy);
        if (is_alike(added, repeat.original - original, repeat.copy - copy)) add_before(repeat, original, copy, added);
    }

    // The same at its end.
    void stretch_to_stop(Repeat &repeat) {
        const int32_t copy = boundary_from(repeat.copy_stop), original = boundary_from(repeat.original_stop);
        const int32_t rows = original - repeat.original_stop;
        if (original > repeat.copy || !may_add(rows, repeat.copy_stop, copy)) return;
        const std::vector<Piece> added = aligner_.common(repeat.original_stop, original, repeat.copy_stop, copy);
        if (is_alike(added, rows, copy - repeat.copy_stop)) add_behind(repeat, original, copy, added);
    }

    bool may_add(int32_t rows, int32_t copy, int32_t copy_stop) const {
        const int32_t columns = copy_stop - copy;
        return rows > 0 && columns > 0 && std::max(rows, columns) <= limits_.max_gap &&
               std::find(is_copy_.begin() + copy, is_copy_.begin() + copy_stop, 1) == is_copy_.begin() + copy_stop;
    }

    bool is_alike(const std::vector<Piece> &added, int32_t rows, int32_t columns) const {
        const int32_t longer = std::max(rows, columns);
        return longer <= limits_.max_stray || 2 * matched(added) >= longer;
    }

    static void add_before(Repeat &repeat, int32_t original, int32_t copy, const std::vector<Piece> &added) {
        repeat.matched += matched(added);
        repeat.head.insert(repeat.head.end(), added.rbegin(), added.rend());
        repeat.original = original;
        repeat.copy = copy;
    }

    static void put_head_in_front(Repeat &repeat) {
        std::vector<Piece> pieces;
        pieces.reserve(repeat.head.size() + repeat.pieces.size());
        for (auto piece = repeat.head.rbegin(); piece != repeat.head.rend(); ++piece) append(*piece, pieces);
        append(repeat.pieces, pieces);
        repeat.pieces = std::move(pieces);
        repeat.head.clear();
    }

    static void add_behind(Repeat &repeat, int32_t original_stop, int32_t copy_stop, const std::vector<Piece> &added) {
        repeat.matched += matched(added);
        append(added, repeat.pieces);
        repeat.original_stop = original_stop;
        repeat.copy_stop = copy_stop;
    }

    // Joins `next` to `repeat` if it continues it.
    bool join(Repeat &repeat, const Repeat &next) {
        const int32_t original_gap = next.original - repeat.original_stop, copy_gap = next.copy - repeat.copy_stop;
        if (repeat.period != 0 || next.period != 0 || original_gap < 0 || next.original_stop > repeat.copy ||
            std::max(original_gap, copy_gap) > limits_.max_gap ||
            std::min(repeat.matched, next.matched) < limits_.min_chars)
            return false;
        const std::vector<Piece> between =
            aligner_.common(repeat.original_stop, next.original, repeat.copy_stop, next.copy);
        const int32_t all = repeat.matched + matched(between) + next.matched;
        if (!is_similar({repeat.original, next.original_stop, repeat.copy, next.copy_stop, 0, all, {}, {}})) return false;
        add_behind(repeat, next.original, next.copy, between);
        add_behind(repeat, next.original_stop, next.copy_stop, next.pieces);
        return true;
    }

    int32_t boundary_before(int32_t position) const {
        const auto above = std::upper_bound(boundaries_, boundaries_end_, position);
        return above == boundaries_ ? 0 : *(above - 1);
    }

    int32_t boundary_from(int32_t position) const {
        const auto found = std::lower_bound(boundaries_, boundaries_end_, position);
        return found == boundaries_end_ ? size_ : *found;
    }

    Aligner aligner_;
    const int32_t *boundaries_, *boundaries_end_;
    NearLimits limits_;
    int32_t size_;
    std::vector<Link> links_;
    std::vector<Repeat> repeats_;
    std::vector<uint8_t> is_copy_;  // the codes in copies of exact runs and of repeats
};

}  // namespace neardup
