#include "embed/catalogue/gguf_check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "base/format.h"

namespace coppice::embed {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is little-endian");

constexpr std::uint32_t kOldestVersion = 2;  // 1 had 32-bit counts, and no file of it is around
constexpr std::uint32_t kNewestVersion = 3;
constexpr std::uint64_t kMaxKeyBytes = 65535;
constexpr std::uint64_t kMaxTensorNameBytes = 1024;
constexpr std::uint32_t kMaxTensorDimensions = 4;
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint64_t kMaxKeptBytes = 256;  // of a text that the summary shows
constexpr int kMaxArrayDepth = 4;
constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 60U;

/// Bytes of the values of the metadata, by type; 0 = a text or an array.
constexpr std::array<std::uint64_t, 13> kValueBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::uint32_t kUint32 = 4;
constexpr std::uint32_t kInt32 = 5;
constexpr std::uint32_t kText = 8;
constexpr std::uint32_t kArray = 9;
constexpr std::uint32_t kUint64 = 10;

/// How the elements of a tensor lie in the file, by type. A type that is not here is newer than
/// this program: of its tensors only where they begin is checked.
struct TensorType {
  std::uint32_t block_elements;
  std::uint32_t block_bytes;  // 0 = not known
};
constexpr std::array<TensorType, 40> kTensorTypes = {{
    {1, 4},    {1, 2},    {32, 18},  {32, 20},   {0, 0},     {0, 0},     {32, 22},   {32, 24},
    {32, 34},  {32, 36},  {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292},
    {256, 66}, {256, 74}, {256, 98}, {256, 50},  {32, 18},   {256, 110}, {256, 82},  {256, 136},
    {1, 1},    {1, 2},    {1, 4},    {1, 8},     {1, 8},     {256, 56},  {1, 2},     {0, 0},
    {0, 0},    {0, 0},    {256, 54}, {256, 66},  {0, 0},     {0, 0},     {0, 0},     {32, 17},
}};

/// Reads a file from its start, a window at a time.
class Reader {
 public:
  Reader(int fd, std::uint64_t size, std::string name)
      : fd_(fd), size_(size), name_(std::move(name)) {}

  [[nodiscard]] std::uint64_t position() const { return begin_ + used_; }
  [[nodiscard]] std::uint64_t left() const { return size_ - position(); }

  template <class T>
  Result<T> Read() {
    T value{};
    COPPICE_TRY(ReadBytes(reinterpret_cast<char*>(&value), sizeof(value)));
    return value;
  }

  /// A text of at most `limit` bytes.
  Result<std::string> ReadText(std::uint64_t limit, std::string_view what) {
    COPPICE_ASSIGN(const std::uint64_t length, Read<std::uint64_t>());
    if (length > limit) {
      return Damaged(fmt::format("{} of {} bytes at byte {}", what, length, position()));
    }
    std::string text(length, '\0');
    COPPICE_TRY(ReadBytes(text.data(), length));
    return text;
  }

  Result<void> Skip(std::uint64_t bytes) {
    if (bytes > left()) return CutShort(bytes);
    if (bytes <= window_.size() - used_) {
      used_ += bytes;
      return {};
    }
    begin_ = position() + bytes;
    used_ = 0;
    window_.clear();
    return {};
  }

  [[nodiscard]] Error Damaged(const std::string& what) const {
    return MakeError(ErrorCode::kCorrupt, fmt::format("{} is no sound GGUF file: {}", name_, what),
                     "get the file again from its publisher");
  }
  [[nodiscard]] Error CutShort(std::uint64_t wanted) const {
    return Damaged(fmt::format("it ends after {} bytes, where {} more are declared at byte {}",
                               size_, wanted, position()));
  }

 private:
  static constexpr std::size_t kWindow = 64 << 10;

  Result<void> ReadBytes(char* into, std::uint64_t count) {
    if (count > left()) return CutShort(count);
    while (count > 0) {
      if (used_ == window_.size()) COPPICE_TRY(Fill());
      const auto step = std::min<std::uint64_t>(count, window_.size() - used_);
      std::memcpy(into, window_.data() + used_, step);
      into += step;
      used_ += step;
      count -= step;
    }
    return {};
  }

