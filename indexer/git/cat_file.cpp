#include "indexer/git/cat_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/format.h"
#include "indexer/git/git_command.h"
#include "indexer/git/stand_in.h"

namespace coppice::indexer {
namespace {

using store::ObjectId;

constexpr std::size_t kReadBytes = 1U << 16U;
constexpr std::size_t kKeptBytes = 1U << 20U;  // of the buffer, between objects
constexpr std::size_t kMaxComplaint = 4096;

Error SystemError(const char* what) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Result<void> CatFile::Start() {
  buffer_.clear();
  used_ = 0;
  Forget();
  COPPICE_ASSIGN(const StandIn stand_in, StandIn::Make(layout_));
  Command command = stand_in.GitCommand({"cat-file", "--batch-command"});
  // A socket: writing to a child that is gone is an error, not a signal.
  std::array<int, 2> in{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) != 0) {
    return SystemError("socketpair");
  }
  to_child_ = UniqueFd(in[0]);
  const UniqueFd child_in(in[1]);
  std::array<int, 2> out{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) return SystemError("pipe");
  from_child_ = UniqueFd(out[0]);
  UniqueFd child_out(out[1]);
  ::fcntl(from_child_.get(), F_SETFL, O_NONBLOCK);
  // What it complains of must not fill a pipe that nobody reads.
  complaints_ = UniqueFd(::memfd_create("git-complaints", MFD_CLOEXEC));
  if (!complaints_.valid() || ::fcntl(complaints_.get(), F_SETFL, O_APPEND) != 0) {
    return SystemError("memfd_create");
  }
  command.stdin_fd = child_in.get();
  command.stdout_fd = child_out.get();
  command.stderr_fd = complaints_.get();
  auto child = ChildProcess::Start(command);
  if (!child) {
    if (child.error().code != ErrorCode::kNotFound) return child.error();
    return MakeError(ErrorCode::kUnsupported, "the git program is missing",
                     "install git on the daemon's machine");
  }
  child_ = std::move(*child);
  child_out.Reset();
  // The first reply shows that it has read the folder, which may go then.
  const ObjectId none{std::string(layout_.sha256 ? 32 : 20, '\0')};
  COPPICE_TRY(Ask("info", none));
  const auto reply = TakeHead(none);
  return !reply && reply.error().code != ErrorCode::kNotFound ? reply.error() : Result<void>();
}

void CatFile::Forget() {
  infos_.clear();
  expected_.clear();
  next_ = 0;
  ahead_ = std::nullopt;
}

void CatFile::Expect(std::span<const ObjectId> ids) {
  if (!child_.running() && !Start()) return;
  if (!SkipAhead() || !AskInfos(ids.first(std::min(ids.size(), kMostExpected)))) Forget();
}

Result<void> CatFile::AskInfos(std::span<const ObjectId> ids) {
  Forget();
  std::string lines;
  for (const ObjectId& id : ids) lines += fmt::format("info {}\n", id.ToHex());
  COPPICE_TRY(Send(lines));
  for (const ObjectId& id : ids) {
    auto info = TakeHead(id);
    if (info) infos_.emplace(id.bytes, std::move(*info));
    if (!info && !child_.running()) return info.error();
  }
  expected_.assign(ids.begin(), ids.end());
  return {};
}

Result<void> CatFile::AskAhead(const ObjectId& id) {
  while (next_ < expected_.size()) {
    const ObjectId& other = expected_[next_++];
    const auto info = infos_.find(other.bytes);
    if (other == id || info == infos_.end() || info->second.size_bytes > kMostAhead) continue;
    COPPICE_TRY(Ask("contents", other));
    ahead_ = other;
    return {};
  }
  return {};
}

Result<void> CatFile::SkipAhead() {
  if (!ahead_) return {};
  const ObjectId id = *ahead_;
  ahead_ = std::nullopt;
  const auto info = TakeHead(id);
  if (!info) return child_.running() ? Result<void>() : info.error();
  COPPICE_TRY(Fill(info->size_bytes + 1));
  used_ = info->size_bytes + 1;
  return {};
}

Result<void> CatFile::Ask(std::string_view verb, const ObjectId& id) {
  return Send(fmt::format("{} {}\n", verb, id.ToHex()));
}

Result<void> CatFile::Send(std::string_view rest) {
  while (!rest.empty()) {
    const ssize_t put = ::send(to_child_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Died();
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> CatFile::Fill(std::size_t count) {
  buffer_.erase(0, used_);
  used_ = 0;
  while (buffer_.size() < count) {
    const std::size_t had = buffer_.size();
    const std::size_t room = std::max(kReadBytes, count - had);
    buffer_.resize(had + room);
    const ssize_t got = ::read(from_child_.get(), buffer_.data() + had, room);
    const int number = errno;
    buffer_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) continue;
    if (got == 0 || (number != EINTR && number != EAGAIN)) return Died();
    pollfd entry{from_child_.get(), POLLIN, 0};
    const std::chrono::milliseconds patience = kReplyTime;
    if (::poll(&entry, 1, static_cast<int>(patience.count())) == 0) {
      child_.Kill();
      return MakeError(ErrorCode::kUnavailable, "the git program does not answer");
    }
  }
  return {};
}

Result<std::string> CatFile::TakeLine() {
  std::size_t end = buffer_.find('\n', used_);
  while (end == std::string::npos) {
    COPPICE_TRY(Fill(buffer_.size() - used_ + 1));
    end = buffer_.find('\n');
  }
  std::string line = buffer_.substr(used_, end - used_);
  used_ = end + 1;
  return line;
}

Result<CatFile::Info> CatFile::TakeHead(const ObjectId& id) {
  COPPICE_ASSIGN(const std::string line, TakeLine());
  const std::string hex = id.ToHex();
  if (line == hex + " missing") {
    // git calls missing what it could not read, too; only its complaint tells them apart.
    return ErrorOf(TakeComplaint(), ErrorCode::kNotFound);
  }
  Info info;
  const std::size_t blank = line.rfind(' ');
  if (line.starts_with(hex + " ") && blank > hex.size()) {
    info.type = line.substr(hex.size() + 1, blank - hex.size() - 1);
    const auto [end, status] =
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), info.size_bytes);
    if (status == std::errc() && end == line.data() + line.size()) return info;
  }
  child_.Kill();
  return MakeError(ErrorCode::kInternal, fmt::format("the git program said '{}'", line));
}

Result<CatFile::Info> CatFile::ReadInfo(const ObjectId& id) {
  if (const auto known = infos_.find(id.bytes); known != infos_.end()) return known->second;
  if (!child_.running()) COPPICE_TRY(Start());
  COPPICE_TRY(SkipAhead());
  COPPICE_TRY(Ask("info", id));
  return TakeHead(id);
}

Result<CatFile::Object> CatFile::Read(const ObjectId& id) {
  if (!child_.running()) COPPICE_TRY(Start());
  if (ahead_ != id) {
    COPPICE_TRY(SkipAhead());
    COPPICE_TRY(Ask("contents", id));
  }
  ahead_ = std::nullopt;
  COPPICE_ASSIGN(Info info, TakeHead(id));
  COPPICE_TRY(AskAhead(id));
  COPPICE_TRY(Fill(info.size_bytes + 1));  // a line end follows
  // A copy: the buffer's room is many times that of a small object.
  Object object{std::move(info.type), buffer_.substr(0, info.size_bytes)};
  used_ = info.size_bytes + 1;
  if (buffer_.size() == used_) {
    buffer_.clear();
    used_ = 0;
    if (buffer_.capacity() > kKeptBytes) buffer_.shrink_to_fit();
  }
  return object;
}

Error CatFile::Died() {
  const auto status = child_.Wait(Deadline::After(std::chrono::seconds(5)));
  child_.Kill();
  const std::string complaint = TakeComplaint();
  if (status && status->signal == 0 && !complaint.empty()) {
    return ErrorOf(complaint, ErrorCode::kCorrupt);
  }
  return MakeError(ErrorCode::kUnavailable,
                   fmt::format("the git program {}", status ? status->ToString() : "hangs"));
}

std::string CatFile::TakeComplaint() {
  std::string text(kMaxComplaint, '\0');
  const ssize_t got = ::pread(complaints_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  [[maybe_unused]] const int cut = ::ftruncate(complaints_.get(), 0);
  return text;
}

Error CatFile::ErrorOf(const std::string& complaint, ErrorCode otherwise) const {
  constexpr std::array<std::string_view, 6> kSystem = {
      "Permission denied",  "Too many open files", "Cannot allocate memory",
      "Input/output error", "out of memory",       "mmap failed"};
  const bool system = std::any_of(kSystem.begin(), kSystem.end(),
                                  [&](std::string_view sign) { return Contains(complaint, sign); });
  const std::string line = LastLine(complaint);
  if (system) return MakeError(ErrorCode::kUnavailable, line);
  if (Contains(complaint, "unknown option") || Contains(complaint, "usage: ")) {
    return MakeError(ErrorCode::kUnsupported, "the git program is too old",
                     "install git 2.36 or newer on the daemon's machine");
  }
  constexpr std::array<std::string_view, 5> kDamage = {"corrupt", "inflate", "garbage", "unpack",
                                                       "parse"};
  const bool damaged = std::any_of(kDamage.begin(), kDamage.end(), [&](std::string_view sign) {
    return Contains(complaint, sign);
  });
  const ErrorCode code = damaged ? ErrorCode::kCorrupt : otherwise;
  return MakeError(code, line.empty() || code == ErrorCode::kNotFound ? "not found" : line,
                   "run `git fsck` in the repository");
}

}  // namespace coppice::indexer
