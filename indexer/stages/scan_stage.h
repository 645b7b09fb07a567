#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "indexer/git/repository.h"
#include "store/store.h"
#include "store/tree/walk.h"

namespace coppice::indexer {

/// One blob that must be read: to be stored, or to be parsed under grammars whose facts are missing
/// or made by other versions.
struct WorkItem {
  store::ObjectId blob;
  bool known = false;               // stored already
  std::vector<Language> languages;  // known: those to parse
};

/// What a commit holds and what of it is new.
struct Scan {
  store::CommitRecord commit;
  store::TreeListing listing;
  /// Files by blob id (bytes); only those whose path does not rule them out.
  std::unordered_map<std::string, std::vector<const store::FileEntry*>> files;
  std::vector<WorkItem> work;  // in the order of the tree
};

/// Roughly what a scan holds in memory.
std::uint64_t MemoryBytes(const Scan& scan);

/// The languages a blob is parsed under, for all its paths in the view, each once.
std::vector<Language> LanguagesInView(const Scan& scan, const store::ObjectId& blob,
                                      LanguageHint hint);

/// Walks the commit's tree, writes trees and commit, and finds what these versions have not made
/// yet. Errors: those of the repository and the store.
Result<Scan> ScanCommit(store::Store& store, GitRepository& repository, const store::JobRecord& job,
                        const std::string& subtree, const store::ObjectId& commit,
                        const store::IndexVersions& versions, const Deadline& deadline);

/// How the view stands once everything is written.
struct ViewCount {
  store::Coverage coverage;
  std::int64_t chunk_count = 0;
};
Result<ViewCount> CountView(store::Store& store, store::RepoNo repo, const Scan& scan,
                            const Deadline& deadline);

}  // namespace coppice::indexer
