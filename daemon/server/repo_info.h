#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/server/services.h"
#include "protocol/messages.h"

namespace coppice::server {

/// What the catalog and the job queue say of repositories at one moment; their views are those that
/// questions are answered from.
struct RepoOverview {
  std::vector<protocol::RepoInfo> repos;  // in the order of the catalog
  protocol::JobCounts jobs;               // of the last kJobsRead jobs
};

/// All repositories, or only `name`. Errors: kNotFound, kUnavailable.
Result<RepoOverview> ReadOverview(const Services& services, const std::string& name,
                                  const Deadline& deadline);
/// One repository. Errors: those above.
Result<protocol::RepoInfo> ReadRepoInfo(const Services& services, const std::string& name,
                                        const Deadline& deadline);

}  // namespace coppice::server
