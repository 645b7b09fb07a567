#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "daemon/server/call.h"
#include "daemon/server/job_watch.h"
#include "daemon/server/long_calls.h"
#include "daemon/server/services.h"
#include "protocol/methods.h"

namespace coppice::server {

/// One method: how it is queued and what answers it.
struct HandlerRow {
  protocol::Method method;
  Lane lane;
  std::function<void(std::unique_ptr<Call>)> run;
};

/// The methods that workers answer. Those the I/O thread answers itself are not in it.
struct HandlerSet {
  std::vector<HandlerRow> rows;
  // What calls of `rows` are handed to that hold no worker; may be empty.
  std::unique_ptr<JobWatch> watch;        // those that wait for jobs
  std::unique_ptr<LongCalls> long_calls;  // those that run for minutes
  std::unique_ptr<LongCalls> questions;   // answers, which take as long as a model writes
};

/// A row for one request and one reply: `answer` is Result<Reply>(const Request&, const Deadline&).
template <class Request, class Answer>
HandlerRow Unary(protocol::Method method, Lane lane, Answer answer) {
  return {method, lane, [answer = std::move(answer)](std::unique_ptr<Call> call) {
            const Result<Request> request = call->Decode<Request>();
            if (!request) return call->Fail(request.error());
            const auto reply = answer(*request, call->deadline());
            if (!reply) return call->Fail(reply.error());
            call->Finish(*reply);
          }};
}

// The table of this daemon, by topic. `services` outlives the handlers.
HandlerSet MakeHandlers(const Services& services);
void AddSearchHandlers(const Services& services, HandlerSet& set);  // search, show, files
void AddRepoHandlers(const Services& services, HandlerSet& set);    // add, remove, sync
void AddStatusHandlers(const Services& services, HandlerSet& set);  // list, status
void AddJobHandlers(const Services& services, HandlerSet& set);     // jobs, jobs.retry, jobs.cancel
void AddAskHandlers(const Services& services, HandlerSet& set);     // ask
void AddModelHandlers(const Services& services, HandlerSet& set);   // model.*

}  // namespace coppice::server
