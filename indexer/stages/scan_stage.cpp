#include "indexer/stages/scan_stage.h"

#include <algorithm>
#include <set>
#include <span>

#include "base/format.h"
#include "indexer/parse/plain/extractor_version.h"

namespace coppice::indexer {
namespace {

using FactKey = store::ObjectWriter::FactKey;
using BlobRecords = std::unordered_map<std::string, store::BlobRecord>;

constexpr std::size_t kLookUpBatch = 2000;

/// Calls `each` with at most kLookUpBatch items at a time.
template <class T, class Each>
Result<void> InBatches(std::span<const T> items, Each each) {
  for (std::size_t from = 0; from < items.size(); from += kLookUpBatch) {
    COPPICE_TRY(each(items.subspan(from, std::min(kLookUpBatch, items.size() - from))));
  }
  return {};
}

/// Blob ids of a scan in the order of the tree, each once.
std::vector<store::ObjectId> BlobsOf(const Scan& scan) {
  std::vector<store::ObjectId> ids;
  std::set<std::string_view> seen;
  for (const store::FileEntry& file : scan.listing.files) {
    if (file.reason != store::Reason::kNone) continue;
    if (seen.insert(file.blob.bytes).second) ids.push_back(file.blob);
  }
  return ids;
}

Result<BlobRecords> FindAll(store::Store& store, store::RepoNo repo,
                            std::span<const store::ObjectId> ids, const Deadline& deadline) {
  BlobRecords records;
  COPPICE_TRY(InBatches(ids, [&](std::span<const store::ObjectId> part) -> Result<void> {
    COPPICE_ASSIGN(auto found, store.reader().FindBlobs(repo, part, deadline));
    records.merge(found);
    return {};
  }));
  return records;
}

/// The facts that a view needs of blobs that are stored.
std::vector<FactKey> NeededFacts(const Scan& scan, std::span<const store::ObjectId> ids,
                                 const BlobRecords& records) {
  std::vector<FactKey> keys;
  for (const store::ObjectId& id : ids) {
    const auto found = records.find(id.bytes);
    if (found == records.end() || found->second.state == store::BlobState::kSkipped) continue;
    for (const Language language : LanguagesInView(scan, id, found->second.hint)) {
      keys.push_back({id, language});
    }
  }
  return keys;
}

/// Where a file is counted.
std::int64_t& CountOf(store::Coverage& coverage, const store::FileEntry& file, bool cpp_headers,
                      const BlobRecords& records) {
  if (file.reason != store::Reason::kNone) return coverage.skipped;
  const auto found = records.find(file.blob.bytes);
  if (found == records.end()) return coverage.pending;
  const store::BlobRecord& blob = found->second;
  if (blob.state == store::BlobState::kSkipped) return coverage.skipped;
  const auto* facts = blob.FactsUnder(store::LanguageInView(file, blob.hint, cpp_headers));
  if (facts == nullptr || facts->extractor < kExtractorVersion) return coverage.pending;
  return facts->status == store::ParseStatus::kFellBack ? coverage.quarantined : coverage.indexed;
}

Result<void> FindWork(store::Store& store, store::RepoNo repo, Scan& scan,
                      const store::IndexVersions& versions, const Deadline& deadline) {
  const std::vector<store::ObjectId> ids = BlobsOf(scan);
  std::set<std::string> unknown;
  COPPICE_TRY(InBatches(std::span(ids), [&](std::span<const store::ObjectId> part) -> Result<void> {
    COPPICE_ASSIGN(const auto missing, store.writer().UnknownBlobs(repo, part, deadline));
    for (const store::ObjectId& id : missing) unknown.insert(id.bytes);
    return {};
  }));
  COPPICE_ASSIGN(const BlobRecords records, FindAll(store, repo, ids, deadline));
  const std::vector<FactKey> needed = NeededFacts(scan, ids, records);
  std::unordered_map<std::string, std::vector<Language>> missing_facts;
  COPPICE_TRY(InBatches(std::span(needed), [&](std::span<const FactKey> part) -> Result<void> {
    COPPICE_ASSIGN(const auto missing, store.writer().MissingFacts(repo, part, versions, deadline));
    for (const FactKey& key : missing) missing_facts[key.blob.bytes].push_back(key.grammar);
    return {};
  }));
  for (const store::ObjectId& id : ids) {
    if (unknown.contains(id.bytes)) {
      scan.work.push_back({id, false, {}});
    } else if (const auto found = missing_facts.find(id.bytes); found != missing_facts.end()) {
      scan.work.push_back({id, true, found->second});
    }
  }
  return {};
}

}  // namespace

std::uint64_t MemoryBytes(const Scan& scan) {
  constexpr std::uint64_t kFileOfBlob = 160;  // node, id and list of paths in a map
  return store::MemoryBytes(scan.listing) + scan.files.size() * kFileOfBlob +
         scan.work.capacity() * sizeof(WorkItem);
}

std::vector<Language> LanguagesInView(const Scan& scan, const store::ObjectId& blob,
                                      LanguageHint hint) {
  std::vector<Language> languages;
  const auto found = scan.files.find(blob.bytes);
  if (found == scan.files.end()) return languages;
  for (const store::FileEntry* file : found->second) {
    const Language language = store::LanguageInView(*file, hint, scan.listing.cpp);
    if (std::find(languages.begin(), languages.end(), language) == languages.end()) {
      languages.push_back(language);
    }
  }
  return languages;
}

Result<Scan> ScanCommit(store::Store& store, GitRepository& repository, const store::JobRecord& job,
                        const std::string& subtree, const store::ObjectId& commit,
                        const store::IndexVersions& versions, const Deadline& deadline) {
  Scan scan;
  COPPICE_ASSIGN(scan.commit, repository.ReadCommit(commit));
  COPPICE_ASSIGN(const bool there, store::HoldsPath(repository, scan.commit.tree, subtree));
  if (!there) {
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("commit {} has no folder '{}'", commit.ToHex(), subtree),
                     "add the repository again with another --subtree; / means all of it");
  }
  COPPICE_ASSIGN(scan.listing, store::WalkTree(repository, scan.commit.tree, subtree, deadline));
  for (const store::FileEntry& file : scan.listing.files) {
    if (file.reason == store::Reason::kNone) scan.files[file.blob.bytes].push_back(&file);
  }
  COPPICE_TRY(store.writer().WriteCommit(job, scan.commit, scan.listing.trees, deadline));
  COPPICE_TRY(FindWork(store, job.repo, scan, versions, deadline));
  return scan;
}

Result<ViewCount> CountView(store::Store& store, store::RepoNo repo, const Scan& scan,
                            const Deadline& deadline) {
  ViewCount count;
  const std::vector<store::ObjectId> ids = BlobsOf(scan);
  COPPICE_ASSIGN(const BlobRecords records, FindAll(store, repo, ids, deadline));
  for (const store::FileEntry& file : scan.listing.files) {
    ++CountOf(count.coverage, file, scan.listing.cpp, records);
  }
  const std::vector<FactKey> needed = NeededFacts(scan, ids, records);
  COPPICE_TRY(InBatches(std::span(needed), [&](std::span<const FactKey> part) -> Result<void> {
    COPPICE_ASSIGN(const std::int64_t chunks,
                   store.reader().CountChunks(repo, part, kExtractorVersion, deadline));
    count.chunk_count += chunks;
    return {};
  }));
  return count;
}

}  // namespace coppice::indexer
