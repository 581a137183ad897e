// Near repeats: equal runs that continue each other across small edits, joined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "align.hpp"
#include "bits.hpp"
#include "boundaries.hpp"
#include "links.hpp"
#include "runs.hpp"

namespace neardup {

// [copy, copy_stop) says again what [original, original_stop) says, but for small edits.
struct Repeat {
    int32_t original, original_stop, copy, copy_stop, period, matched;
};

// A piece of a repeat, given by its number; a periodic one has none.
struct RepeatPiece {
    int32_t repeat, original, copy, length;
};

// One for a thread: its buffers are kept from text to text.
class NearFinder {
  public:
    NearFinder(NearLimits limits, const SimdKernels &lanes) : link_finder_(limits), aligner_(lanes), limits_(limits) {}

    // Replaces `repeats` and `pieces`. `positions`: of each code, the code point it came from; repeats start and stop
    // between code points. `exact`: the runs of at least min_chars; `seeds`: shorter runs, used where they join others.
    // Both disjoint in the copy and ascending.
    void find(const uint32_t *codes, const int32_t *positions, int32_t size, const Boundaries &boundaries,
              const Run *exact, size_t exact_size, const Run *seeds, size_t seeds_size, std::vector<Repeat> &repeats,
              std::vector<RepeatPiece> &pieces) {
        aligner_.reset(codes, positions, size);
        size_ = size;
        boundaries_ = &boundaries;
        found_.clear();
        found_pieces_.clear();
        repeats.clear();
        pieces.clear();
        std::vector<Link> &links = link_finder_.find(exact, exact_size, seeds, seeds_size);
        for (const Run &run : link_finder_.periodic()) {
            const Repeat repeat{run.original, run.original_stop, run.copy, run.copy_stop, run.period, run.length()};
            found_.push_back({repeat, 0, 0});
        }
        if (!links.empty()) extract(links);
        std::sort(found_.begin(), found_.end(),
                  [](const Found &a, const Found &b) { return a.repeat.copy < b.repeat.copy; });
        for (const Found &found : found_) {
            if (repeats.empty() || !join(repeats.back(), found, pieces)) {
                repeats.push_back(found.repeat);
                append(found, static_cast<int32_t>(repeats.size()) - 1, pieces);
            }
        }
    }

  private:
    // The most links of refused chains in a later chain; without it, a long sparse chain is aligned again from each of
    // its links.
    static constexpr size_t max_retried = 8;

    // The most steps by which a repeat grows while it is too sparse.
    static constexpr int unlike_growths = 2;

    // A repeat, and where its pieces are among all.
    struct Found {
        Repeat repeat;
        size_t begin, end;
    };

    // Takes chains, the best first, each with all links between its ends, then the exact runs that are left. A close
    // seed may be a chain by itself.
    void extract(std::vector<Link> &links) {
        links_ = links.data();
        links_size_ = links.size();
        is_copy_.reset(size_);
        for (const Found &found : found_) is_copy_.add_range(found.repeat.copy, found.repeat.copy_stop);
        ends_.clear();
        for (size_t i = 0; i < links_size_; ++i) {
            const Link &link = links_[i];
            steps_.count(16);
            if (link.is_exact) is_copy_.add_range(link.piece.copy, link.piece.copy_stop());
            const bool may_grow = link.before >= 0 || is_close(link);
            if (may_grow && link.score >= limits_.min_score) ends_.push_back(static_cast<int32_t>(i));
        }
        std::sort(ends_.begin(), ends_.end(), [&](int32_t a, int32_t b) {
            return links_[a].score != links_[b].score ? links_[a].score > links_[b].score : a < b;
        });
        for (const int32_t end : ends_) {
            steps_.count(64);
            if (links_[end].is_taken) continue;
            find_chain_to(end);
            const auto [first, last] = trimmed();
            const bool may_grow = last - first > 1 || (last - first == 1 && is_close(links_[chain_[first]]));
            if (may_grow && add(first, last, true)) {
                take(chain_[first]);
            } else {
                for (const int32_t i : chain_) links_[i].is_refused = true;
            }
        }
        for (size_t i = 0; i < links_size_; ++i) {
            steps_.count(4);
            if (!links_[i].is_exact || links_[i].is_taken) continue;
            chain_.assign(1, static_cast<int32_t>(i));
            add(0, 1, false);
        }
    }

