#include "indexer/git/program_repository.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "indexer/git/commit_text.h"
#include "indexer/git/git_command.h"
#include "indexer/git/ref_pattern.h"
#include "indexer/git/stand_in.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using store::ObjectId;
using Head = store::Catalog::Head;

constexpr int kMaxTagDepth = 10;
constexpr std::chrono::seconds kListTime{60};
constexpr std::size_t kMaxListBytes = std::size_t{512} << 20U;
constexpr std::size_t kMaxHeadBytes = 4096;

/// What HEAD says: "ref: refs/heads/main" or an id. An old one may be a link.
Result<std::string> ReadHeadFile(const std::string& git_dir) {
  const fs::path path = fs::path(git_dir) / "HEAD";
  std::error_code status;
  if (fs::is_symlink(path, status)) {
    const fs::path target = fs::read_symlink(path, status);
    if (!status) return "ref: " + target.string();
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxHeadBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{} cannot be read", path.string()));
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace

Result<void> ProgramRepository::CheckId(const ObjectId& id) const {
  if (id.bytes.size() == (layout_.sha256 ? 32 : 20)) return {};
  return MakeError(ErrorCode::kUnsupported, fmt::format("object {} is not a SHA-{} id", id.ToHex(),
                                                        layout_.sha256 ? 256 : 1));
}

Error ProgramRepository::Explain(const Error& error, const std::string& what) const {
  if (error.code != ErrorCode::kNotFound) return error.WithContext(what);
  return MissingObject(what, layout_.common_dir);
}

Result<std::vector<ProgramRepository::Ref>> ProgramRepository::ListRefs(
    const std::vector<std::string>& names) {
  COPPICE_ASSIGN(const StandIn stand_in, StandIn::Make(layout_));
  std::vector<std::string> arguments = {"for-each-ref", "--format=%(objectname) %(refname)"};
  arguments.insert(arguments.end(), names.begin(), names.end());
  COPPICE_ASSIGN(const CommandOutput output, RunCommand(stand_in.GitCommand(arguments),
                                                        Deadline::After(kListTime), kMaxListBytes));
  if (!output.status.ok() || output.out.size() >= kMaxListBytes) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("the refs of {} cannot be read: {}",
                                                          layout_.git_dir, LastLine(output.err)));
  }
  std::vector<Ref> refs;
  std::string_view rest = output.out;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t blank = line.find(' ');
    const auto id = FromHex(line.substr(0, blank));
    if (!id || blank == std::string_view::npos) continue;
    refs.push_back({std::string(line.substr(blank + 1)), ObjectId{*id}});
  }
  return refs;
}

Result<ObjectId> ProgramRepository::Peel(const ObjectId& id) {
  return peeled_.Find(id, [&] { return FollowTags(id); });
}

Result<ObjectId> ProgramRepository::FollowTags(ObjectId id) {
  for (int depth = 0; depth < kMaxTagDepth; ++depth) {
    COPPICE_ASSIGN(const CatFile::Info info, objects_.ReadInfo(id));
    if (info.type == "commit") return id;
    if (info.type != "tag") break;
    COPPICE_ASSIGN(const CatFile::Object tag, objects_.Read(id));
    COPPICE_ASSIGN(id, DecodeTagTarget(id, tag.body));
  }
  return MakeError(ErrorCode::kInvalidArgument, "it leads to no commit");
}

Result<Head> ProgramRepository::ReadHead() {
  COPPICE_ASSIGN(const std::string text, ReadHeadFile(layout_.git_dir));
  Head head;
  head.name = "HEAD";
  constexpr std::string_view kSymbolic = "ref: ";
  if (!text.starts_with(kSymbolic)) {
    const auto id = FromHex(text);
    if (!id) return MakeError(ErrorCode::kCorrupt, "HEAD says neither a ref nor an id");
    COPPICE_TRY(CheckId(ObjectId{*id}));
    auto commit = Peel(ObjectId{*id});
    if (!commit) return Explain(commit.error(), "HEAD");
    head.head = std::move(*commit);
    return head;
  }
  head.symbolic = text.substr(kSymbolic.size());
  if (!head.symbolic.starts_with("refs/")) {
    return MakeError(ErrorCode::kCorrupt, fmt::format("HEAD leads to {}", head.symbolic));
  }
  COPPICE_ASSIGN(const auto refs, ListRefs({head.symbolic}));
  for (const Ref& ref : refs) {
    if (ref.name != head.symbolic) continue;
    auto commit = Peel(ref.id);
    if (!commit) return Explain(commit.error(), "HEAD");
    head.head = std::move(*commit);
  }
  return head;
}

