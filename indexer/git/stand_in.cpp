#include "indexer/git/stand_in.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdlib.h>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "indexer/git/git_command.h"
#include "indexer/git/reader_account.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

Error CannotMake(const fs::path& path, const std::string& why) {
  return MakeError(ErrorCode::kUnavailable,
                   fmt::format("{} cannot be made: {}", path.string(), why),
                   "let the daemon's account write the folder for temporary files");
}

bool Write(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return file.flush().good();
}

}  // namespace

Result<StandIn> StandIn::Make(const GitLayout& layout) {
  std::error_code status;
  fs::path temporary = fs::temp_directory_path(status);
  if (status) temporary = "/tmp";
  std::string name = (temporary / "coppice-git-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return CannotMake(name, std::strerror(errno));
  StandIn made(name, layout.common_dir + "/objects");
  const fs::path& folder = made.folder_;
  const std::string config = layout.sha256
                                 ? "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
                                   "[extensions]\n\tobjectformat = sha256\n"
                                 : "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
  // Where the repository's HEAD stands is asked by name.
  if (!Write(folder / "config", config) || !Write(folder / "HEAD", "ref: refs/heads/.invalid\n")) {
    return CannotMake(folder, "no room");
  }
  const fs::path common(layout.common_dir);
  for (const char* part : {"refs", "packed-refs"}) {
    fs::create_symlink(common / part, folder / part, status);
    if (status) return CannotMake(folder / part, status.message());
  }
  return made;
}

StandIn::StandIn(StandIn&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), objects_(std::move(other.objects_)) {}

StandIn::~StandIn() {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);  // links are removed, not what they lead to
}

Command StandIn::GitCommand(const std::vector<std::string>& arguments) const {
  Command command = QuietGitCommand(arguments);
  command.directory = folder_.string();
  command.account = ReadAs::OfThread();  // else it would read with root's rights
  auto& environment = command.environment;
  environment["GIT_DIR"] = folder_.string();
  environment["GIT_OBJECT_DIRECTORY"] = objects_;
  environment["GIT_CONFIG_NOSYSTEM"] = "1";
  environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
  environment["GIT_ALLOW_PROTOCOL"] = "none";
  environment["GIT_NO_LAZY_FETCH"] = "1";
  environment["GIT_NO_REPLACE_OBJECTS"] = "1";
  environment["GIT_ATTR_NOSYSTEM"] = "1";
  return command;
}

}  // namespace coppice::indexer
