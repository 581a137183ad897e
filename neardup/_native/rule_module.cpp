#include "rule_module.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "batch.hpp"
#include "batch_checks.hpp"
#include "survivors.hpp"

namespace neardup {
namespace {

using namespace nb::literals;

constexpr size_t progress_every = 1024;

// Of digests, bands and anchors.
using RaggedPerKind = std::tuple<RaggedIn, RaggedIn, RaggedIn>;

std::pair<Out<uint32_t>, Out<int64_t>> shared_keys(In<uint64_t> keys, In<int64_t> offsets) {
    check_offsets(offsets, keys.size(), "the offsets must ascend from 0 to the number of keys");
    const size_t size = offsets.size() - 1;
    auto kept_offsets = allocate<int64_t>(size + 1);
    std::vector<uint32_t> found;
    {
        nb::gil_scoped_release released;
        found = KeyNumbering().number(keys.data(), offsets.data(), size, kept_offsets.get());
    }
    auto numbers = allocate<uint32_t>(found.size());
    std::copy(found.begin(), found.end(), numbers.get());
    return {own(std::move(numbers), {found.size()}), own(std::move(kept_offsets), {size + 1})};
}

PerKind<SharedKeys> check_all_keys(const RaggedPerKind &keys, size_t texts) {
    const auto &[digests, bands, anchors] = keys;
    return {check_keys(digests, texts), check_keys(bands, texts), check_keys(anchors, texts)};
}

void check_rows(const int64_t *rows, size_t count, size_t size) {
    if (std::any_of(rows, rows + count, [&](int64_t row) { return row < 0 || row >= static_cast<int64_t>(size); }))
        throw nb::value_error("the rows must be texts");
}

// Lists of texts that somebody else keeps.
struct Lists {
    const uint32_t *texts;
    const int64_t *offsets;

