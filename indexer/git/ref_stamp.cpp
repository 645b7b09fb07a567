#include "indexer/git/ref_stamp.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

std::int64_t Nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Folders below `top`, itself too, in a fixed order; empty where one cannot be read or there are
/// too many.
std::vector<fs::path> FoldersBelow(const fs::path& top) {
  std::vector<fs::path> folders{top};
  for (std::size_t at = 0; at < folders.size(); ++at) {
    if (folders.size() > RefStamp::kMaxFolders) return {};
    std::error_code status;
    const std::size_t first = folders.size();
    for (fs::directory_iterator entry(folders[at], status), end; !status && entry != end;
         entry.increment(status)) {
      if (entry->symlink_status(status).type() == fs::file_type::directory) {
        folders.push_back(entry->path());
      }
    }
    if (status) return {};
    std::sort(folders.begin() + static_cast<std::ptrdiff_t>(first), folders.end());
  }
  return folders;
}

}  // namespace

std::optional<RefStamp> RefStamp::Take(const std::string& git_dir, const std::string& common_dir,
                                       std::chrono::system_clock::time_point now) {
  std::vector<fs::path> places = FoldersBelow(fs::path(common_dir) / "refs");
  if (places.empty()) return std::nullopt;
  places.push_back(fs::path(common_dir) / "packed-refs");
  places.push_back(fs::path(git_dir) / "HEAD");
  const auto now_ns = std::chrono::duration_cast<nanoseconds>(now.time_since_epoch());
  RefStamp stamp;
  for (const fs::path& place : places) {
    struct stat info {};
    if (::lstat(place.c_str(), &info) != 0) {
      if (errno != ENOENT || &place == &places.back()) return std::nullopt;
      info = {};  // no packed refs yet
    }
    const std::int64_t changed = std::max(Nanoseconds(info.st_mtim), Nanoseconds(info.st_ctim));
    if (now_ns.count() - changed < nanoseconds(kSettled).count()) return std::nullopt;
    for (const std::int64_t value :
         {static_cast<std::int64_t>(info.st_dev), static_cast<std::int64_t>(info.st_ino),
          static_cast<std::int64_t>(info.st_size), Nanoseconds(info.st_mtim),
          Nanoseconds(info.st_ctim)}) {
      stamp.values_.push_back(value);
    }
  }
  return stamp;
}

}  // namespace coppice::indexer
