// What evidence reads off a text beside its folded codes: numbers by their role, and the title; as
// neardup/_reference/readings.py does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "ascii.hpp"
#include "numbers.hpp"
#include "shingle.hpp"
#include "sketch.hpp"
#include "texts.hpp"
#include "units.hpp"

namespace neardup {

// Which folded codes a number is, and a hash of its plain form.
struct Number {
    size_t start, stop;
    uint64_t form;
};

inline bool operator<(const Number &one, const Number &other) {
    return std::pair(one.start, one.stop) < std::pair(other.start, other.stop);
}

struct Title {
    std::vector<uint32_t> codes;
    size_t stop = 0;  // where they stop in the text; 0 if they are no line of it
    bool is_heading = false;
};

class TextReading {
  public:
    // Reads a text that `folder` has folded last, with positions in the content. `title`: its folded title if one is known.
    // What is read is of use until the folder folds another.
    void read(const TextFolder &folder, const TextView &text, const Codes &title) {
        folder_ = &folder;
        numbers_.clear();
        forms_.clear();
        lines_.clear();
        folder_->with_content(text, [&](const auto *points, size_t size) { find_lines(points, size); });
        size_t offset = 0;
        CodeFinder codes(folder);
        folder_->for_each_stretch(text, [&](const auto *points, size_t size) {
            find_numbers(points, size, offset, codes);
            offset += size;
        });
        folder_->with_content(text, [&](const auto *points, size_t) { leave_metas_out(points); });
        find_chinese_years();
        std::sort(numbers_.begin(), numbers_.end());
        prose_.clear();
        for (const Number &number : numbers_) prose_.push_back(number.form);
        for (std::vector<uint64_t> *forms : {&forms_, &prose_}) {
            std::sort(forms->begin(), forms->end());
            forms->erase(std::unique(forms->begin(), forms->end()), forms->end());
        }
        find_title();
        if (title.size > 0) take(title);
    }

    Codes codes() const { return {folder_->codes(), folder_->size()}; }
    const std::vector<Number> &numbers() const { return numbers_; }  // in its prose, in order
    const std::vector<uint64_t> &prose() const { return prose_; }    // their different forms, ascending
    const Title &title() const { return title_; }

    // The codes of lines that say where the text is from, as starts and stops, ascending.
    const std::vector<std::pair<size_t, size_t>> &metas() const { return metas_; }

    // Whether the text says a number anywhere.
    bool says(uint64_t form) const { return std::binary_search(forms_.begin(), forms_.end(), form); }

  private:
    static constexpr size_t max_title = 60, edge_lines = 4;

    // Codes, and where the line starts and stops in the text.
    struct Line {
        size_t start, stop, begin, end;
        bool has_year = false, has_time = false, is_meta = false;
    };

    // Which code is the first from a place of the content on, for places in ascending order.
    class CodeFinder {
      public:
        explicit CodeFinder(const TextFolder &folder) : folder_(folder) {}

        size_t from(size_t place) {
            // Most code points give one code each, and none gives more in most texts.
            const size_t room = folder_.size() - code_;
            size_t count = folder_.has_several() ? room : std::min(room, place - place_);
            for (place_ = place; count > 0;) {
                const size_t half = (count + 1) / 2;
                code_ += folder_.positions()[code_ + half - 1] < static_cast<int32_t>(place) ? half : 0;
                count -= half;
            }
            return code_;
        }

      private:
        const TextFolder &folder_;
        size_t place_ = 0, code_ = 0;
    };

    template <typename Char>
    void find_lines(const Char *points, size_t size) {
        CodeFinder codes(*folder_);
        size_t begin = 0, start = 0;
        const auto add = [&](size_t end) {
            const size_t stop = codes.from(end);
            if (start < stop) lines_.push_back({start, stop, begin, end});
            begin = end + 1, start = stop;
        };
        Places<Char> breaks(points, size, std::get<BitsOf<Char>>(folder_->lanes().breaks));
        for (size_t place = breaks.next(0); place < size; place = breaks.next(place + 1)) add(place);
        add(size);
    }

    // `offset`: where a stretch starts in the content.
    template <typename Char>
    void find_numbers(const Char *points, size_t size, size_t offset, CodeFinder &codes) {
        size_t line = 0;
        NumberScanner(points, size, folder_->lanes(), room_).scan([&](const WrittenNumber &number) {
            const size_t start = codes.from(offset + number.start), stop = codes.from(offset + number.stop);
            if (start == stop) return;
            const uint64_t form = hash_words(number.form.data(), number.form.size(), number.form.size());
            forms_.push_back(form);
            while (lines_[line].stop <= start) ++line;
            lines_[line].has_year |= is_year(number.form);
            lines_[line].has_time |= is_time(number.form);
            if (!number.is_marker) marked_.push_back({{start, stop, form}, line});
        });
    }

    template <typename Char>
    void leave_metas_out(const Char *points) {
        metas_.clear();
        for (size_t i = 0; i < lines_.size(); ++i) {
            if (i == edge_lines && lines_.size() > 2 * edge_lines) i = lines_.size() - edge_lines;
            lines_[i].is_meta = is_meta(lines_[i], points);
            if (lines_[i].is_meta) metas_.emplace_back(lines_[i].start, lines_[i].stop);
        }
        for (const auto &[number, line] : marked_)
            if (!lines_[line].is_meta) numbers_.push_back(number);
        marked_.clear();
    }

    static bool is_year(const std::vector<uint32_t> &form) {
        return form.size() == 4 && std::all_of(form.begin(), form.end(), is_ascii_digit) &&
               ((form[0] == '1' && form[1] == '9') || (form[0] == '2' && form[1] == '0'));
    }