    // Puts the free links of the best chain that ends in a link into chain_.
    void find_chain_to(int32_t end) {
        chain_.assign(1, end);
        size_t retried = links_[end].is_refused;
        for (int32_t before = links_[end].before; before >= 0; before = links_[before].before) {
            retried += links_[before].is_refused;
            if (retried > max_retried || any_taken(before, chain_.back())) break;
            chain_.push_back(before);
            steps_.count(64);
        }
        std::reverse(chain_.begin(), chain_.end());
    }

    // Whether a seed is so near to its original that its paragraph may be an edited copy of the one before.
    bool is_close(const Link &link) const {
        return !link.is_exact && link.piece.copy - link.piece.original <= 2 * limits_.max_gap;
    }

    // Gives the part of chain_ that is left without short links where a unit starts on both sides between them and the
    // rest.
    std::pair<size_t, size_t> trimmed() const {
        const auto is_stray = [&](const Piece &piece, int32_t original, int32_t copy) {
            return piece.length <= limits_.max_stray && boundaries_->is_start(original) && boundaries_->is_start(copy);
        };
        const auto piece = [&](size_t i) -> const Piece & { return links_[chain_[i]].piece; };
        size_t first = 0, last = chain_.size();
        while (first < last && is_stray(piece(first), piece(first).original_stop(), piece(first).copy_stop())) ++first;
        while (last > first && is_stray(piece(last - 1), piece(last - 1).original, piece(last - 1).copy)) --last;
        return {first, last};
    }

    // Takes the links that meet the copy of the repeat that was added last; its chain started at `first`, and may have
    // lost pieces there, or have grown over links before it.
    void take(int32_t first) {
        const Repeat &repeat = found_.back().repeat;
        const int32_t count = static_cast<int32_t>(links_size_);
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

    // Puts the pieces of a part of chain_ and the equal codes in the gaps between them into pieces_.
    void put_pieces(size_t first, size_t last) {
        head_.clear();
        pieces_.assign(1, links_[chain_[first]].piece);
        for (size_t i = first + 1; i < last; ++i) {
            Piece next = links_[chain_[i]].piece;
            const Piece before = pieces_.back();
            const int32_t overlap = std::max(0, before.original_stop() - next.original);
            next = {next.original + overlap, next.copy + overlap, next.length - overlap};
            for (const Piece &piece :
                 aligner_.common(before.original_stop(), next.original, before.copy_stop(), next.copy))
                neardup::append(piece, pieces_);
            neardup::append(next, pieces_);
        }
    }

    // Trims pieces_ to whole code points.
    void trim_to_code_points() {
        const auto splits = [&](int32_t original, int32_t copy) { return aligner_.splits_code_point(original, copy); };
        size_t first = 0;
        for (; first < pieces_.size() && splits(pieces_[first].original, pieces_[first].copy);) {
            Piece &piece = pieces_[first];
            piece = {piece.original + 1, piece.copy + 1, piece.length - 1};
            first += piece.length == 0;
        }
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first));
        while (!pieces_.empty() && splits(pieces_.back().original_stop(), pieces_.back().copy_stop())) {
            if (--pieces_.back().length == 0) pieces_.pop_back();
        }
    }

    // Adds a part of chain_ as one repeat, stretched to units, if it matches enough.
    bool add(size_t first, size_t last, bool is_chain) {
        put_pieces(first, last);
        trim_to_code_points();
        if (pieces_.empty()) return false;
        Repeat repeat{pieces_.front().original, pieces_.back().original_stop(), pieces_.front().copy,
                      pieces_.back().copy_stop(), 0, matched(pieces_)};
        const Repeat unstretched = repeat;
        for (int left = unlike_growths; is_similar(repeat) || left-- > 0;) {
            if (!grow_start(repeat) && !grow_stop(repeat)) break;
        }
        if (is_chain && repeat.matched + before(repeat).most() + behind(repeat).most() < limits_.min_chars) return false;
        stretch_to_start(repeat);
        stretch_to_stop(repeat);
        if (!is_similar(repeat)) {
            if (is_chain) return false;
            put_pieces(first, last);
            trim_to_code_points();
            repeat = unstretched;
        }
        if (repeat.matched < limits_.min_chars && is_chain) return false;
        const size_t begin = found_pieces_.size();
        for (auto piece = head_.rbegin(); piece != head_.rend(); ++piece) append_found(*piece, begin);
        for (const Piece &piece : pieces_) append_found(piece, begin);
        found_.push_back({repeat, begin, found_pieces_.size()});
        is_copy_.add_range(repeat.copy, repeat.copy_stop);
        return true;
    }