  Result<void> Fill() {
    begin_ = position();
    used_ = 0;
    window_.resize(std::min<std::uint64_t>(kWindow, size_ - begin_));
    std::size_t have = 0;
    while (have < window_.size()) {
      const ssize_t got = ::pread(fd_, window_.data() + have, window_.size() - have,
                                  static_cast<off_t>(begin_ + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        return MakeError(
            ErrorCode::kUnavailable,
            fmt::format("{} cannot be read: {}", name_, std::generic_category().message(errno)));
      }
      if (got == 0) return CutShort(window_.size() - have);  // it became shorter meanwhile
      have += static_cast<std::size_t>(got);
    }
    return {};
  }

  const int fd_;
  const std::uint64_t size_;
  const std::string name_;
  std::uint64_t begin_ = 0;  // of the window in the file
  std::size_t used_ = 0;     // of the window
  std::string window_;
};

/// The product, or nothing where it does not fit.
std::optional<std::uint64_t> Times(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

class GgufChecker {
 public:
  GgufChecker(int fd, std::uint64_t size, const std::string& name)
      : in_(fd, size, name), size_(size), name_(name) {}

  Result<GgufSummary> Run() {
    COPPICE_ASSIGN(const Counts counts, ReadHead());
    for (std::uint64_t i = 0; i < counts.keys; ++i) COPPICE_TRY(ReadPair());
    for (std::uint64_t i = 0; i < counts.tensors; ++i) COPPICE_TRY(ReadTensor());
    const std::uint64_t data = (in_.position() + alignment_ - 1) / alignment_ * alignment_;
    if (data > size_ || tensors_end_ > size_ - data) {
      return in_.Damaged(fmt::format("its tensors need {} bytes, and {} are there: it is cut short",
                                     tensors_end_, size_ - std::min(data, size_)));
    }
    summary_.tensor_count = counts.tensors;
    return std::move(summary_);
  }

 private:
  struct Counts {
    std::uint64_t tensors;
    std::uint64_t keys;
  };

  Result<Counts> ReadHead() {
    constexpr std::array<char, 4> kMagic = {'G', 'G', 'U', 'F'};
    const auto magic = in_.Read<std::array<char, 4>>();
    if (!magic && magic.error().code != ErrorCode::kCorrupt) return magic.error();
    if (!magic || *magic != kMagic) {
      return MakeError(ErrorCode::kCorrupt, fmt::format("{} is no GGUF file", name_),
                       "models are taken as GGUF files; convert others with llama.cpp's tools");
    }
    COPPICE_ASSIGN(const auto version, in_.Read<std::uint32_t>());
    if (version < kOldestVersion || version > kNewestVersion) {
      return MakeError(ErrorCode::kUnsupportedVersion,
                       fmt::format("{} is a GGUF file of version {}; {} and {} are read", name_,
                                   version, kOldestVersion, kNewestVersion));
    }
    COPPICE_ASSIGN(const auto tensors, in_.Read<std::uint64_t>());
    COPPICE_ASSIGN(const auto keys, in_.Read<std::uint64_t>());
    // The least that a pair and a tensor take in the file.
    constexpr std::uint64_t kPairBytes = 8 + 4 + 1;
    constexpr std::uint64_t kTensorBytes = 8 + 4 + 4 + 8;
    if (keys > in_.left() / kPairBytes || tensors > in_.left() / kTensorBytes) {
      return in_.Damaged(fmt::format("{} keys and {} tensors are declared, and {} bytes are there",
                                     keys, tensors, size_));
    }
    return Counts{tensors, keys};
  }

  Result<void> ReadPair() {
    COPPICE_ASSIGN(const std::string key, in_.ReadText(kMaxKeyBytes, "a key"));
    COPPICE_ASSIGN(const auto type, in_.Read<std::uint32_t>());
    if (type == kText && (key == "general.architecture" || key == "general.license")) {
      COPPICE_ASSIGN(std::string value, in_.ReadText(kMaxKeyBytes, "a text"));
      value.resize(std::min<std::size_t>(value.size(), kMaxKeptBytes));
      (key == "general.license" ? summary_.licence : summary_.architecture) = std::move(value);
      return {};
    }
    const bool number = type == kUint32 || type == kInt32 || type == kUint64;
    if (!number) return SkipValue(type, 0);
    std::uint64_t value = 0;
    if (type == kUint64) {
      COPPICE_ASSIGN(value, in_.Read<std::uint64_t>());
    } else {
      COPPICE_ASSIGN(value, in_.Read<std::uint32_t>());
    }
    return Keep(key, value);
  }

  Result<void> Keep(const std::string& key, std::uint64_t value) {
    if (key == "general.alignment") {
      if (value == 0 || value % 8 != 0 || value > (1U << 20U)) {
        return in_.Damaged(fmt::format("an alignment of {} bytes", value));
      }
      alignment_ = value;
    }
    constexpr std::uint64_t kLargest = 1U << 30U;  // beyond it the number is nonsense
    if (value > kLargest) return {};
    if (key.ends_with(".context_length")) summary_.context_tokens = static_cast<int>(value);
    if (key.ends_with(".embedding_length")) summary_.embedding_width = static_cast<int>(value);
    return {};
  }

  Result<void> SkipValue(std::uint32_t type, int depth) {
    if (type >= kValueBytes.size()) {
      return in_.Damaged(fmt::format("a value of type {} at byte {}", type, in_.position()));
    }
    if (type == kText) {
      COPPICE_ASSIGN(const auto length, in_.Read<std::uint64_t>());
      return in_.Skip(length);
    }
    if (type != kArray) return in_.Skip(kValueBytes[type]);
    COPPICE_ASSIGN(const auto inner, in_.Read<std::uint32_t>());
    COPPICE_ASSIGN(const auto count, in_.Read<std::uint64_t>());
    if (inner >= kValueBytes.size() || count > in_.left() || depth >= kMaxArrayDepth) {
      return in_.Damaged(fmt::format("an array of {} values at byte {}", count, in_.position()));
    }
    // Within what is left, so the product fits.
    if (kValueBytes[inner] != 0) return in_.Skip(kValueBytes[inner] * count);
    for (std::uint64_t i = 0; i < count; ++i) COPPICE_TRY(SkipValue(inner, depth + 1));
    return {};
  }

  Result<void> ReadTensor() {
    COPPICE_ASSIGN(const std::string tensor,
                   in_.ReadText(kMaxTensorNameBytes, "the name of a tensor"));
    COPPICE_ASSIGN(const auto dimensions, in_.Read<std::uint32_t>());
    if (dimensions > kMaxTensorDimensions) {
      return in_.Damaged(fmt::format("a tensor of {} dimensions", dimensions));
    }
    std::optional<std::uint64_t> elements = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      COPPICE_ASSIGN(const auto length, in_.Read<std::uint64_t>());
      elements = elements ? Times(*elements, length) : std::nullopt;
    }
    COPPICE_ASSIGN(const auto type, in_.Read<std::uint32_t>());
    COPPICE_ASSIGN(const auto offset, in_.Read<std::uint64_t>());
    const TensorType layout = type < kTensorTypes.size() ? kTensorTypes[type] : TensorType{1, 0};
    const auto bytes =
        elements ? Times(*elements / std::max(layout.block_elements, 1U), layout.block_bytes)
                 : std::nullopt;
    if (!bytes || offset > kMaxOffset || *bytes > kMaxOffset) {
      return in_.Damaged(fmt::format("tensor {} is larger than any file", tensor_index_));
    }
    tensors_end_ = std::max(tensors_end_, offset + *bytes);
    ++tensor_index_;
    return {};
  }

  Reader in_;
  const std::uint64_t size_;
  const std::string name_;
  GgufSummary summary_;
  std::uint64_t alignment_ = kDefaultAlignment;
  std::uint64_t tensors_end_ = 0;  // from where the tensors' data begins
  std::uint64_t tensor_index_ = 0;
};

}  // namespace

Result<GgufSummary> CheckGguf(int fd, std::uint64_t size, const std::string& name) {
  return GgufChecker(fd, size, name).Run();
}

}  // namespace coppice::embed
