#include "daemon/retrieval/load/commit_loader.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "base/format.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kKnownBlobBytes = 200;  // of a map: node, id, record, states of facts

/// Whether all is known of a file's blob, also how it was parsed in the file's language.
bool IsKnown(const store::FileEntry& file, bool cpp_headers, const FileTable::BlobMap& known) {
  const auto found = known.find(file.blob.bytes);
  if (found == known.end()) return false;
  const store::BlobRecord& blob = found->second;
  if (store::MayHeal(blob.reason)) return false;
  return file.reason != store::Reason::kNone || blob.state == store::BlobState::kSkipped ||
         blob.FactsUnder(store::LanguageInView(file, blob.hint, cpp_headers)) != nullptr;
}

/// Blobs of the listing of which `known` lacks something, each once.
std::vector<store::ObjectId> UnknownBlobs(const store::TreeListing& listing,
                                          const FileTable::BlobMap& known) {
  std::vector<store::ObjectId> unknown;
  std::unordered_set<std::string_view> seen;
  for (const store::FileEntry& file : listing.files) {
    const bool no_blob =
        file.reason == store::Reason::kSubmodule || file.reason == store::Reason::kSymlink;
    if (no_blob || IsKnown(file, listing.cpp, known)) continue;
    if (seen.insert(file.blob.bytes).second) unknown.push_back(file.blob);
  }
  return unknown;
}

/// Drops what the listing does not use once that is most of it.
void Prune(FileTable::BlobMap& known, const store::TreeListing& listing) {
  if (known.size() <= 2 * listing.files.size() + kBatch) return;
  std::unordered_set<std::string_view> used;
  for (const store::FileEntry& file : listing.files) used.insert(file.blob.bytes);
  std::erase_if(known, [&](const auto& entry) { return !used.contains(entry.first); });
}

}  // namespace

void CommitLoader::Forget(store::RepoNo repo) {
  known_.erase(repo);
  std::ignore = CountKnown();
}

Result<void> CommitLoader::CountKnown() {
  std::uint64_t blobs = 0;
  for (const auto& [repo, known] : known_) blobs += known.size();
  return known_memory_.Resize(blobs * kKnownBlobBytes);
}

// Makes all that the listing needs known.
Result<void> CommitLoader::LoadBlobs(store::RepoNo repo, const store::TreeListing& listing,
                                     const Deadline& deadline) {
  FileTable::BlobMap& known = known_[repo];
  Prune(known, listing);
  const std::vector<store::ObjectId> unknown = UnknownBlobs(listing, known);
  for (std::size_t begin = 0; begin < unknown.size(); begin += kBatch) {
    COPPICE_TRY(CountKnown());
    const auto batch = std::span(unknown).subspan(begin, std::min(kBatch, unknown.size() - begin));
    COPPICE_ASSIGN(auto found, store_.reader().FindBlobs(repo, batch, deadline));
    for (auto& [id, record] : found) known.insert_or_assign(id, record);
  }
  return CountKnown();
}

Result<std::shared_ptr<const FileTable>> CommitLoader::Load(const ViewKey& key,
                                                            const Deadline& deadline) {
  COPPICE_ASSIGN(const store::CommitRecord commit,
                 store_.reader().ReadCommit(key.repo, key.commit, deadline));
  const auto source = store_.reader().Source(key.repo, deadline);
  COPPICE_ASSIGN(const store::TreeListing listing,
                 store::WalkTree(*source, commit.tree, key.subtree, deadline));
  MemoryBudget::Share listing_memory = MemoryBudget::OpenIn(memory_, "files");
  COPPICE_TRY(listing_memory.Resize(store::MemoryBytes(listing)));
  COPPICE_TRY(LoadBlobs(key.repo, listing, deadline));
  const auto table = std::make_shared<FileTable>(listing, known_[key.repo]);
  COPPICE_TRY(table->CountIn(MemoryBudget::OpenIn(memory_, "files")));
  return std::shared_ptr<const FileTable>(table);
}

}  // namespace coppice::retrieval
