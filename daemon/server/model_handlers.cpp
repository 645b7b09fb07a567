#include <utility>

#include "daemon/server/handlers.h"
#include "daemon/server/model_admin.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

using protocol::Method;

/// A row for a call that may take long: progress in parts that the client has credits for, then one
/// reply. `answer` is Result<Reply>(ModelAdmin&, const Request&, const OnProgress&, const
/// Deadline&).
template <class Request, class Answer>
HandlerRow LongRow(Method method, const Services& services, LongCalls* calls, Answer answer) {
  const auto run = [&services, answer](std::unique_ptr<Call> call) {
    const Result<Request> request = call->Decode<Request>();
    if (!request) return call->Fail(request.error());
    const auto on_progress = [&](const protocol::ModelProgress& progress) {
      (void)call->TryPart(progress);  // without a credit it is left out
    };
    const auto reply = answer(*services.models, *request, on_progress, call->deadline());
    if (!reply) return call->Fail(reply.error());
    call->Finish(*reply);
  };
  return {method, Lane::kBatch,
          [calls, run](std::unique_ptr<Call> call) { calls->Submit(std::move(call), run); }};
}

}  // namespace

void AddModelHandlers(const Services& services, HandlerSet& set) {
  LongCalls* calls = set.long_calls.get();
  using OnProgress = ModelAdmin::OnProgress;
  set.rows.push_back(Unary<protocol::Empty>(
      Method::kModelList, Lane::kInteractive,
      [&services](const protocol::Empty&, const Deadline&) { return services.models->List(); }));
  set.rows.push_back(LongRow<protocol::ModelPullRequest>(
      Method::kModelPull, services, calls,
      [](ModelAdmin& models, const auto& request, const OnProgress& on_progress,
         const Deadline& deadline) { return models.Pull(request, on_progress, deadline); }));
  set.rows.push_back(LongRow<protocol::ModelAddRequest>(
      Method::kModelAdd, services, calls,
      [](ModelAdmin& models, const auto& request, const OnProgress& on_progress,
         const Deadline& deadline) { return models.Add(request, on_progress, deadline); }));
  set.rows.push_back(LongRow<protocol::ModelRequest>(
      Method::kModelVerify, services, calls,
      [](ModelAdmin& models, const auto& request, const OnProgress& on_progress,
         const Deadline& deadline) { return models.Verify(request, on_progress, deadline); }));
  set.rows.push_back(LongRow<protocol::ModelRequest>(
      Method::kModelBench, services, calls,
      [](ModelAdmin& models, const auto& request, const OnProgress& on_progress,
         const Deadline& deadline) { return models.Bench(request, on_progress, deadline); }));
  set.rows.push_back(
      Unary<protocol::ModelRequest>(Method::kModelRemove, Lane::kBatch,
                                    [&services](const protocol::ModelRequest& request,
                                                const Deadline&) -> Result<protocol::Empty> {
                                      COPPICE_TRY(services.models->Remove(request));
                                      return protocol::Empty{};
                                    }));
}

}  // namespace coppice::server
