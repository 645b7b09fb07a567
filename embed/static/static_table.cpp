#include "embed/static/static_table.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/format.h"
#include "base/text/words.h"

namespace coppice::embed {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is read as it lies in memory");

constexpr std::string_view kMagic = "COPSTAT\n";
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kMinDimensions = 8;
constexpr std::size_t kMaxDimensions = 4096;
constexpr std::size_t kMaxRows = std::size_t{1} << 20U;
constexpr std::size_t kMaxVocabularyBytes = kMaxRows * text::kMaxRunBytes;
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30U;
constexpr std::string_view kRemedy =
    "Copy the table again, or use the model static/default, which is part of the program.";

template <typename T>
T ReadAt(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Error Corrupt(const std::string& name, std::string_view what) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("static table {}: {}", name, what),
                   std::string(kRemedy));
}

std::uint64_t HashWord(std::string_view word) {  // FNV-1a, folded
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 29U);
}

}  // namespace

Result<StaticTable> StaticTable::Load(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::ifstream file(path, std::ios::binary);
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (!file || failure) {
    const std::string why = failure ? failure.message() : "cannot be opened";
    return MakeError(ErrorCode::kNotFound, fmt::format("static table {}: {}", name, why),
                     "Check the path and its permissions.");
  }
  if (size > kMaxFileBytes) return Corrupt(name, "larger than 1 GiB");
  const auto size_bytes = static_cast<std::size_t>(size);
  auto owned = std::make_unique<std::byte[]>(size_bytes);
  file.read(reinterpret_cast<char*>(owned.get()), static_cast<std::streamsize>(size_bytes));
  if (static_cast<std::size_t>(file.gcount()) != size_bytes) {
    return Corrupt(name, "it ended while it was read");
  }
  COPPICE_ASSIGN(StaticTable table, FromBytes({owned.get(), size_bytes}, name));
  table.owned_ = std::move(owned);
  return table;
}

Result<StaticTable> StaticTable::FromBytes(std::span<const std::byte> bytes,
                                           const std::string& name) {
  StaticTable table;
  COPPICE_TRY(table.ReadHeader(bytes, name));
  COPPICE_TRY(table.ReadVocabulary(bytes, name));
  COPPICE_TRY(table.ReadRows(bytes, name));
  table.BuildIndex();
  return table;
}

// Header, total size and checksum.
Result<void> StaticTable::ReadHeader(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return Corrupt(name, "too short for a table");
  const std::string_view text = AsText(bytes);
  if (text.substr(0, kMagic.size()) != kMagic) return Corrupt(name, "not a static table");
  const auto version = ReadAt<std::uint32_t>(bytes, 8);
  if (version != kStaticTableVersion) {
    return MakeError(ErrorCode::kUnsupportedVersion,
                     fmt::format("static table {}: format version {}, this program reads {}", name,
                                 version, kStaticTableVersion),
                     std::string(kRemedy));
  }
  const auto words_version = ReadAt<std::uint32_t>(bytes, 12);
  if (words_version != text::kWordsVersion) {
    return MakeError(
        ErrorCode::kUnsupportedVersion,
        fmt::format("static table {}: trained on words version {}, this program cuts {}", name,
                    words_version, text::kWordsVersion),
        "Train the table again with embed/train/train.");
  }
  dimensions_ = ReadAt<std::uint32_t>(bytes, 16);
  row_count_ = ReadAt<std::uint32_t>(bytes, 20);
  const auto vocabulary_bytes = ReadAt<std::uint64_t>(bytes, 24);
  const bool sane = dimensions_ >= kMinDimensions && dimensions_ <= kMaxDimensions &&
                    dimensions_ % 8 == 0 && row_count_ >= 1 && row_count_ <= kMaxRows &&
                    vocabulary_bytes <= kMaxVocabularyBytes;
  if (!sane) return Corrupt(name, "impossible sizes in its header");
  vocabulary_bytes_ = static_cast<std::size_t>(vocabulary_bytes);
  const std::size_t expected =
      kHeaderBytes + (row_count_ * (4 + 4 + dimensions_)) + vocabulary_bytes_ + kChecksumBytes;
  if (bytes.size() != expected) {
    return Corrupt(name, fmt::format("{} bytes long, its header says {}", bytes.size(), expected));
  }
  const std::string_view content = text.substr(0, text.size() - kChecksumBytes);
  const Sha256 checksum = Sha256Of(content);
  if (text.substr(content.size()) != AsBytes(checksum)) return Corrupt(name, "wrong checksum");
  const Sha256 revision = Sha256Of(text);
  revision_ = ToHex(std::span<const std::uint8_t>(revision));
  return {};
}

Result<void> StaticTable::ReadVocabulary(std::span<const std::byte> bytes,
                                         const std::string& name) {
  word_ends_.resize(row_count_);
  std::memcpy(word_ends_.data(), bytes.data() + kHeaderBytes, row_count_ * 4);
  words_ = AsText(bytes).substr(kHeaderBytes + (row_count_ * 4), vocabulary_bytes_);
  std::size_t begin = 0;
  std::string_view previous;
  for (const std::uint32_t end : word_ends_) {
    if (end <= begin || end > words_.size()) return Corrupt(name, "word ends out of order");
    const std::string_view word = words_.substr(begin, end - begin);
    if (word <= previous) return Corrupt(name, "words out of order");
    previous = word;
    begin = end;
  }
  if (begin != words_.size()) return Corrupt(name, "bytes after the last word");
  return {};
}

Result<void> StaticTable::ReadRows(std::span<const std::byte> bytes, const std::string& name) {
  const std::size_t offset = kHeaderBytes + (row_count_ * 4) + vocabulary_bytes_;
  scales_.resize(row_count_);
  std::memcpy(scales_.data(), bytes.data() + offset, row_count_ * 4);
  for (const float scale : scales_) {
    if (!std::isfinite(scale) || scale < 0) return Corrupt(name, "a scale is no positive number");
  }
  rows_ = {reinterpret_cast<const std::int8_t*>(bytes.data() + offset + (row_count_ * 4)),
           row_count_ * dimensions_};
  return {};
}

void StaticTable::BuildIndex() {
  slots_.assign(std::bit_ceil(row_count_ * 2), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t row = 0; row < row_count_; ++row) {
    std::size_t slot = HashWord(word(row)) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = row + 1;
  }
}

std::optional<std::uint32_t> StaticTable::Find(std::string_view wanted) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = HashWord(wanted) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t row = slots_[slot] - 1;
    if (word(row) == wanted) return row;
  }
  return std::nullopt;
}

std::string_view StaticTable::word(std::uint32_t row) const {
  const std::size_t begin = row == 0 ? 0 : word_ends_[row - 1];
  return words_.substr(begin, word_ends_[row] - begin);
}

float StaticTable::scale(std::uint32_t row) const { return scales_[row]; }

std::span<const std::int8_t> StaticTable::row(std::uint32_t row) const {
  return rows_.subspan(row * dimensions_, dimensions_);
}

}  // namespace coppice::embed
