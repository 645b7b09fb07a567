#include <algorithm>

#include "daemon/server/convert.h"
#include "daemon/server/handlers.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

constexpr std::uint32_t kMaxJobs = 1000;

Result<protocol::JobsReply> ListJobs(store::Store& store, const protocol::JobsRequest& request,
                                     const Deadline& deadline) {
  if (request.limit == 0 || request.limit > kMaxJobs) {
    return MakeError(ErrorCode::kInvalidArgument, "limit: expected 1 to 1000");
  }
  using Which = store::JobQueue::Which;
  COPPICE_ASSIGN(const auto jobs, store.jobs().List(request.failed ? Which::kFailed : Which::kAll,
                                                    static_cast<int>(request.limit), deadline));
  protocol::JobsReply reply;
  std::transform(jobs.begin(), jobs.end(), std::back_inserter(reply.jobs),
                 [](const store::JobRecord& job) { return ToWire(job); });
  return reply;
}

Result<protocol::JobInfo> FindJob(store::Store& store, const std::string& id,
                                  const Deadline& deadline) {
  COPPICE_ASSIGN(const store::JobRecord job, store.jobs().Find(id, deadline));
  return ToWire(job);
}

}  // namespace

void AddJobHandlers(const Services& services, HandlerSet& set) {
  using protocol::Method;
  set.rows.push_back(Unary<protocol::JobsRequest>(
      Method::kJobs, Lane::kInteractive,
      [&services](const protocol::JobsRequest& request, const Deadline& deadline) {
        return ListJobs(*services.store, request, deadline);
      }));
  set.rows.push_back(Unary<protocol::JobRequest>(
      Method::kJobsRetry, Lane::kInteractive,
      [&services](const protocol::JobRequest& request,
                  const Deadline& deadline) -> Result<protocol::JobInfo> {
        COPPICE_TRY(services.store->jobs().Retry(request.id, deadline));
        return FindJob(*services.store, request.id, deadline);
      }));
  set.rows.push_back(Unary<protocol::JobRequest>(
      Method::kJobsCancel, Lane::kInteractive,
      [&services](const protocol::JobRequest& request,
                  const Deadline& deadline) -> Result<protocol::JobInfo> {
        COPPICE_TRY(services.store->jobs().Cancel(request.id, deadline));
        return FindJob(*services.store, request.id, deadline);
      }));
}

}  // namespace coppice::server
