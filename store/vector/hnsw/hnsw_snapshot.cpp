#include "store/vector/hnsw/hnsw_snapshot.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::array<char, 8> kMagic = {'C', 'O', 'P', 'P', 'H', 'N', 'S', 'W'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMostLayers = 64;
constexpr std::uint32_t kGone = 0xFFFF'FFFF;

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

template <class T>
std::string_view BytesOf(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}
template <class T>
std::string_view BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

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

/// Writes, and counts what it wrote into the digest at the end.
class Writer {
 public:
  explicit Writer(AtomicFile file) : file_(std::move(file)) {}
  Result<void> Write(std::string_view bytes) {
    hasher_.Update(bytes);
    return file_.Write(bytes);
  }
  template <class T>
  Result<void> Write(const std::vector<T>& values) {
    return Write(BytesOf(std::span<const T>(values)));
  }
  Result<void> Finish() {
    const Sha256 digest = hasher_.Finish();
    COPPICE_TRY(file_.Write(AsBytes(digest)));
    return file_.Commit();
  }

 private:
  AtomicFile file_;
  Sha256Hasher hasher_;
};

/// Reads a file whose last 32 bytes are the digest of the others. Nothing that it gives may be used
/// before Finish has agreed.
class Reader {
 public:
  static Result<Reader> Open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid() && errno == ENOENT) {
      return MakeError(ErrorCode::kNotFound, fmt::format("{} does not exist", path));
    }
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return MakeError(ErrorCode::kUnavailable, fmt::format("{} cannot be read", path));
    }
    Reader reader(path, std::move(fd), static_cast<std::uint64_t>(status.st_size));
    if (reader.left_ < sizeof(Header) + sizeof(Sha256)) return reader.Damaged();
    reader.left_ -= sizeof(Sha256);
    return reader;
  }

  Result<void> Read(char* into, std::size_t size) {
    if (size > left_) return Damaged();
    COPPICE_TRY(ReadExactly(into, size));
    hasher_->Update({into, size});
    left_ -= size;
    return {};
  }
  template <class T>
  Result<T> ReadOne() {
    T value{};
    COPPICE_TRY(Read(reinterpret_cast<char*>(&value), sizeof(value)));
    return value;
  }
  template <class T>
  Result<std::vector<T>> ReadMany(std::size_t count) {
    if (count > left_ / sizeof(T)) return Damaged();
    std::vector<T> values(count);
    COPPICE_TRY(Read(reinterpret_cast<char*>(values.data()), count * sizeof(T)));
    return values;
  }
  Result<void> Finish() {
    Sha256 stored{};
    if (left_ != 0) return Damaged();
    COPPICE_TRY(ReadExactly(reinterpret_cast<char*>(stored.data()), stored.size()));
    if (stored != hasher_->Finish()) return Damaged();
    return {};
  }
  [[nodiscard]] Error Damaged() const {
    return MakeError(ErrorCode::kCorrupt, fmt::format("{} is damaged", path_));
  }

 private:
  Reader(std::string path, UniqueFd fd, std::uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), left_(size) {}

  Result<void> ReadExactly(char* into, std::size_t size) {
    while (size > 0) {
      const ssize_t got = ::read(fd_.get(), into, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Damaged();
      into += got;
      size -= static_cast<std::size_t>(got);
    }
    return {};
  }

  std::string path_;
  UniqueFd fd_;
  std::uint64_t left_;  // before the digest
  std::unique_ptr<Sha256Hasher> hasher_ = std::make_unique<Sha256Hasher>();
};

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

