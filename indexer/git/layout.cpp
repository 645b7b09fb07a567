#include "indexer/git/layout.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>

#include "base/format.h"
#include "indexer/git/libgit2_handles.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLinkBytes = 8192;
constexpr std::size_t kMaxAlternates = 1000;
constexpr int kMaxAlternatesDepth = 5;  // git's

// They say nothing about objects and refs.
constexpr std::array<std::string_view, 7> kHarmless = {
    "noop",           "noop-v1",           "partialclone",       "preciousobjects",
    "worktreeconfig", "relativeworktrees", "compatobjectformat",
};

using ConfigHandle = std::unique_ptr<git_config, GitFree<git_config_free>>;

bool IsFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// The first line of a small regular file; empty where there is none.
std::string FirstLine(const fs::path& path) {
  std::string line;
  if (!IsFile(path)) return line;
  std::ifstream file(path, std::ios::binary);
  line.resize(kMaxLinkBytes);
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(file.gcount()));
  return line.substr(0, line.find_first_of("\r\n"));
}

fs::path Beside(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal();
}

fs::path GitDirOf(const fs::path& path) {
  const fs::path git = path / ".git";
  if (IsFolder(git)) return git;
  constexpr std::string_view kLink = "gitdir: ";
  const std::string link = FirstLine(git);
  return link.starts_with(kLink) ? Beside(path, link.substr(kLink.size())) : path;
}

fs::path CommonDirOf(const fs::path& git_dir) {
  const std::string link = FirstLine(git_dir / "commondir");
  return link.empty() ? git_dir : Beside(git_dir, link);
}

std::string WithoutSlash(const fs::path& path) {
  std::string text = path.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

bool SameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

int TakeExtension(const git_config_entry* entry, void* payload) {
  GitLayout& layout = *static_cast<GitLayout*>(payload);
  const std::string_view name = std::string_view(entry->name).substr(sizeof("extensions.") - 1);
  const std::string_view value = entry->value == nullptr ? "" : entry->value;
  if (SameText(name, "objectformat") && (SameText(value, "sha1") || SameText(value, "sha256"))) {
    layout.sha256 = SameText(value, "sha256");
  } else if (SameText(name, "refstorage") &&
             (SameText(value, "files") || SameText(value, "reftable"))) {
    layout.reftable = SameText(value, "reftable");
  } else if (std::none_of(kHarmless.begin(), kHarmless.end(),
                          [&](std::string_view known) { return SameText(name, known); })) {
    layout.unknown_extension = fmt::format("{} = {}", entry->name, value);
  }
  return 0;
}

Result<void> ReadExtensions(GitLayout& layout) {
  EnsureLibgit2();
  const std::string path = layout.common_dir + "/config";
  if (!IsFile(path)) return {};
  git_config* raw = nullptr;
  if (const int code = git_config_open_ondisk(&raw, path.c_str()); code != 0) {
    return GitError(code, path);
  }
  const ConfigHandle config(raw);
  if (const int code =
          git_config_foreach_match(config.get(), "^extensions\\.", TakeExtension, &layout);
      code != 0) {
    return GitError(code, path);
  }
  return {};
}

/// Walks the alternates of `objects`; gives the first that is not there.
std::string MissingAlternate(const fs::path& objects, std::set<fs::path>& seen, int depth) {
  if (depth > kMaxAlternatesDepth || seen.size() > kMaxAlternates ||
      !seen.insert(objects.lexically_normal()).second) {
    return {};
  }
  const fs::path list = objects / "info/alternates";
  if (!IsFile(list)) return {};
  std::ifstream file(list, std::ios::binary);
  for (std::string line; std::getline(file, line) && seen.size() <= kMaxAlternates;) {
    if (line.empty() || line.front() == '#') continue;
    const fs::path other = objects / line;
    if (!IsFolder(other)) return other.lexically_normal().string();
    if (std::string missing = MissingAlternate(other, seen, depth + 1); !missing.empty()) {
      return missing;
    }
  }
  return {};
}

/// Whether a pack came from a remote that promised to deliver what it left out.
bool IsPartial(const fs::path& common_dir) {
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(common_dir / "objects/pack", status)) {
    if (entry.path().extension() == ".promisor") return true;
  }
  return false;
}

}  // namespace

Result<GitLayout> ReadLayout(const std::string& path) {
  std::error_code ignored;
  const fs::path git_dir = GitDirOf(fs::absolute(path, ignored));
  const fs::path common_dir = CommonDirOf(git_dir);
  const bool head = fs::exists(fs::symlink_status(git_dir / "HEAD", ignored));
  if (!head || !IsFolder(common_dir / "objects") || !IsFolder(common_dir / "refs")) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{} is not a git repository", path),
                     "give the folder that holds .git, or a bare repository");
  }
  GitLayout layout;
  layout.git_dir = WithoutSlash(git_dir);
  layout.common_dir = WithoutSlash(common_dir);
  layout.shallow = fs::exists(common_dir / "shallow", ignored);
  COPPICE_TRY(ReadExtensions(layout));
  return layout;
}

std::string NoteOnClone(const std::string& common_dir) {
  std::error_code ignored;
  const fs::path common(common_dir);
  std::string note;
  if (fs::exists(common / "shallow", ignored)) {
    note = "a shallow clone: its first commit is not known, so it shares nothing with other clones";
  }
  if (IsPartial(common)) {
    if (!note.empty()) note += "; ";
    note += "a partial clone: files it lacks are listed as missing, nothing is fetched";
  }
  return note;
}

std::vector<std::string> ObjectFolders(const std::string& common_dir) {
  std::set<fs::path> seen;
  (void)MissingAlternate(fs::path(common_dir) / "objects", seen, 0);
  std::vector<std::string> folders;
  for (const fs::path& folder : seen) folders.push_back(folder.string());
  return folders;
}

Error MissingObject(const std::string& what, const std::string& common_dir) {
  const auto make = [&](const std::string& why, const char* remedy) {
    return MakeError(ErrorCode::kNotFound, fmt::format("{}: {}", what, why), remedy);
  };
  std::set<fs::path> seen;
  const fs::path common(common_dir);
  if (const std::string lost = MissingAlternate(common / "objects", seen, 0); !lost.empty()) {
    return make(fmt::format("not there, and the alternate {} does not exist", lost),
                "bring the alternate back, or fetch what is missing");
  }
  if (IsPartial(common)) {
    return make("not there: this is a partial clone, and nothing is fetched for it",
                "`git fetch --refetch --no-filter` in the repository makes it whole");
  }
  return make("not there", "run `git fsck` in the repository and fetch what is missing");
}

}  // namespace coppice::indexer