    const uint32_t *begin(uint32_t key) const { return texts + offsets[key]; }
    const uint32_t *end(uint32_t key) const { return texts + offsets[key + 1]; }
};

Lists check_lists(const RaggedIn &lists, const SharedKeys &keys, size_t texts) {
    const auto &[rows, offsets] = lists;
    check_offsets(offsets, rows.size(), "the offsets of lists must ascend from 0 to the number of their texts");
    if (offsets.size() < keys.count + 1) throw nb::value_error("every key must have a list");
    if (std::any_of(rows.data(), rows.data() + rows.size(), [&](uint32_t row) { return row >= texts; }))
        throw nb::value_error("the lists must name texts");
    return {rows.data(), offsets.data()};
}

PerKind<Lists> check_all_lists(const RaggedPerKind &lists, const PerKind<SharedKeys> &keys, size_t texts) {
    const auto &[digests, bands, anchors] = lists;
    return {check_lists(digests, keys.digests, texts), check_lists(bands, keys.bands, texts),
            check_lists(anchors, keys.anchors, texts)};
}

Out<bool> may_have_candidates(RaggedPerKind keys, In<int64_t> anchor_counts, double min_anchor_share,
                              int64_t max_bucket_size) {
    const size_t size = anchor_counts.size();
    const PerKind<SharedKeys> checked = check_all_keys(keys, size);
    auto found = allocate<bool>(size);
    {
        nb::gil_scoped_release released;
        const MayHaveCandidates meets(checked.digests, checked.bands, checked.anchors, anchor_counts.data(), size,
                                      min_anchor_share, static_cast<size_t>(max_bucket_size));
        for (size_t i = 0; i < size; ++i) found[i] = meets(i);
    }
    return own(std::move(found), {size});
}

// For each key the first texts in an order that survive, and how often there were more than a list holds.
std::tuple<Out<uint32_t>, Out<int64_t>, int64_t> key_lists(RaggedIn keys, In<int64_t> order, In<bool> survives,
                                                           int64_t max_bucket_size) {
    const size_t size = survives.size();
    check_size_of_batch(size);
    const SharedKeys checked = check_keys(keys, size);
    const std::vector<uint32_t> rows = check_order(order, size);
    if (max_bucket_size < 1) throw nb::value_error("max_bucket_size must be at least 1");
    KeyLists lists(checked, size, static_cast<size_t>(max_bucket_size));
    int64_t full = 0;
    size_t total = 0;
    auto offsets = allocate<int64_t>(checked.count + 1);
    {
        nb::gil_scoped_release released;
        for (const uint32_t text : rows) {
            if (!survives.data()[text]) continue;
            Interrupts::count(8 * static_cast<size_t>(checked.end(text) - checked.begin(text)));
            for (const uint32_t *key = checked.begin(text); key != checked.end(text); ++key) full += !lists.add(*key, text);
        }
        for (uint32_t key = 0; key < checked.count; ++key) {
            offsets[key] = static_cast<int64_t>(total);
            total += static_cast<size_t>(lists.end(key) - lists.begin(key));
        }
        offsets[checked.count] = static_cast<int64_t>(total);
    }
    auto listed = allocate<uint32_t>(total);
    for (uint32_t key = 0; key < checked.count; ++key)
        std::copy(lists.begin(key), lists.end(key), listed.get() + offsets[key]);
    return {own(std::move(listed), {total}), own(std::move(offsets), {checked.count + 1}), full};
}

// Of each text a number; texts of equal ones are no candidates of each other.
using GroupsIn = std::optional<In<int64_t>>;

const int64_t *check_groups(const GroupsIn &groups, size_t texts) {
    if (!groups) return nullptr;
    if (groups->size() != texts) throw nb::value_error("every text must have a group, if any has one");
    return groups->data();
}

// What candidates are ranked by: places in the order, low bytes of signatures, numbers of anchors; and their groups.
using RankingIn = std::tuple<In<uint32_t>, Matrix<uint8_t>, In<int64_t>, GroupsIn>;

std::tuple<Out<uint32_t>, Out<int64_t>, Out<int64_t>> candidates(In<int64_t> rows, RaggedPerKind keys,
                                                                 RaggedPerKind lists, RankingIn ranking,
                                                                 double min_anchor_share, int64_t max_candidates,
                                                                 int64_t threads) {
    const auto &places = std::get<0>(ranking);
    const auto &low = std::get<1>(ranking);
    const auto &anchor_counts = std::get<2>(ranking);
    const size_t size = places.size(), workers = check_threads(threads);
    check_size_of_batch(size);
    const LowBytes bytes = check_low(low, size);
    if (anchor_counts.size() != size) throw nb::value_error("every text must have a count of anchors");
    const int64_t *const group = check_groups(std::get<3>(ranking), size);
    const PerKind<SharedKeys> checked = check_all_keys(keys, size);
    const PerKind<Lists> listed = check_all_lists(lists, checked, size);
    check_rows(rows.data(), rows.size(), size);
    if (max_candidates < 1) throw nb::value_error("max_candidates must be at least 1");
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(rows.size());
    Ragged<uint32_t> found(chunks);
    auto left_out = allocate<int64_t>(rows.size());
    {
        nb::gil_scoped_release released;
        for_each_chunk(chunks, workers, [&] {
            return [&, texts = std::vector<uint32_t>(),
                    finder = CandidateFinder(bytes, checked, places.data(), anchor_counts.data(), group, lanes,
                                             min_anchor_share, static_cast<size_t>(max_candidates))](size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
                    texts.clear();
                    for (const Candidate &each : finder.find(static_cast<size_t>(rows.data()[i]), listed))
                        texts.push_back(each.text);
                    found.append(chunk, i, texts.data(), texts.size());
                    left_out[i] = static_cast<int64_t>(finder.left_out());
                }
            };
        });
    }
    auto [values, offsets] = arrays_of(found, rows.size());
    return {std::move(values), std::move(offsets), own(std::move(left_out), {rows.size()})};
}

RelationLimits relation_limits(const In<double> &limits) {
    if (limits.size() != RelationLimits::count) throw nb::value_error("there must be eleven limits of relations");
    const double *all = limits.data();
    return {all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8], all[9], all[10]};
}

// What texts are compared by, beside themselves: content digests, and titles or none.
using ContentsIn = std::pair<In<uint64_t>, const Texts *>;

Contents check_contents(const ContentsIn &contents, size_t texts) {
    const auto &[digests, titles] = contents;
    if (digests.size() != texts) throw nb::value_error("every text must have a content digest");
    if (titles && titles->size() != texts)
        throw nb::value_error("every text must have a title, if any has one; it may be empty");
    return {digests.data(), titles ? &titles->views() : nullptr};
}

// Of each relation whether it makes a duplicate.
const bool *check_drops(const In<bool> &drops) {
    if (drops.size() != relations) throw nb::value_error("every relation must be said to drop or not");
    return drops.data();
}