    // Adds a piece to those of the repeat whose pieces begin there.
    void append_found(const Piece &piece, size_t begin) {
        Piece *const last = found_pieces_.size() > begin ? &found_pieces_.back() : nullptr;
        if (last && last->original_stop() == piece.original && last->copy_stop() == piece.copy) {
            last->length += piece.length;
        } else {
            found_pieces_.push_back(piece);
        }
    }

    bool is_similar(const Repeat &repeat) const {
        const int64_t both = int64_t{repeat.original_stop - repeat.original} + repeat.copy_stop - repeat.copy;
        return int64_t{200} * repeat.matched >= limits_.similarity_percent * both;
    }

    // Grows a repeat to the left by at most max_gap codes that are alike; returns whether it grew.
    bool grow_start(Repeat &repeat) {
        const int32_t start = std::max(repeat.original_stop, repeat.copy - limits_.max_gap);
        const int32_t taken = is_copy_.last(start, repeat.copy);
        const int32_t columns = repeat.copy - (taken < 0 ? start : taken + 1);
        const int32_t most = std::min(limits_.max_gap, repeat.original);
        const auto [rows, reached] =
            aligner_.reach({repeat.original - 1, repeat.copy - 1, -1, most, columns}, limits_.min_piece);
        if (rows == 0) return false;
        const int32_t original = repeat.original - rows, copy = repeat.copy - reached;
        add_before(repeat, original, copy, aligner_.common(original, repeat.original, copy, repeat.copy));
        return true;
    }

    // The same to the right.
    bool grow_stop(Repeat &repeat) {
        const int32_t stop = std::min(size_, repeat.copy_stop + limits_.max_gap);
        const int32_t taken = is_copy_.first(repeat.copy_stop, stop);
        const int32_t columns = (taken < 0 ? stop : taken) - repeat.copy_stop;
        const int32_t most = std::min(limits_.max_gap, repeat.copy - repeat.original_stop);
        const auto [rows, reached] =
            aligner_.reach({repeat.original_stop, repeat.copy_stop, 1, most, columns}, limits_.min_piece);
        if (rows == 0) return false;
        const int32_t original = repeat.original_stop + rows, copy = repeat.copy_stop + reached;
        add_behind(repeat, original, copy, aligner_.common(repeat.original_stop, original, repeat.copy_stop, copy));
        return true;
    }

    // Two stretches that a repeat may grow by.
    struct Addition {
        int32_t original, original_stop, copy, copy_stop;

        // The most that they can match; 0 if there are none.
        int32_t most() const { return std::min(original_stop - original, copy_stop - copy); }
    };

    // From the start of the units where a repeat starts.
    Addition before(const Repeat &repeat) const {
        const int32_t copy = boundaries_->before(repeat.copy, limits_.max_gap);
        const int32_t original = boundaries_->before(repeat.original, limits_.max_gap);
        return if_allowed({original, repeat.original, copy, repeat.copy}, copy >= repeat.original_stop);
    }

    // To the end of the units where it stops.
    Addition behind(const Repeat &repeat) const {
        const int32_t copy = boundaries_->behind(repeat.copy_stop, limits_.max_gap);
        const int32_t original = boundaries_->behind(repeat.original_stop, limits_.max_gap);
        return if_allowed({repeat.original_stop, original, repeat.copy_stop, copy}, original <= repeat.copy);
    }

    Addition if_allowed(Addition added, bool is_disjoint) const {
        const int32_t longer = std::max(added.original_stop - added.original, added.copy_stop - added.copy);
        const bool is_allowed = is_disjoint && longer <= limits_.max_gap && may_be_alike(added.most(), longer) &&
                                is_copy_.first(added.copy, added.copy_stop) < 0;
        return is_allowed ? added : Addition{};
    }

