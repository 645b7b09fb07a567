#include "indexer/git/mirror.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "base/process.h"
#include "base/url.h"
#include "indexer/git/git_command.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kSchemes = {"file", "https", "http", "ssh", "git"};

Command MirrorCommand(const std::vector<std::string>& arguments) {
  std::vector<std::string> all;
  for (const std::string_view scheme : kSchemes) {
    all.emplace_back("-c");
    all.push_back(fmt::format("protocol.{}.allow=always", scheme));
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command = QuietGitCommand(all);
  command.environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
  return command;
}

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// What git's last line says of the remote: asking again will not change a refusal.
ErrorCode CodeOf(std::string_view line) {
  struct Sign {
    std::string_view text;
    ErrorCode code;
  };
  static constexpr std::array kSigns = {
      Sign{"Authentication failed", ErrorCode::kPermissionDenied},
      Sign{"could not read Username", ErrorCode::kPermissionDenied},
      Sign{"could not read Password", ErrorCode::kPermissionDenied},
      Sign{"Permission denied", ErrorCode::kPermissionDenied},
      Sign{"Host key verification failed", ErrorCode::kPermissionDenied},
      Sign{"returned error: 403", ErrorCode::kPermissionDenied},
      Sign{"does not appear to be a git repository", ErrorCode::kNotFound},
      Sign{"does not exist", ErrorCode::kNotFound},
      Sign{"not found", ErrorCode::kNotFound},
      Sign{"repository not exported", ErrorCode::kNotFound},
  };
  for (const Sign& sign : kSigns) {
    if (line.find(sign.text) != std::string_view::npos) return sign.code;
  }
  return ErrorCode::kUnavailable;
}

/// The line of git's errors that says why.
std::string Reason(const std::string& err) {
  std::string_view rest = err;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (CodeOf(line) != ErrorCode::kUnavailable) return std::string(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return LastLine(err);
}

/// Runs git on `url` and gives what it printed. Errors: those of FetchMirror.
Result<std::string> RunGit(const std::vector<std::string>& arguments, const std::string& url,
                           const Deadline& deadline) {
  const std::string shown = WithoutCredentials(url);
  auto output = RunCommand(MirrorCommand(arguments), deadline);
  if (!output) {
    if (output.error().code != ErrorCode::kNotFound) return output.error().WithContext(shown);
    return MakeError(ErrorCode::kUnsupported, fmt::format("{}: the git program is missing", shown),
                     "install git on the daemon's machine");
  }
  if (output->status.ok()) return std::move(output->out);
  std::string reason = Reason(output->err);
  const ErrorCode code = CodeOf(reason);
  ReplaceAll(reason, url, shown);
  return MakeError(code, fmt::format("{} cannot be fetched: {}", shown, reason),
                   "try `git ls-remote` with this URL as the daemon's account");
}

/// Points the mirror's HEAD where the remote's points now: a fetch leaves it alone.
Result<void> FollowHead(const std::string& url, const std::string& directory,
                        const Deadline& deadline) {
  COPPICE_ASSIGN(
      const std::string heads,
      RunGit({"-C", directory, "ls-remote", "--symref", "origin", "HEAD"}, url, deadline));
  constexpr std::string_view kSymbolic = "ref: ";
  if (!heads.starts_with(kSymbolic)) return {};  // detached, or a server that does not tell
  const std::string ref = heads.substr(kSymbolic.size(), heads.find('\t') - kSymbolic.size());
  COPPICE_TRY(RunGit({"-C", directory, "symbolic-ref", "HEAD", ref}, url, deadline));
  return {};
}

}  // namespace

Result<void> CheckRemoteUrl(const std::string& url) {
  const std::size_t scheme = url.find("://");
  bool known = scheme == std::string::npos;  // host:path goes over ssh
  for (const std::string_view name : kSchemes) known = known || url.substr(0, scheme) == name;
  // `ext::command`: a helper program by name.
  const std::size_t helper = url.find("::");
  known =
      known && (helper == std::string::npos || helper == 0 || url.find_first_of("/:@[") < helper);
  if (url.starts_with("-") || !known) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("URL {} cannot be fetched", WithoutCredentials(url)),
                     "use a file, https, http, ssh or git URL, or host:path");
  }
  return {};
}

bool IsRemoteLocation(const std::string& location) {
  if (location.find("://") != std::string::npos) return true;
  const std::size_t colon = location.find(':');
  return colon != std::string::npos && location.find('/') > colon;
}

std::string NameFromLocation(const std::string& location) {
  std::string_view rest = location;
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.ends_with("/.git")) rest.remove_suffix(5);
  if (rest.ends_with(".git")) rest.remove_suffix(4);
  return std::string(rest.substr(rest.find_last_of("/:") + 1));
}

Result<void> FetchMirror(const std::string& url, const std::string& directory,
                         const Deadline& deadline) {
  COPPICE_TRY(CheckRemoteUrl(url));
  std::error_code status;
  if (fs::exists(directory, status)) {
    COPPICE_TRY(
        RunGit({"-C", directory, "fetch", "--quiet", "--prune", "--no-write-fetch-head", "origin"},
               url, deadline));
    return FollowHead(url, directory, deadline);
  }
  const std::string partial = directory + ".partial";
  fs::remove_all(partial, status);
  fs::create_directories(fs::path(directory).parent_path(), status);
  if (const auto cloned =
          RunGit({"clone", "--quiet", "--mirror", "--", url, partial}, url, deadline);
      !cloned) {
    fs::remove_all(partial, status);
    return cloned.error();
  }
  fs::rename(partial, directory, status);
  if (status) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{} cannot be made: {}", directory, status.message()));
  }
  return {};
}

}  // namespace coppice::indexer