// Arrays for the verdicts on a number of texts.
class VerdictArrays {
  public:
    explicit VerdictArrays(size_t size)
        : size_(size), match_(allocate<int64_t>(size)), relation_(allocate<uint8_t>(size)),
          evidence_(zeroed<double>(Evidence::measures * size)) {
        std::fill_n(match_.get(), size, -1);
        std::fill_n(relation_.get(), size, 0);
    }

    Verdicts get() const { return {match_.get(), relation_.get(), evidence_.get()}; }

    // The arrays themselves, once.
    std::tuple<Out<int64_t>, Out<uint8_t>, Out<double>> take() {
        return {own(std::move(match_), {size_}), own(std::move(relation_), {size_}),
                own(std::move(evidence_), {size_, Evidence::measures})};
    }

  private:
    size_t size_;
    Array<int64_t> match_;
    Array<uint8_t> relation_;
    Array<double> evidence_;
};

using VerdictsOut = std::tuple<Out<int64_t>, Out<uint8_t>, Out<double>>;

VerdictsOut decide(const Texts &texts, const Folding &folding, int64_t ngram, In<int64_t> rows,
                   RaggedIn candidates, ContentsIn contents, In<double> limits, In<bool> drops, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const Contents compared = check_contents(contents, texts.size());
    const RelationLimits relation = relation_limits(limits);
    const bool *const dropped = check_drops(drops);
    check_rows(rows.data(), rows.size(), texts.size());
    const auto &others = std::get<0>(candidates);
    const auto &offsets = std::get<1>(candidates);
    check_offsets(offsets, others.size(), "the offsets of candidates must ascend from 0 to their number");
    if (offsets.size() != rows.size() + 1) throw nb::value_error("every row must have candidates");
    if (std::any_of(others.data(), others.data() + others.size(), [&](uint32_t row) { return row >= texts.size(); }))
        throw nb::value_error("the candidates must be texts");
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(rows.size());
    VerdictArrays verdicts(rows.size());
    const size_t room = words_kept(texts, rows.data(), rows.size(), workers);
    {
        nb::gil_scoped_release released;
        for_each_chunk(chunks, workers, [&] {
            return [&, decider = Decider(texts.views(), table, lanes, width, room, compared, relation, dropped)](
                       size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
                    const uint32_t *const first = others.data() + offsets.data()[i];
                    const auto count = static_cast<size_t>(offsets.data()[i + 1] - offsets.data()[i]);
                    verdicts.get().set(i, decider.decide(static_cast<size_t>(rows.data()[i]), count,
                                                         [&](size_t place) { return first[place]; }));
                }
            };
        });
    }
    return verdicts.take();
}

// Evidence and relation of pairs of texts.
using Pairs = nb::ndarray<const int64_t, nb::numpy, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;

std::pair<Out<uint8_t>, Out<double>> relate(const Texts &texts, const Folding &folding, int64_t ngram,
                                            Pairs pairs, ContentsIn contents, In<double> limits, int64_t threads) {
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads), count = pairs.shape(0);
    const Contents compared = check_contents(contents, texts.size());
    const RelationLimits relation = relation_limits(limits);
    check_rows(pairs.data(), 2 * count, texts.size());
    const SimdKernels &lanes = chosen_lanes();
    const Chunks chunks = Chunks::of(count);
    VerdictArrays verdicts(count);
    const size_t room = words_kept(texts, pairs.data(), 2 * count, workers);
    constexpr bool none[relations] = {};
    {
        nb::gil_scoped_release released;
        for_each_chunk(chunks, workers, [&] {
            return [&, decider = Decider(texts.views(), table, lanes, width, room, compared, relation, none)](
                       size_t chunk) mutable {
                for (size_t i = chunks.begin(chunk); i < chunks.end(chunk); ++i)
                    verdicts.get().set(i, decider.relate(static_cast<size_t>(pairs.data()[2 * i]),
                                                         static_cast<size_t>(pairs.data()[2 * i + 1])));
            };
        });
    }
    auto [match, relation_numbers, evidence] = verdicts.take();
    return {std::move(relation_numbers), std::move(evidence)};
}

// The numbers of the rule: the part of anchors that candidates share, the limits of relations, which relations drop, how
// many texts a list holds, how many candidates are compared.
using RuleIn = std::tuple<double, In<double>, In<bool>, int64_t, int64_t>;

