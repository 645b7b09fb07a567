#include "store/vector/hnsw/hnsw_snapshot.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "base/digest.h"
#include "base/format.h"
#include "base/sealed_file.h"
#include "store/vector/hnsw/hnsw_renumber.h"

namespace coppice::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::array<char, 8> kMagic = {'C', 'O', 'P', 'P', 'H', 'N', 'S', 'W'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMostLayers = 64;

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t dimensions = 0;
  std::uint32_t neighbours = 0;
  std::uint32_t build_candidates = 0;
  std::uint32_t rows = 0;
  std::uint32_t layers = 0;
  std::uint32_t entry = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(Header) == 40);

struct LayerHeader {
  std::uint32_t rows = 0;  // named; the lowest names none
  std::uint32_t ends = 0;
  std::uint32_t links = 0;
};

/// The first bytes of the SHA-256 of the codes of a row: another vector has others, but once in
/// four thousand million.
std::uint32_t PrintOf(const CodeRows& rows, std::uint32_t row) {
  const CodeRows::Block& block = rows.BlockAt(row / CodeRows::kBlockRows);
  const std::int8_t* codes = &block.codes[row % CodeRows::kBlockRows * rows.width()];
  const Sha256 digest = Sha256Of({reinterpret_cast<const char*>(codes), rows.width()});
  std::uint32_t print = 0;
  std::memcpy(&print, digest.data(), sizeof(print));
  return print;
}

struct Stored {
  Header header;
  std::vector<std::int32_t> texts;
  std::vector<std::uint32_t> prints;
  HnswLinks links;
};

/// Whether every number in it leads somewhere.
bool IsWhole(const HnswLayer& layer, bool lowest, std::uint32_t size) {
  const std::size_t rows = lowest ? size : layer.rows.size();
  const auto beyond = [&](std::uint32_t row) { return row >= size; };
  return layer.ends.size() == rows && layer.rows.empty() == lowest &&
         std::is_sorted(layer.ends.begin(), layer.ends.end()) &&
         std::is_sorted(layer.rows.begin(), layer.rows.end()) &&
         (layer.ends.empty() ? layer.links.empty() : layer.ends.back() == layer.links.size()) &&
         std::none_of(layer.rows.begin(), layer.rows.end(), beyond) &&
         std::none_of(layer.links.begin(), layer.links.end(), beyond);
}

Result<Header> ReadHeader(SealedFileReader& reader, const CodeRows& rows,
                          const HnswOptions& options, const std::string& path) {
  COPPICE_ASSIGN(const Header header, reader.ReadOne<Header>());
  if (header.magic != kMagic) return reader.Damaged();
  if (header.version != kVersion) {
    return MakeError(ErrorCode::kUnsupportedVersion,
                     fmt::format("{} has version {}", path, header.version));
  }
  if (header.layers > kMostLayers) return reader.Damaged();
  if (header.dimensions != rows.dimensions() ||
      std::cmp_not_equal(header.neighbours, options.neighbours) ||
      std::cmp_not_equal(header.build_candidates, options.build_candidates)) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{} was made with other dimensions or options", path));
  }
  return header;
}

Result<Stored> ReadAll(SealedFileReader& reader, Header header) {
  Stored stored;
  stored.header = header;
  COPPICE_ASSIGN(stored.texts, reader.ReadMany<std::int32_t>(header.rows));
  COPPICE_ASSIGN(stored.prints, reader.ReadMany<std::uint32_t>(header.rows));
  stored.links.entry = header.entry;
  bool whole = header.layers > 0 && header.entry < header.rows;
  for (std::uint32_t i = 0; i < header.layers; ++i) {
    COPPICE_ASSIGN(const auto sizes, reader.ReadOne<LayerHeader>());
    HnswLayer& layer = stored.links.layers.emplace_back();
    COPPICE_ASSIGN(layer.rows, reader.ReadMany<std::uint32_t>(sizes.rows));
    COPPICE_ASSIGN(layer.ends, reader.ReadMany<std::uint32_t>(sizes.ends));
    COPPICE_ASSIGN(layer.links, reader.ReadMany<std::uint32_t>(sizes.links));
    whole = whole && IsWhole(layer, i == 0, header.rows);
  }
  COPPICE_TRY(reader.Finish());
  if (!whole) return reader.Damaged();
  return stored;
}

