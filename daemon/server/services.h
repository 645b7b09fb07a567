#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "daemon/generation/answer_writer.h"
#include "daemon/retrieval/retriever.h"
#include "daemon/server/model_admin.h"
#include "store/store.h"

namespace coppice::server {

/// Changes to the set of repositories: what the handlers need of the write path, which they do not
/// see. Implemented in daemon/app.
class RepositoryAdmin {
 public:
  virtual ~RepositoryAdmin() = default;

  struct AddRequest {
    std::string location;           // absolute path or URL
    std::string name;               // "" = from the location
    std::vector<std::string> refs;  // patterns; empty = HEAD
    std::string subtree;            // "/" = all; "" = all
    // Of a place that was added before, what is empty stays as it is.
  };
  struct Added {
    store::RepoRecord repo;
    std::vector<std::string> jobs;
    std::string note;  // "", or what was changed and why nothing is indexed yet
  };
  /// Errors: kInvalidArgument, kNotFound (path), kPermissionDenied, kUnsupported, kConflict (name).
  virtual Result<Added> Add(const AddRequest& request, const Deadline& deadline) = 0;
  /// `name` here and below: a repository's name, location or git folder. With `purge` also one that
  /// was removed before.
  virtual Result<void> Remove(const std::string& name, bool purge, const Deadline& deadline) = 0;
  /// Looks at refs now ("" = all repositories), fetches remotes; gives the ids of the jobs made.
  virtual Result<std::vector<std::string>> Sync(const std::string& name,
                                                const Deadline& deadline) = 0;
};

/// What handlers work on. All of it outlives the server.
struct Services {
  store::Store* store = nullptr;
  const retrieval::Retriever* retriever = nullptr;
  /// The text model of that name, "" = the configured one. Errors: kNotFound where none is.
  generation::AnswerWriter::OpenGenerator open_generator;
  bool serves = true;                // false: the retriever follows nothing
  RepositoryAdmin* admin = nullptr;  // none: this daemon does not index
  ModelAdmin* models = nullptr;
  const MemoryBudget* memory = nullptr;  // none: nothing is counted
  struct Facts {                         // for status
    std::string version;
    std::string state_dir;
    std::string database;
    std::string vector_index = "memory";  // where vectors are searched
  } facts;
};

/// For a request that needs them. Errors: kUnsupported where this daemon has not that role.
Result<const retrieval::Retriever*> NeedRetriever(const Services& services);
Result<RepositoryAdmin*> NeedAdmin(const Services& services);

}  // namespace coppice::server