std::tuple<Out<int64_t>, Out<uint8_t>, Out<double>, Out<int64_t>, int64_t> survivors(
    const Texts &texts, const Folding &folding, int64_t ngram, In<int64_t> order, RaggedPerKind keys,
    Matrix<uint8_t> low, In<int64_t> anchor_counts, ContentsIn contents, RuleIn rule, int64_t threads, GroupsIn groups,
    int64_t given, nb::object progress) {
    const double min_anchor_share = std::get<0>(rule);
    const auto &limits = std::get<1>(rule);
    const auto &drops = std::get<2>(rule);
    const int64_t max_bucket_size = std::get<3>(rule), max_candidates = std::get<4>(rule);
    const FoldingTable &table = folding.table();
    const size_t width = check_ngram(ngram), workers = check_threads(threads);
    const size_t size = texts.size();
    check_size_of_batch(size);
    const LowBytes bytes = check_low(low, size);
    if (anchor_counts.size() != size) throw nb::value_error("every text must have a count of anchors");
    const int64_t *const group = check_groups(groups, size);
    const PerKind<SharedKeys> checked = check_all_keys(keys, size);
    const Contents compared = check_contents(contents, size);
    const RelationLimits relation = relation_limits(limits);
    const bool *const dropped = check_drops(drops);
    if (max_bucket_size < 1 || max_candidates < 1)
        throw nb::value_error("max_bucket_size and max_candidates must be at least 1");
    const std::vector<uint32_t> rows = check_order(order, size);
    if (given < 0 || given > static_cast<int64_t>(rows.size()))
        throw nb::value_error("given must be at least 0, and at most the number of texts in the order");
    const SimdKernels &lanes = chosen_lanes();
    VerdictArrays verdicts(size);
    const size_t room = words_kept(texts, rows.data(), rows.size(), workers);
    auto counts = allocate<int64_t>(3);
    size_t rounds = 1;
    {
        nb::gil_scoped_release released;
        std::vector<uint32_t> places(size, UINT32_MAX);
        for (size_t i = 0; i < rows.size(); ++i) places[rows[i]] = static_cast<uint32_t>(i);
        SurvivorRule survivor_rule(
            checked, size, rows, static_cast<size_t>(max_bucket_size), workers, dropped, verdicts.get(),
            [&] {
                return CandidateFinder(bytes, checked, places.data(), anchor_counts.data(), group, lanes,
                                       min_anchor_share, static_cast<size_t>(max_candidates));
            },
            [&] {
                return Decider(texts.views(), table, lanes, width, room, compared, relation, dropped);
            });
        survivor_rule.give(static_cast<size_t>(given));
        const size_t block = survivor_rule.block();
        for (size_t begin = static_cast<size_t>(given), said = 0; begin < rows.size(); begin += block) {
            if (begin >= said && !progress.is_none()) {
                nb::gil_scoped_acquire held;
                progress(begin);
                said = begin + progress_every;
            }
            survivor_rule.decide(begin, std::min(begin + block, rows.size()));
        }
        const Cuts &cuts = survivor_rule.cuts();
        counts[0] = cuts.listed, counts[1] = cuts.texts, counts[2] = cuts.candidates;
        rounds = survivor_rule.rounds();
    }
    auto [match, relations_found, evidence] = verdicts.take();
    return {std::move(match), std::move(relations_found), std::move(evidence), own(std::move(counts), {3}),
            static_cast<int64_t>(rounds)};
}

}  // namespace

void bind_rule(nb::module_ &m) {
    m.def("shared_keys", &shared_keys, "keys"_a, "offsets"_a);
    m.def("may_have_candidates", &may_have_candidates, "keys"_a, "anchor_counts"_a, "min_anchor_share"_a,
          "max_bucket_size"_a);
    m.def("key_lists", &key_lists, "keys"_a, "order"_a, "survives"_a, "max_bucket_size"_a);
    m.def("candidates", &candidates, "rows"_a, "keys"_a, "lists"_a, "ranking"_a, "min_anchor_share"_a,
          "max_candidates"_a, "threads"_a);
    m.def("decide", &decide, "texts"_a, "folding"_a, "ngram"_a, "rows"_a, "candidates"_a, "contents"_a,
          "limits"_a, "drops"_a, "threads"_a);
    m.def("relate", &relate, "texts"_a, "folding"_a, "ngram"_a, "pairs"_a, "contents"_a, "limits"_a,
          "threads"_a);
    m.def("survivors", &survivors, "texts"_a, "folding"_a, "ngram"_a, "order"_a, "keys"_a, "low"_a,
          "anchor_counts"_a, "contents"_a, "rule"_a, "threads"_a, "groups"_a.none() = nb::none(), "given"_a = 0,
          "progress"_a.none() = nb::none());
}

}  // namespace neardup