Result<Header> ReadHeader(Reader& reader, const CodeRows& rows, const HnswOptions& options,
                          const std::string& path) {
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

Result<Stored> ReadAll(Reader& reader, Header header) {
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

/// For each stored row the one that holds its text and its vector now, or kGone.
std::vector<std::uint32_t> RowsNow(const Stored& stored, const CodeRows& rows) {
  std::vector<std::uint32_t> row_of_text;
  const auto count = static_cast<std::uint32_t>(rows.size());
  for (std::uint32_t row = 0; row < count; ++row) {
    const auto text = static_cast<std::size_t>(rows.TextAt(row));
    if (text >= row_of_text.size()) {
      row_of_text.resize(std::max(text + 1, 2 * row_of_text.size()), kGone);
    }
    row_of_text[text] = row;
  }
  std::vector<std::uint32_t> now(stored.texts.size(), kGone);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto text = static_cast<std::size_t>(stored.texts[i]);
    const std::uint32_t row = text < row_of_text.size() ? row_of_text[text] : kGone;
    if (row != kGone && PrintOf(rows, row) == stored.prints[i]) now[i] = row;
  }
  return now;
}

/// A layer in the numbers of today, without the rows that are gone.
HnswLayer Renumbered(const HnswLayer& layer, bool lowest, std::span<const std::uint32_t> now,
                     std::uint32_t size) {
  struct Entry {
    std::uint32_t row;    // today's
    std::uint32_t place;  // in `layer`
  };
  std::vector<Entry> entries;
  for (std::uint32_t i = 0; i < layer.ends.size(); ++i) {
    const std::uint32_t row = now[lowest ? i : layer.rows[i]];
    if (row != kGone) entries.push_back({row, i});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.row < b.row; });
  HnswLayer renumbered;
  renumbered.links.reserve(layer.links.size());
  for (const Entry& entry : entries) {
    if (lowest) {
      renumbered.ends.resize(entry.row, static_cast<std::uint32_t>(renumbered.links.size()));
    } else {
      renumbered.rows.push_back(entry.row);
    }
    for (std::uint32_t i = entry.place == 0 ? 0 : layer.ends[entry.place - 1];
         i < layer.ends[entry.place]; ++i) {
      const std::uint32_t linked = now[layer.links[i]];
      if (linked != kGone) renumbered.links.push_back(linked);
    }
    renumbered.ends.push_back(static_cast<std::uint32_t>(renumbered.links.size()));
  }
  if (lowest) {
    renumbered.ends.resize(size, static_cast<std::uint32_t>(renumbered.links.size()));
  }
  return renumbered;
}

/// The layers that still have rows, and a row of the highest of them to begin with.
HnswLinks Renumbered(const Stored& stored, std::span<const std::uint32_t> now) {
  std::uint32_t size = 0;
  for (const std::uint32_t row : now) size = row == kGone ? size : std::max(size, row + 1);
  HnswLinks links;
  for (const HnswLayer& layer : stored.links.layers) {
    HnswLayer renumbered = Renumbered(layer, links.layers.empty(), now, size);
    if (renumbered.ends.empty()) break;
    links.layers.push_back(std::move(renumbered));
  }
  if (links.layers.size() > 1) links.entry = links.layers.back().rows.front();
  if (const std::uint32_t entry = now[stored.links.entry]; entry != kGone) links.entry = entry;
  return links;
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
  COPPICE_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  Writer writer(std::move(file));
  COPPICE_TRY(writer.Write(BytesOf(header)));
  COPPICE_TRY(writer.Write(texts));
  COPPICE_TRY(writer.Write(prints));
  for (const HnswLayer& layer : links.layers) {
    const LayerHeader sizes{static_cast<std::uint32_t>(layer.rows.size()),
                            static_cast<std::uint32_t>(layer.ends.size()),
                            static_cast<std::uint32_t>(layer.links.size())};
    COPPICE_TRY(writer.Write(BytesOf(sizes)));
    COPPICE_TRY(writer.Write(layer.rows));
    COPPICE_TRY(writer.Write(layer.ends));
    COPPICE_TRY(writer.Write(layer.links));
  }
  return writer.Finish();
}

Result<HnswLinks> LoadHnsw(const CodeRows& rows, const HnswOptions& options,
                           const std::string& path) {
  COPPICE_ASSIGN(Reader reader, Reader::Open(path));
  COPPICE_ASSIGN(const Header header, ReadHeader(reader, rows, options, path));
  COPPICE_ASSIGN(const Stored stored, ReadAll(reader, header));
  const std::vector<std::uint32_t> now = RowsNow(stored, rows);
  const auto gone = std::count(now.begin(), now.end(), kGone);
  if (static_cast<double>(gone) > kMostGone * static_cast<double>(now.size())) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{}: {} of its {} texts are gone", path, gone, now.size()));
  }
  return Renumbered(stored, now);
}

std::uint64_t HnswFileBytes(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace coppice::store
