#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "protocol/messages.h"
#include "store/store.h"

namespace coppice::server {

/// What the catalog and the job queue say of repositories at one moment.
struct RepoOverview {
  std::vector<protocol::RepoInfo> repos;  // in the order of the catalog
  protocol::JobCounts jobs;               // of the last kJobsRead jobs
};

/// All repositories, or only `name`. Errors: kNotFound, kUnavailable.
Result<RepoOverview> ReadOverview(store::Store& store, const std::string& name,
                                  const Deadline& deadline);
/// One repository. Errors: those above.
Result<protocol::RepoInfo> ReadRepoInfo(store::Store& store, const std::string& name,
                                        const Deadline& deadline);

}  // namespace coppice::server
