#include "embed/openai/api_key.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <sys/stat.h>

#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice::embed {
namespace {

constexpr std::size_t kMaxKeyBytes = std::size_t{16} << 10U;

struct Place {
  std::string path;
  bool credential = false;
};

Result<Place> Find(const std::string& key_file, const std::string& credentials_directory) {
  if (key_file.find('/') != std::string::npos) return Place{key_file, false};
  if (credentials_directory.empty()) {
    return MakeError(
        ErrorCode::kNotFound,
        fmt::format("the key \"{}\" is no path, and there are no systemd credentials", key_file),
        "Give an absolute path, or add LoadCredential= to the unit.");
  }
  return Place{std::filesystem::path(credentials_directory) / key_file, true};
}

Result<UniqueFd> Open(const Place& place) {
  UniqueFd file(::open(place.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return MakeError(missing ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
                     fmt::format("the key file {} {}", place.path,
                                 missing ? "does not exist" : "may not be read by this account"));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("the key file {} is no file", place.path));
  }
  constexpr mode_t kOfOthers = S_IRWXG | S_IRWXO;
  if (!place.credential && (status.st_mode & kOfOthers) != 0) {
    return MakeError(ErrorCode::kPermissionDenied,
                     fmt::format("the key file {} may be used by group or others", place.path),
                     fmt::format("Run: chmod 600 {}", place.path));
  }
  return file;
}

Result<std::string> ReadAll(int file, const std::string& path) {
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() <= kMaxKeyBytes) {
    const ssize_t got = ::read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  const bool clean =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  if (text.empty() || text.size() > kMaxKeyBytes || !clean) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("the key file {} does not hold one key of printable characters", path));
  }
  return text;
}

}  // namespace

Result<ApiKey> ApiKey::Read(const std::string& key_file, const std::string& credentials_directory) {
  ApiKey key;
  if (key_file.empty()) return key;
  COPPICE_ASSIGN(const Place place, Find(key_file, credentials_directory));
  COPPICE_ASSIGN(const UniqueFd file, Open(place));
  COPPICE_ASSIGN(key.secret_, ReadAll(file.get(), place.path));
  return key;
}

http::Header ApiKey::AsHeader() const { return {"Authorization", "Bearer " + secret_}; }

std::string ApiKey::Hidden(std::string text) const {
  if (secret_.empty()) return text;
  for (std::size_t at = text.find(secret_); at != std::string::npos; at = text.find(secret_, at)) {
    text.replace(at, secret_.size(), "***");
    at += 3;
  }
  return text;
}

}  // namespace coppice::embed
