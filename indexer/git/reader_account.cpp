#include "indexer/git/reader_account.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <grp.h>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/check.h"
#include "base/format.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel has it

/// Follows a path as the kernel does, one name at a time, and gathers who owns what it meets.
class Way {
 public:
  Result<void> Follow(const fs::path& path) {
    if (path.is_absolute()) at_ = "/";
    for (const fs::path& name : path.relative_path()) COPPICE_TRY(Enter(name));
    return {};
  }
  [[nodiscard]] uid_t owner() const { return owner_; }

 private:
  Result<void> Enter(const fs::path& name) {
    if (name.empty() || name == ".") return {};
    if (name == "..") {
      at_ = at_.parent_path();
      return {};
    }
    const fs::path next = at_ / name;
    struct stat info {};
    if (::lstat(next.c_str(), &info) != 0) {
      return MakeError(
          errno == EACCES ? ErrorCode::kPermissionDenied : ErrorCode::kNotFound,
          fmt::format("{} cannot be reached ({})", next.string(), std::strerror(errno)),
          "give the path of a repository on the daemon's machine");
    }
    COPPICE_TRY(Meet(next, info.st_uid));
    if (!S_ISLNK(info.st_mode)) {
      at_ = next;
      return {};
    }
    std::error_code status;
    const fs::path target = fs::read_symlink(next, status);
    if (status || ++links_ > kMaxLinks) {
      return MakeError(ErrorCode::kNotFound,
                       fmt::format("{} is a symbolic link that leads nowhere", next.string()),
                       "give the path of the repository itself");
    }
    return Follow(target);
  }

  Result<void> Meet(const fs::path& place, uid_t owner) {
    if (owner == 0 || owner == owner_) return {};
    if (owner_ == 0) {
      owner_ = owner;
      return {};
    }
    return MakeError(ErrorCode::kPermissionDenied,
                     fmt::format("{} belongs to uid {}, and what leads there to uid {}",
                                 place.string(), owner, owner_),
                     "let the folders that lead to the repository belong to root or to its owner, "
                     "or run the daemon as an account of its own");
  }

  fs::path at_;
  uid_t owner_ = 0;
  int links_ = 0;
};

ReaderAccount AccountOf(uid_t uid) {
  ReaderAccount account;
  account.uid = uid;
  account.gid = static_cast<gid_t>(uid);  // of an account without a name; no group of root's
  std::vector<char> buffer(std::size_t{1} << 16U);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return account;
  }
  account.gid = entry.pw_gid;
  int count = 0;
  ::getgrouplist(entry.pw_name, entry.pw_gid, nullptr, &count);
  account.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0) count = 0;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

/// Of this thread alone, unlike the C library's function of that name.
bool SetGroups(const std::vector<gid_t>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

std::vector<gid_t> Groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return groups;
}

/// Sets both ids by which files are opened; whether they are those now.
bool SetFileIds(uid_t uid, gid_t gid) {
  ::setfsgid(gid);
  ::setfsuid(uid);
  constexpr auto kAsk = static_cast<uid_t>(-1);
  return static_cast<uid_t>(::setfsuid(kAsk)) == uid && static_cast<gid_t>(::setfsgid(kAsk)) == gid;
}

}  // namespace

Result<std::optional<ReaderAccount>> FindReaderAccount(const std::string& path) {
  if (::geteuid() != 0) return std::optional<ReaderAccount>();
  std::error_code status;
  const fs::path whole = fs::absolute(path, status);
  Way way;
  COPPICE_TRY(way.Follow(whole));
  if (way.owner() == 0) return std::optional<ReaderAccount>();
  return std::optional(AccountOf(way.owner()));
}

ReadAs::ReadAs(const ReaderAccount& account)
    : groups_(Groups()), uid_(::geteuid()), gid_(::getegid()) {
  // To go on with root's rights would be the hole that this class closes.
  COPPICE_CHECK(SetGroups(account.groups), "groups of the reader");
  COPPICE_CHECK(SetFileIds(account.uid, account.gid), "account of the reader");
}

ReadAs::~ReadAs() {
  COPPICE_CHECK(SetFileIds(uid_, gid_), "own account");
  COPPICE_CHECK(SetGroups(groups_), "own groups");
}

}  // namespace coppice::indexer
