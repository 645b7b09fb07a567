#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text/words.h"
#include "embed/static/static_table.h"

namespace coppice::embed {

/// Writes table files, good and bad, for tests.
class TableBuilder {
 public:
  explicit TableBuilder(std::uint32_t dimensions) : dimensions_(dimensions) {}

  /// `codes` may be shorter than a row; the rest is 0.
  TableBuilder& Add(std::string word, float scale, std::vector<std::int8_t> codes) {
    codes.resize(dimensions_);
    rows_.push_back({std::move(word), scale, std::move(codes)});
    return *this;
  }
  TableBuilder& FormatVersion(std::uint32_t version) {
    format_version_ = version;
    return *this;
  }
  TableBuilder& WordsVersion(std::uint32_t version) {
    words_version_ = version;
    return *this;
  }
  TableBuilder& Unsorted() {
    sorted_ = false;
    return *this;
  }

  std::string Build() {
    if (sorted_) {
      std::stable_sort(rows_.begin(), rows_.end(),
                       [](const Row& a, const Row& b) { return a.word < b.word; });
    }
    std::string words;
    std::string ends;
    std::string scales;
    std::string codes;
    for (const Row& row : rows_) {
      words += row.word;
      Append(ends, static_cast<std::uint32_t>(words.size()));
      Append(scales, row.scale);
      for (const std::int8_t code : row.codes) Append(codes, code);
    }
    std::string file = "COPSTAT\n";
    Append(file, format_version_);
    Append(file, words_version_);
    Append(file, dimensions_);
    Append(file, static_cast<std::uint32_t>(rows_.size()));
    Append(file, static_cast<std::uint64_t>(words.size()));
    file += ends + words + scales + codes + std::string(32, '\0');
    Seal(file);
    return file;
  }

  /// Puts the right checksum at the end.
  static void Seal(std::string& file) {
    file.resize(file.size() - 32);
    const Sha256 checksum = Sha256Of(file);
    file += AsBytes(checksum);
  }

 private:
  struct Row {
    std::string word;
    float scale;
    std::vector<std::int8_t> codes;
  };

  template <typename T>
  static void Append(std::string& to, T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    to += bytes;
  }

  std::uint32_t dimensions_;
  std::uint32_t format_version_ = kStaticTableVersion;
  std::uint32_t words_version_ = text::kWordsVersion;
  bool sorted_ = true;
  std::vector<Row> rows_;
};

}  // namespace coppice::embed
