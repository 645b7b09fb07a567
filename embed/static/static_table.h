#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coppice::embed {

/// Version of the file format.
///   1  first format
inline constexpr std::uint32_t kStaticTableVersion = 1;

/// A table of word vectors, read-only: word stem -> int8 row with a scale of its own.
///
/// Place:   owned by StaticEmbedder.
/// Shape:   the file, little-endian, without padding:
///            0   magic "COPSTAT\n"          8 bytes
///            8   format version             u32
///            12  words version              u32, text::kWordsVersion of the cutter it was made
///            with 16  dimensions d, rows n       u32, u32 24  vocabulary bytes v         u64 32
///            word ends                  u32 [n], ascending, the last = v
///                words                      v bytes, strictly ascending by byte
///                scales                     f32 [n], finite, >= 0
///                rows                       i8 [n][d]; value = scale * row
///                SHA-256 of all before      32 bytes
/// Limits:  8 <= d <= 4096, d a multiple of 8; 1 <= n <= 2^20. Immutable, so thread-safe.
/// Errors:  kCorrupt for anything that is not such a file, naming the file and the remedy;
///          kUnsupportedVersion for another format or words version; kNotFound if it cannot be
///          opened.
class StaticTable {
 public:
  /// Reads a file into memory.
  static Result<StaticTable> Load(const std::filesystem::path& path);

  /// Reads from memory. `bytes` must outlive the table; `name` stands in error messages.
  static Result<StaticTable> FromBytes(std::span<const std::byte> bytes, const std::string& name);

  std::size_t dimensions() const { return dimensions_; }
  std::size_t row_count() const { return row_count_; }
  /// SHA-256 of the whole file, 64 small hex digits.
  const std::string& revision() const { return revision_; }

  /// The row of a lowercased, stemmed word.
  std::optional<std::uint32_t> Find(std::string_view word) const;
  std::string_view word(std::uint32_t row) const;
  float scale(std::uint32_t row) const;
  std::span<const std::int8_t> row(std::uint32_t row) const;

 private:
  StaticTable() = default;

  Result<void> ReadHeader(std::span<const std::byte> bytes, const std::string& name);
  Result<void> ReadVocabulary(std::span<const std::byte> bytes, const std::string& name);
  Result<void> ReadRows(std::span<const std::byte> bytes, const std::string& name);
  void BuildIndex();

  std::unique_ptr<std::byte[]> owned_;  // the file's bytes when Load read them
  std::size_t dimensions_ = 0;
  std::size_t row_count_ = 0;
  std::size_t vocabulary_bytes_ = 0;
  std::string revision_;
  std::vector<std::uint32_t> word_ends_;
  std::string_view words_;
  std::vector<float> scales_;
  std::span<const std::int8_t> rows_;
  std::vector<std::uint32_t> slots_;  // open addressing, row + 1, 0 = empty; a power of two
};

/// The table that is part of the binary.
std::span<const std::byte> DefaultTableBytes();

}  // namespace coppice::embed
