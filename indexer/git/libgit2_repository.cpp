#include "indexer/git/libgit2_repository.h"

#include <cstring>
#include <map>

#include "base/format.h"
#include "indexer/git/commit_text.h"
#include "indexer/git/layout.h"
#include "indexer/git/loose_object.h"

namespace coppice::indexer {
namespace {

using store::ObjectId;
using Head = store::Catalog::Head;

constexpr int kMaxTagDepth = 10;

ObjectId FromOid(const git_oid* oid) {
  return ObjectId{std::string(reinterpret_cast<const char*>(oid->id), GIT_OID_RAWSZ)};
}

Result<git_oid> ToOid(const ObjectId& id) {
  if (id.bytes.size() != GIT_OID_RAWSZ) {
    return MakeError(ErrorCode::kUnsupported,
                     fmt::format("object {} is not a SHA-1 id", id.ToHex()));
  }
  git_oid oid;
  std::memcpy(oid.id, id.bytes.data(), GIT_OID_RAWSZ);
  return oid;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Libgit2Repository::Libgit2Repository(RepositoryHandle repository, OdbHandle odb)
    : repository_(std::move(repository)),
      odb_(std::move(odb)),
      object_folders_(ObjectFolders(common_dir())) {}

std::string Libgit2Repository::git_dir() const {
  return WithoutSlash(git_repository_path(repository_.get()));
}

std::string Libgit2Repository::common_dir() const {
  return WithoutSlash(git_repository_commondir(repository_.get()));
}

Error Libgit2Repository::ObjectError(int code, const std::string& what) const {
  return code == GIT_ENOTFOUND ? MissingObject(what, common_dir()) : GitError(code, what);
}

Result<ObjectId> Libgit2Repository::FollowTags(ObjectId id) {
  for (int depth = 0; depth < kMaxTagDepth; ++depth) {
    COPPICE_ASSIGN(const auto header, ReadHeader(id, "object"));
    if (header.first == GIT_OBJECT_COMMIT) return id;
    if (header.first != GIT_OBJECT_TAG) break;
    COPPICE_ASSIGN(const std::string tag, ReadObject(id, GIT_OBJECT_TAG, "tag"));
    COPPICE_ASSIGN(id, DecodeTagTarget(id, tag));
  }
  return MakeError(ErrorCode::kInvalidArgument, "it leads to no commit");
}

Result<ObjectId> Libgit2Repository::CommitOf(git_reference* reference) {
  const std::string what = fmt::format("ref {}", git_reference_name(reference));
  const git_oid* target = git_reference_target(reference);
  ReferenceHandle direct;
  if (target == nullptr) {  // it names another one
    git_reference* raw = nullptr;
    if (const int code = git_reference_resolve(&raw, reference); code != 0) {
      return ObjectError(code, what);
    }
    direct.reset(raw);
    target = git_reference_target(raw);
  }
  const ObjectId id = FromOid(target);
  auto commit = peeled_.Find(id, [&] { return FollowTags(id); });
  if (!commit) return commit.error().WithContext(what);
  return commit;
}

Result<Head> Libgit2Repository::ReadHead() {
  Head head;
  head.name = "HEAD";
  git_reference* raw = nullptr;
  int code = git_reference_lookup(&raw, repository_.get(), "HEAD");
  if (code != 0) return GitError(code, "HEAD");
  const ReferenceHandle own(raw);
  if (git_reference_type(own.get()) == GIT_REFERENCE_SYMBOLIC) {
    head.symbolic = git_reference_symbolic_target(own.get());
  }
  raw = nullptr;
  code = git_repository_head(&raw, repository_.get());
  if (code == GIT_EUNBORNBRANCH || code == GIT_ENOTFOUND) return head;
  if (code != 0) return GitError(code, "HEAD");
  const ReferenceHandle target(raw);
  COPPICE_ASSIGN(head.head, CommitOf(target.get()));
  return head;
}

Result<void> Libgit2Repository::AddHead(git_reference* reference,
                                        std::map<std::string, Head>& heads) {
  const std::string name = git_reference_name(reference);
  auto commit = CommitOf(reference);
  if (commit) {
    heads[name] = Head{name, "", std::move(*commit)};
    return {};
  }
  if (commit.error().code == ErrorCode::kUnavailable) return commit.error();
  const git_oid* target = git_reference_target(reference);
  if (commit.error().code != ErrorCode::kInvalidArgument && target != nullptr) {
    heads[name] = Head{name, "", FromOid(target)};
  }
  return {};
}

Result<std::vector<Head>> Libgit2Repository::Heads(const std::vector<std::string>& patterns) {
  std::map<std::string, Head> heads;
  PatternSet wanted(patterns);
  if (wanted.wants_head()) {
    COPPICE_ASSIGN(heads["HEAD"], ReadHead());
  }
  for (const std::string& name : wanted.candidates()) {
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository_.get(), name.c_str());
    if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) continue;
    if (code != 0) return GitError(code, name);
    const ReferenceHandle reference(raw);
    wanted.Take(name);
    COPPICE_TRY(AddHead(reference.get(), heads));
  }
  if (!wanted.empty() && wanted.candidates().empty()) COPPICE_TRY(AddMatching(wanted, heads));
  COPPICE_TRY(wanted.CheckAllTaken());
  std::vector<Head> sorted;
  sorted.reserve(heads.size());
  for (auto& [name, head] : heads) sorted.push_back(std::move(head));
  return sorted;
}

Result<void> Libgit2Repository::AddMatching(PatternSet& wanted,
                                            std::map<std::string, Head>& heads) {
  git_reference_iterator* raw_iterator = nullptr;
  int code = git_reference_iterator_new(&raw_iterator, repository_.get());
  if (code != 0) return GitError(code, "refs");
  const ReferenceIteratorHandle iterator(raw_iterator);
  while (true) {
    git_reference* raw = nullptr;
    code = git_reference_next(&raw, iterator.get());
    if (code == GIT_ITEROVER) return {};
    if (code != 0) return GitError(code, "refs");
    const ReferenceHandle reference(raw);
    if (!wanted.Take(git_reference_name(reference.get()))) continue;
    COPPICE_TRY(AddHead(reference.get(), heads));
  }
}

Result<store::CommitRecord> Libgit2Repository::ReadCommit(const ObjectId& id) {
  COPPICE_ASSIGN(const std::string raw, ReadObject(id, GIT_OBJECT_COMMIT, "commit"));
  return DecodeCommit(id, raw);
}

Result<std::pair<git_object_t, std::uint64_t>> Libgit2Repository::ReadHeader(const ObjectId& id,
                                                                             const char* what) {
  COPPICE_ASSIGN(const git_oid oid, ToOid(id));
  if (const auto loose = ReadLoose(object_folders_, id, false)) {
    if (!*loose) return loose->error().WithContext(what);
    return std::pair(git_object_string2type((*loose)->type.c_str()), (*loose)->size_bytes);
  }
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int code = git_odb_read_header(&size, &type, odb_.get(), &oid);
  if (code != 0) return ObjectError(code, fmt::format("{} {}", what, id.ToHex()));
  return std::pair(type, std::uint64_t{size});
}

Result<BlobHeader> Libgit2Repository::ReadBlobHeader(const ObjectId& id) {
  COPPICE_ASSIGN(const auto header, ReadHeader(id, "blob"));
  return BlobHeader{header.second};
}

Result<std::string> Libgit2Repository::ReadObject(const ObjectId& id, git_object_t type,
                                                  const char* what) {
  const auto other_type = [&] {
    return MakeError(ErrorCode::kCorrupt, fmt::format("object {} is no {}", id.ToHex(), what),
                     "run `git fsck` in the repository");
  };
  COPPICE_ASSIGN(const git_oid oid, ToOid(id));
  if (auto loose = ReadLoose(object_folders_, id, true)) {
    if (!*loose) return loose->error().WithContext(what);
    if (git_object_string2type((*loose)->type.c_str()) != type) return other_type();
    return std::move((*loose)->body);
  }
  git_odb_object* raw = nullptr;
  const int code = git_odb_read(&raw, odb_.get(), &oid);
  if (code != 0) return ObjectError(code, fmt::format("{} {}", what, id.ToHex()));
  const OdbObjectHandle object(raw);
  if (git_odb_object_type(object.get()) != type) return other_type();
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

Result<std::string> Libgit2Repository::ReadBlob(const ObjectId& id) {
  return ReadObject(id, GIT_OBJECT_BLOB, "blob");
}

Result<std::string> Libgit2Repository::ReadTree(const ObjectId& id) {
  return ReadObject(id, GIT_OBJECT_TREE, "tree");
}

Result<std::string> Libgit2Repository::ReadAttributes(const ObjectId& id) {
  return ReadObject(id, GIT_OBJECT_BLOB, "blob");
}

Result<ObjectId> Libgit2Repository::RootCommit(const Deadline& deadline) {
  COPPICE_ASSIGN(const Head head, ReadHead());
  if (head.head.empty() || git_repository_is_shallow(repository_.get()) == 1) return ObjectId{};
  ObjectId id = head.head;
  for (int walked = 0; walked < kMaxRootWalk; ++walked) {
    if (deadline.expired()) {
      return MakeError(deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
                       fmt::format("the first commit was not reached in time, {} back", walked));
    }
    COPPICE_ASSIGN(const std::string raw, ReadObject(id, GIT_OBJECT_COMMIT, "commit"));
    COPPICE_ASSIGN(ObjectId parent, DecodeFirstParent(id, raw));
    if (parent.empty()) return id;
    id = std::move(parent);
  }
  return ObjectId{};
}

}  // namespace coppice::indexer
