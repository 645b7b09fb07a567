#include "indexer/git/reader_account.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <grp.h>
#include <pwd.h>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/check.h"
#include "base/format.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel has it

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

/// Follows a path as the kernel does, one name at a time, and gathers who owns what it meets; from
/// the first that is not root's on with the rights of its owner, who may go where root may not
/// (a home on another machine).
class Way {
 public:
  Result<void> Follow(const fs::path& path) {
    if (path.is_absolute()) at_ = "/";
    for (const fs::path& name : path.relative_path()) COPPICE_TRY(Enter(name));
    return {};
  }
  [[nodiscard]] const std::optional<ReaderAccount>& account() const { return account_; }

 private:
  Result<void> Enter(const fs::path& name) {
    if (name.empty() || name == ".") return {};
    if (name == "..") {
      at_ = at_.parent_path();
      return {};
    }
    const fs::path next = at_ / name;
    struct stat info {};
    if (::lstat(next.c_str(), &info) != 0) return Unreachable(next);
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

  static Error Unreachable(const fs::path& place) {
    const std::string message = fmt::format("{} cannot be reached ({})", place.string(),
                                            std::generic_category().message(errno));
    if (errno != EACCES) {
      return MakeError(ErrorCode::kNotFound, message,
                       "give the path of a repository on the daemon's machine");
    }
    return MakeError(ErrorCode::kPermissionDenied, message,
                     "let the repository's owner enter the folders above it");
  }

  Result<void> Meet(const fs::path& place, uid_t owner) {
    if (owner == 0 || (account_ && owner == account_->uid)) return {};
    if (!account_) {
      account_ = AccountOf(owner);
      rights_.emplace(*account_);
      return {};
    }
    return MakeError(ErrorCode::kPermissionDenied,
                     fmt::format("{} belongs to uid {}, and what leads there to uid {}",
                                 place.string(), owner, account_->uid),
                     "let the folders that lead to the repository belong to root or to its owner, "
                     "or run the daemon as an account of its own");
  }

  fs::path at_;
  int links_ = 0;
  std::optional<ReaderAccount> account_;
  std::optional<ReadAs> rights_;
};

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

thread_local const ReaderAccount* of_thread = nullptr;

}  // namespace

std::optional<Account> ReadAs::OfThread() {
  if (of_thread == nullptr) return std::nullopt;
  Account account;
  account.uid = of_thread->uid;
  account.gid = of_thread->gid;
  account.groups = of_thread->groups;
  return account;
}

Result<std::optional<ReaderAccount>> FindReaderAccount(const std::string& path) {
  if (::geteuid() != 0) return std::optional<ReaderAccount>();
  std::error_code status;
  const fs::path whole = fs::absolute(path, status);
  Way way;
  COPPICE_TRY(way.Follow(whole));
  return way.account();
}

ReadAs::ReadAs(const ReaderAccount& account)
    : outer_(std::exchange(of_thread, &account)),
      groups_(Groups()),
      uid_(::geteuid()),
      gid_(::getegid()) {
  // To go on with root's rights would be the hole that this class closes.
  COPPICE_CHECK(SetGroups(account.groups), "groups of the reader");
  COPPICE_CHECK(SetFileIds(account.uid, account.gid), "account of the reader");
}

ReadAs::~ReadAs() {
  COPPICE_CHECK(SetFileIds(uid_, gid_), "own account");
  COPPICE_CHECK(SetGroups(groups_), "own groups");
  of_thread = outer_;
}

}  // namespace coppice::indexer