    // Whether so much of a stretch is alike that it belongs to a repeat.
    bool may_be_alike(int32_t matched, int32_t longer) const {
        return longer <= limits_.max_stray || 2 * matched >= longer;
    }

    bool is_alike(const Addition &added) {
        return added.most() > 0 &&
               may_be_alike(aligner_.measure(added.original, added.original_stop, added.copy, added.copy_stop),
                            std::max(added.original_stop - added.original, added.copy_stop - added.copy));
    }

    // Moves the start of a repeat to the start of the units there, if half of what is added is alike.
    void stretch_to_start(Repeat &repeat) {
        const Addition added = before(repeat);
        if (is_alike(added)) add_before(repeat, added.original, added.copy, aligner_.pieces());
    }

    // The same at its end.
    void stretch_to_stop(Repeat &repeat) {
        const Addition added = behind(repeat);
        if (is_alike(added)) add_behind(repeat, added.original_stop, added.copy_stop, aligner_.pieces());
    }

    // The pieces of the repeat that grows are those of head_, the last one first, and those of pieces_.
    void add_before(Repeat &repeat, int32_t original, int32_t copy, const std::vector<Piece> &added) {
        repeat.matched += matched(added);
        head_.insert(head_.end(), added.rbegin(), added.rend());
        repeat.original = original;
        repeat.copy = copy;
    }

    void add_behind(Repeat &repeat, int32_t original_stop, int32_t copy_stop, const std::vector<Piece> &added) {
        repeat.matched += matched(added);
        pieces_.insert(pieces_.end(), added.begin(), added.end());
        repeat.original_stop = original_stop;
        repeat.copy_stop = copy_stop;
    }

    // Joins the next repeat to the last one, whose pieces are the last ones, if it continues it.
    bool join(Repeat &last, const Found &found, std::vector<RepeatPiece> &pieces) {
        const Repeat &next = found.repeat;
        const int32_t original_gap = next.original - last.original_stop, copy_gap = next.copy - last.copy_stop;
        if (last.period != 0 || next.period != 0 || original_gap < 0 || next.original_stop > last.copy ||
            std::max(original_gap, copy_gap) > limits_.max_gap ||
            std::min(last.matched, next.matched) < limits_.min_chars)
            return false;
        const std::vector<Piece> &between =
            aligner_.common(last.original_stop, next.original, last.copy_stop, next.copy);
        const Repeat whole{last.original, next.original_stop, last.copy, next.copy_stop, 0,
                           last.matched + matched(between) + next.matched};
        if (!is_similar(whole)) return false;
        const int32_t repeat = pieces.back().repeat;
        for (const Piece &piece : between) append(piece, repeat, pieces);
        append(found, repeat, pieces);
        last = whole;
        return true;
    }

    void append(const Found &found, int32_t repeat, std::vector<RepeatPiece> &pieces) const {
        for (size_t i = found.begin; i < found.end; ++i) append(found_pieces_[i], repeat, pieces);
    }

    static void append(const Piece &piece, int32_t repeat, std::vector<RepeatPiece> &pieces) {
        RepeatPiece *const last = pieces.empty() ? nullptr : &pieces.back();
        if (last && last->repeat == repeat && last->original + last->length == piece.original &&
            last->copy + last->length == piece.copy) {
            last->length += piece.length;
        } else {
            pieces.push_back({repeat, piece.original, piece.copy, piece.length});
        }
    }

    LinkFinder link_finder_;
    Aligner aligner_;
    NearLimits limits_;
    const Boundaries *boundaries_ = nullptr;
    int32_t size_ = 0;
    Steps steps_;
    Link *links_ = nullptr;  // of the text in hand
    size_t links_size_ = 0;
    std::vector<int32_t> ends_, chain_;
    std::vector<Piece> pieces_, head_;  // of the repeat that grows
    std::vector<Found> found_;
    std::vector<Piece> found_pieces_;
    PositionSet is_copy_;  // the codes in copies of exact runs and of repeats
};

}  // namespace neardup