    // One or two digits, a colon, two digits; and seconds likewise, or not.
    static bool is_time(const std::vector<uint32_t> &form) {
        const size_t hours = form.size() > 1 && form[1] == ':' ? 1 : 2;
        if (form.size() != hours + 3 && form.size() != hours + 6) return false;
        for (size_t i = 0; i < form.size(); ++i) {
            const bool is_colon = i >= hours && (i - hours) % 3 == 0;
            if (is_colon ? form[i] != ':' : !is_ascii_digit(form[i])) return false;
        }
        return true;
    }

    // Whether a line says where the text is from or how often it was read: no sentence, but a date and a time.
    template <typename Char>
    bool is_meta(const Line &line, const Char *points) const {
        if (line.stop - line.start > max_title) return false;
        const auto ends_sentence = [](uint32_t code) {
            return code == 0x3002 || code == 0xFF01 || code == 0xFF1F || code == '!' || code == '?';
        };
        if (std::any_of(points + line.begin, points + line.end, ends_sentence)) return false;
        if (line.has_year && line.has_time) return true;
        for (size_t i = line.start; i < line.stop; ++i)
            if (starts_meta_word(i, line.stop)) return true;
        return false;
    }

    bool starts_meta_word(size_t start, size_t stop) const {
        static constexpr std::u32string_view words[] = {U"来源", U"作者", U"记者", U"编辑",   U"责编",   U"阅读", U"浏览", U"点击",
                                                 U"评论", U"发布于", U"发表于", U"字号", U"点赞", U"转发", U"人气", U"view", U"read"};
        // By the last 6 bits, and those before, most other characters are told apart.
        constexpr auto bits_of_words = [](uint32_t shift) {
            uint64_t bits = 0;
            for (const std::u32string_view word : words) bits |= uint64_t{1} << ((word[0] >> shift) % 64);
            return bits;
        };
        constexpr uint64_t last = bits_of_words(0), before = bits_of_words(6);
        const uint32_t *const codes = folder_->codes();
        if (!(last >> (codes[start] % 64) & before >> (codes[start] / 64 % 64) & 1)) return false;
        return std::any_of(std::begin(words), std::end(words), [&](std::u32string_view word) {
            return codes[start] == word[0] && word.size() <= stop - start &&
                   std::equal(word.begin(), word.end(), codes + start);
        });
    }

    // Three or more Chinese digits in a row are a number.
    void find_chinese_years() {
        const Codes text = codes();
        std::vector<uint32_t> form;
        uint64_t before = 0;  // the digits among the 64 codes before
        for (size_t begin = 0, done = 0; begin < text.size; begin += 64) {
            const size_t left = text.size - begin;
            const uint64_t in_text = left < 64 ? (uint64_t{1} << left) - 1 : ~uint64_t{0};
            const uint64_t digits = folder_->lanes().chinese_digits(text.data + begin) & in_text;
            uint64_t thirds = digits & (digits << 1 | before >> 63) & (digits << 2 | before >> 62);  // of three in a row
            for (before = digits; thirds; thirds &= thirds - 1) {
                const size_t third = begin + static_cast<size_t>(lowest_bit(thirds));
                if (third < done) continue;
                const uint32_t *const first = text.data + third - 2;
                done = static_cast<size_t>(std::find_if_not(first, text.data + text.size, IsChineseDigit()) - text.data);
                write_chinese(first, text.data + done, form);
                numbers_.push_back({third - 2, done, hash_words(form.data(), form.size(), form.size())});
                forms_.push_back(numbers_.back().form);
            }
        }
    }

    // Writes digits without the zeros before the first other one.
    static void write_chinese(const uint32_t *digit, const uint32_t *stop, std::vector<uint32_t> &form) {
        form.clear();
        for (; digit != stop; ++digit)
            if (chinese_digit(*digit) > 0 || !form.empty()) form.push_back('0' + chinese_digit(*digit));
        if (form.empty()) form.push_back('0');
    }

    // The first line of at least 2 codes that is none of those; unless there is no other.
    void find_title() {
        const bool are_all_metas = metas_.size() == lines_.size();
        const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line &one) {
            return one.stop - one.start >= 2 && (are_all_metas || !one.is_meta);
        });
        title_.codes.clear();
        title_.stop = 0;
        title_.is_heading = true;
        if (line == lines_.end()) return;
        title_.stop = std::min(line->stop, line->start + max_title);
        title_.codes.assign(folder_->codes() + line->start, folder_->codes() + title_.stop);
        title_.is_heading = line->stop - line->start < max_title;
    }

    // Takes a title that was given: it is the first line of the text too if one of the two holds the other.
    void take(const Codes &given) {
        const std::vector<uint32_t> codes(given.data, given.data + std::min(given.size, max_title));
        const std::vector<uint32_t> &line = title_.codes;
        const auto holds = [](const auto &all, const auto &part) {
            return part.empty() || std::search(all.begin(), all.end(), part.begin(), part.end()) != all.end();
        };
        title_ = {codes, holds(line, codes) || holds(codes, line) ? title_.stop : 0, true};
    }

    const TextFolder *folder_ = nullptr;
    std::vector<Number> numbers_;
    std::vector<uint64_t> forms_, prose_;
    std::vector<Line> lines_;
    std::vector<std::pair<size_t, size_t>> metas_;
    std::vector<std::pair<Number, size_t>> marked_;
    NumberRoom room_;
    Title title_;
};

}  // namespace neardup
