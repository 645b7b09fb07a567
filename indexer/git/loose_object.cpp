#include "indexer/git/loose_object.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <zlib.h>

#include <sys/stat.h>

#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kHeadBytes = 64;  // "commit 18446744073709551615" and its end fit

Error Corrupt(const store::ObjectId& id, const char* why) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("object {}: {}", id.ToHex(), why),
                   "run `git fsck` in the repository");
}

Error Unavailable(const std::string& path) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", path, std::strerror(errno)));
}

Result<std::string> ReadFile(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Unavailable(path);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unavailable(path);
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

/// One zlib stream in memory.
class Inflater {
 public:
  explicit Inflater(std::string& bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    ready_ = inflateInit(&stream_) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out` as far as the stream goes; gives how many bytes. `ended` tells whether it is
  /// whole.
  std::size_t Fill(char* out, std::size_t size, bool& ended) {
    if (!ready_) return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    ended = inflate(&stream_, Z_FINISH) == Z_STREAM_END;
    return size - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

Result<LooseObject> Decode(std::string bytes, const store::ObjectId& id, bool with_body) {
  Inflater inflater(bytes);
  std::array<char, kHeadBytes> front{};
  bool ended = false;
  const std::size_t got = inflater.Fill(front.data(), front.size(), ended);
  const std::string_view text(front.data(), got);
  const std::size_t end = text.find('\0');
  const std::size_t blank = text.find(' ');
  LooseObject object;
  if (end == std::string_view::npos || blank > end) return Corrupt(id, "its head is damaged");
  object.type = text.substr(0, blank);
  const auto [last, status] =
      std::from_chars(text.data() + blank + 1, text.data() + end, object.size_bytes);
  if (status != std::errc() || last != text.data() + end) return Corrupt(id, "it has no size");
  if (!with_body) return object;
  object.body = text.substr(end + 1);
  const std::size_t had = object.body.size();
  if (had > object.size_bytes || object.size_bytes > UINT32_MAX) {
    return Corrupt(id, "it has another size than it says");
  }
  // One byte more: with no room left zlib does not tell that the stream has ended.
  object.body.resize(object.size_bytes + 1);
  std::size_t size = had;
  if (!ended) size += inflater.Fill(object.body.data() + had, object.body.size() - had, ended);
  if (!ended || size != object.size_bytes) return Corrupt(id, "it is cut short or damaged");
  object.body.resize(object.size_bytes);
  return object;
}

}  // namespace

std::optional<Result<LooseObject>> ReadLoose(const std::vector<std::string>& folders,
                                             const store::ObjectId& id, bool with_body) {
  const std::string hex = id.ToHex();
  for (const std::string& folder : folders) {
    const std::string path = fmt::format("{}/{}/{}", folder, hex.substr(0, 2), hex.substr(2));
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) continue;
    if (!file.valid()) return Result<LooseObject>(Unavailable(path));
    auto bytes = ReadFile(file.get(), path);
    if (!bytes) return Result<LooseObject>(bytes.error());
    return Decode(std::move(*bytes), id, with_body);
  }
  return std::nullopt;
}

}  // namespace coppice::indexer