/// For each stored row the one that holds its text and its vector now, or kGoneRow.
std::vector<std::uint32_t> RowsNow(const Stored& stored, const CodeRows& rows) {
  std::vector<std::uint32_t> row_of_text;
  const auto count = static_cast<std::uint32_t>(rows.size());
  for (std::uint32_t row = 0; row < count; ++row) {
    const auto text = static_cast<std::size_t>(rows.TextAt(row));
    if (text >= row_of_text.size()) {
      row_of_text.resize(std::max(text + 1, 2 * row_of_text.size()), kGoneRow);
    }
    row_of_text[text] = row;
  }
  std::vector<std::uint32_t> now(stored.texts.size(), kGoneRow);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto text = static_cast<std::size_t>(stored.texts[i]);
    const std::uint32_t row = text < row_of_text.size() ? row_of_text[text] : kGoneRow;
    if (row != kGoneRow && PrintOf(rows, row) == stored.prints[i]) now[i] = row;
  }
  return now;
}

}  // namespace

Result<void> SaveHnsw(const HnswLinks& links, const CodeRows& rows, const HnswOptions& options,
                      const std::string& path) {
  Header header;
  header.dimensions = static_cast<std::uint32_t>(rows.dimensions());
  header.neighbours = static_cast<std::uint32_t>(options.neighbours);
  header.build_candidates = static_cast<std::uint32_t>(options.build_candidates);
  header.rows = links.size();
  header.layers = static_cast<std::uint32_t>(links.layers.size());
  header.entry = links.entry;
  std::vector<std::int32_t> texts(links.size());
  std::vector<std::uint32_t> prints(links.size());
  for (std::uint32_t row = 0; row < links.size(); ++row) {
    texts[row] = rows.TextAt(row);
    prints[row] = PrintOf(rows, row);
  }
  COPPICE_ASSIGN(SealedFileWriter writer, SealedFileWriter::Create(path));
  COPPICE_TRY(writer.WriteOne(header));
  COPPICE_TRY(writer.WriteMany(texts));
  COPPICE_TRY(writer.WriteMany(prints));
  for (const HnswLayer& layer : links.layers) {
    const LayerHeader sizes{static_cast<std::uint32_t>(layer.rows.size()),
                            static_cast<std::uint32_t>(layer.ends.size()),
                            static_cast<std::uint32_t>(layer.links.size())};
    COPPICE_TRY(writer.WriteOne(sizes));
    COPPICE_TRY(writer.WriteMany(layer.rows));
    COPPICE_TRY(writer.WriteMany(layer.ends));
    COPPICE_TRY(writer.WriteMany(layer.links));
  }
  return writer.Commit();
}

Result<HnswLinks> LoadHnsw(const CodeRows& rows, const HnswOptions& options,
                           const std::string& path) {
  COPPICE_ASSIGN(SealedFileReader reader, SealedFileReader::Open(path));
  COPPICE_ASSIGN(const Header header, ReadHeader(reader, rows, options, path));
  COPPICE_ASSIGN(const Stored stored, ReadAll(reader, header));
  const std::vector<std::uint32_t> now = RowsNow(stored, rows);
  const auto gone = std::count(now.begin(), now.end(), kGoneRow);
  if (static_cast<double>(gone) > kMostGone * static_cast<double>(now.size())) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{}: {} of its {} texts are gone", path, gone, now.size()));
  }
  return Renumbered(stored.links, now);
}

std::uint64_t HnswFileBytes(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace coppice::store
