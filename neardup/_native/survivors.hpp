// The survivor rule: texts in a total order, each compared with the survivors before it that share keys with it.
//
// The rule is sequential, so exactly one choice of survivors agrees with itself. Several threads guess the survivors of a
// block of texts, apply the rule to all of them, and do so again with what came out until nothing changes. Where each text
// is a duplicate of the one before, a round settles one or two of them: after some rounds the rest is decided in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "candidates.hpp"
#include "decide.hpp"
#include "parallel.hpp"

namespace neardup {

// What the limits left out.
struct Cuts {
    int64_t listed = 0;      // times that a list was full
    int64_t texts = 0;       // texts with too many candidates
    int64_t candidates = 0;  // those candidates that were not compared
};

// The lists of the survivors of each key, kept while texts are decided.
class SurvivorLists {
  public:
    SurvivorLists(const PerKind<SharedKeys> &keys, size_t texts, size_t max_bucket_size)
        : keys_(keys), lists_{KeyLists(keys.digests, texts, max_bucket_size), KeyLists(keys.bands, texts, max_bucket_size),
                              KeyLists(keys.anchors, texts, max_bucket_size)} {}

    // Adds a survivor, and gives in how many lists there was no room.
    int64_t add(uint32_t text) {
        int64_t full = 0;
        for_each_list(text, [&](KeyLists &lists, uint32_t key) { full += !lists.add(key, text); });
        return full;
    }

    // Takes a survivor out again; those that were added after it first.
    void remove(uint32_t text) {
        for_each_list(text, [&](KeyLists &lists, uint32_t key) { lists.remove(key, text); });
    }

    const PerKind<KeyLists> &lists() const { return lists_; }

  private:
    template <typename Visit>
    void for_each_list(uint32_t text, Visit visit) {
        const auto visit_kind = [&](const SharedKeys &keys, KeyLists &lists) {
            Interrupts::count(8 * static_cast<size_t>(keys.end(text) - keys.begin(text)));
            for (const uint32_t *key = keys.begin(text); key != keys.end(text); ++key) visit(lists, *key);
        };
        visit_kind(keys_.digests, lists_.digests);
        visit_kind(keys_.bands, lists_.bands);
        visit_kind(keys_.anchors, lists_.anchors);
    }

    const PerKind<SharedKeys> keys_;
    PerKind<KeyLists> lists_;
};

// Where the verdicts go, by text.
struct Verdicts {
    int64_t *match;
    uint8_t *relation;
    double *evidence;

    void set(size_t text, const Verdict &verdict) const {
        match[text] = verdict.match;
        relation[text] = static_cast<uint8_t>(verdict.relation);
        verdict.evidence.write(evidence + Evidence::measures * text);
    }
};

class SurvivorRule {
  public:
    // `make_finder` and `make_decider` make what a thread decides with.
    template <typename MakeFinder, typename MakeDecider>
    SurvivorRule(const PerKind<SharedKeys> &keys, size_t texts, const std::vector<uint32_t> &order,
                 size_t max_bucket_size, size_t threads, const bool *drops, const Verdicts &verdicts,
                 MakeFinder make_finder, MakeDecider make_decider)
        : keys_(keys), order_(order), lists_(keys, texts, max_bucket_size), drops_(drops), verdicts_(verdicts),
          left_out_(order.size(), 0) {
        // Each keeps memory for every text, so there are no more than can be of use.
        const size_t most = std::clamp<size_t>(order.size(), 1, max_workers);
        for (size_t i = 0; i < std::clamp<size_t>(threads, 1, most); ++i)
            workers_.push_back(std::make_unique<Worker>(Worker{make_finder(), make_decider()}));
    }

    // Lets the first texts of the order survive undecided; before any are decided.
    void give(size_t count) {
        for (size_t place = 0; place < count; ++place) cuts_.listed += lists_.add(order_[place]);
    }

    // How many texts are best decided at a time.
    size_t block() const {
        return workers_.size() == 1 ? 1 : std::clamp<size_t>(order_.size() / 64, 64, 4096);
    }

    // Decides the texts from one place of the order to another; all before were decided or given.
    void decide(size_t begin, size_t end) {
        if (end - begin == 1) {
            decide_place(begin, *workers_[0], [](uint64_t, auto compare) { return compare(); });
            if (survives(begin)) cuts_.listed += lists_.add(order_[begin]);
        } else {
            settle(begin, end);
        }
        for (size_t place = begin; place < end; ++place) {
            cuts_.texts += left_out_[place] > 0;
            cuts_.candidates += left_out_[place];
        }
    }

    const Cuts &cuts() const { return cuts_; }
    size_t rounds() const { return rounds_; }

  private:
    static constexpr size_t max_workers = 256, max_rounds = 8;

    struct Worker {
        CandidateFinder finder;
        Decider decider;
    };

    bool survives(size_t place) const { return !drops_[verdicts_.relation[order_[place]]]; }

    // Verdicts on pairs of one text, remembered while its candidates change.
    class Memory {
      public:
        template <typename Compare>
        Verdict operator()(uint64_t pair, Compare compare) {
            for (const auto &[key, verdict] : known_)
                if (key == pair) return verdict;
            known_.emplace_back(pair, compare());
            return known_.back().second;
        }