Result<std::vector<Head>> ProgramRepository::Heads(const std::vector<std::string>& patterns) {
  std::map<std::string, Head> heads;
  PatternSet wanted(patterns);
  if (wanted.wants_head()) {
    COPPICE_ASSIGN(heads["HEAD"], ReadHead());
  }
  if (!wanted.empty()) {
    COPPICE_ASSIGN(const auto refs, ListRefs(wanted.candidates()));
    for (const Ref& ref : refs) {
      if (!wanted.Take(ref.name)) continue;
      auto commit = Peel(ref.id);
      if (commit) {
        heads[ref.name] = Head{ref.name, "", std::move(*commit)};
      } else if (commit.error().code == ErrorCode::kUnavailable) {
        return commit.error().WithContext(ref.name);
      } else if (commit.error().code != ErrorCode::kInvalidArgument) {
        heads[ref.name] = Head{ref.name, "", ref.id};  // indexing it says what is wrong
      }
    }
  }
  COPPICE_TRY(wanted.CheckAllTaken());
  std::vector<Head> sorted;
  sorted.reserve(heads.size());
  for (auto& [name, head] : heads) sorted.push_back(std::move(head));
  return sorted;
}

Result<std::string> ProgramRepository::ReadObject(const ObjectId& id, const char* type) {
  COPPICE_TRY(CheckId(id));
  auto object = objects_.Read(id);
  if (!object) return Explain(object.error(), fmt::format("{} {}", type, id.ToHex()));
  if (object->type != type) {
    return MakeError(ErrorCode::kCorrupt, fmt::format("object {} is no {}", id.ToHex(), type),
                     "run `git fsck` in the repository");
  }
  return std::move(object->body);
}

Result<store::CommitRecord> ProgramRepository::ReadCommit(const ObjectId& id) {
  COPPICE_ASSIGN(const std::string raw, ReadObject(id, "commit"));
  return DecodeCommit(id, raw);
}

Result<BlobHeader> ProgramRepository::ReadBlobHeader(const ObjectId& id) {
  COPPICE_TRY(CheckId(id));
  const auto info = objects_.ReadInfo(id);
  if (!info) return Explain(info.error(), fmt::format("blob {}", id.ToHex()));
  return BlobHeader{info->size_bytes};
}

Result<std::string> ProgramRepository::ReadBlob(const ObjectId& id) {
  return ReadObject(id, "blob");
}

Result<std::string> ProgramRepository::ReadTree(const ObjectId& id) {
  return ReadObject(id, "tree");
}

Result<std::string> ProgramRepository::ReadAttributes(const ObjectId& id) {
  return ReadObject(id, "blob");
}

Result<ObjectId> ProgramRepository::RootCommit(const Deadline& deadline) {
  COPPICE_ASSIGN(const Head head, ReadHead());
  if (head.head.empty() || layout_.shallow) return ObjectId{};
  COPPICE_ASSIGN(const StandIn stand_in, StandIn::Make(layout_));
  auto walked = RunCommand(
      stand_in.GitCommand({"rev-list", "--first-parent", "--max-parents=0", head.head.ToHex()}),
      deadline);
  if (!walked) return walked.error().WithContext("the first commit was not reached");
  const auto root = FromHex(walked->out.substr(0, walked->out.find('\n')));
  if (!walked->status.ok() || !root) {
    return MissingObject(fmt::format("the first commit ({})", LastLine(walked->err)),
                         layout_.common_dir);
  }
  return ObjectId{*root};
}

}  // namespace coppice::indexer