      private:
        std::vector<std::pair<uint64_t, Verdict>> known_;
    };

    template <typename CompareKnown>
    void decide_place(size_t place, Worker &worker, CompareKnown &&compare_known) {
        const uint32_t text = order_[place];
        if (place + 1 < order_.size()) worker.decider.prefetch(order_[place + 1]);
        const std::vector<Candidate> &found = worker.finder.find(text, lists_.lists());
        left_out_[place] = static_cast<uint32_t>(worker.finder.left_out());
        const auto text_at = [&](size_t i) { return found[i].text; };
        verdicts_.set(text, worker.decider.decide(text, found.size(), text_at, compare_known));
    }

    // Guesses that all texts of a block survive, decides them, and again those whose lists a wrong guess changed; after
    // some rounds, the block in order.
    void settle(size_t begin, size_t end) {
        std::vector<uint8_t> guess(end - begin, 1);
        std::vector<Memory> memories(end - begin);
        std::vector<size_t> places(end - begin);
        for (size_t i = 0; i < places.size(); ++i) places[i] = begin + i;
        for (size_t round = 1;; ++round) {
            int64_t full = 0;
            for (size_t i = 0; i < guess.size(); ++i)
                if (guess[i]) full += lists_.add(order_[begin + i]);
            decide_all(begin, places, memories);
            places.clear();
            std::vector<uint8_t> next(guess.size());
            for (size_t i = 0; i < guess.size(); ++i) next[i] = survives(begin + i);
            if (next == guess) {
                cuts_.listed += full;
                rounds_ = std::max(rounds_, round);
                return;
            }
            for (size_t i = guess.size(); i-- > 0;)
                if (guess[i]) lists_.remove(order_[begin + i]);
            if (round == max_rounds) {
                const auto wrong = std::mismatch(guess.begin(), guess.end(), next.begin()).first - guess.begin();
                decide_behind(begin, static_cast<size_t>(wrong), memories);
                rounds_ = std::max(rounds_, round + 1);
                return;
            }
            places = affected(begin, guess, next);
            guess.swap(next);
        }
    }

    // Decides in order the texts of a block behind the first wrong guess: that one itself, and all before, are decided.
    void decide_behind(size_t begin, size_t wrong, std::vector<Memory> &memories) {
        for (size_t i = 0; i < memories.size(); ++i) {
            if (i > wrong) decide_place(begin + i, *workers_[0], memories[i]);
            if (survives(begin + i)) cuts_.listed += lists_.add(order_[begin + i]);
        }
    }

    void decide_all(size_t begin, const std::vector<size_t> &places, std::vector<Memory> &memories) {
        std::atomic<size_t> taken{0};
        const Chunks chunks{places.size(), std::clamp<size_t>(places.size() / (8 * workers_.size()), 1, 64)};
        for_each_chunk(chunks, workers_.size(), [&] {
            return [&, &worker = *workers_[taken++]](size_t chunk) {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i)
                    decide_place(places[i], worker, memories[places[i] - begin]);
            };
        });
    }

    // The places of a block that stand behind a text whose guess was wrong, and share a key with it.
    std::vector<size_t> affected(size_t begin, const std::vector<uint8_t> &guess, const std::vector<uint8_t> &next) const {
        std::vector<size_t> found;
        std::vector<uint32_t> digests, bands, anchors;
        const auto mark = [](const SharedKeys &keys, uint32_t text, std::vector<uint32_t> &marked) {
            marked.insert(marked.end(), keys.begin(text), keys.end(text));
        };
        for (size_t i = 0; i < guess.size(); ++i) {
            if (guess[i] == next[i]) continue;
            mark(keys_.digests, order_[begin + i], digests);
            mark(keys_.bands, order_[begin + i], bands);
            mark(keys_.anchors, order_[begin + i], anchors);
        }
        for (std::vector<uint32_t> *marked : {&digests, &bands, &anchors}) std::sort(marked->begin(), marked->end());
        const auto has_any = [](const SharedKeys &keys, uint32_t text, const std::vector<uint32_t> &marked) {
            return std::any_of(keys.begin(text), keys.end(text), [&](uint32_t key) {
                return std::binary_search(marked.begin(), marked.end(), key);
            });
        };
        for (size_t i = 0; i < guess.size(); ++i) {
            const uint32_t text = order_[begin + i];
            if (has_any(keys_.digests, text, digests) || has_any(keys_.bands, text, bands) ||
                has_any(keys_.anchors, text, anchors))
                found.push_back(begin + i);
        }
        return found;
    }

    const PerKind<SharedKeys> keys_;
    const std::vector<uint32_t> &order_;
    SurvivorLists lists_;
    std::vector<std::unique_ptr<Worker>> workers_;
    const bool *drops_;
    const Verdicts verdicts_;
    std::vector<uint32_t> left_out_;  // by place
    Cuts cuts_;
    size_t rounds_ = 1;
};

}  // namespace neardup
