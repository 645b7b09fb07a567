#include <chrono>

#include "base/format.h"
#include "daemon/server/convert.h"
#include "daemon/server/handlers.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

using protocol::Method;

constexpr std::size_t kRowsPerPart = 256;

Result<retrieval::Query> ToQuery(const protocol::SearchRequest& request) {
  retrieval::Query query;
  query.text = request.query;
  COPPICE_ASSIGN(query.view, FromWire(request.view));
  COPPICE_ASSIGN(query.filter, FromWire(request.filter));
  COPPICE_ASSIGN(query.searches, SearchSetFromWire(request.searches));
  query.limit = request.limit;
  query.budget_tokens = request.budget_tokens;
  query.cursor = request.cursor;
  query.explain = request.explain;
  return query;
}

Result<protocol::SearchReply> Search(const retrieval::Retriever& retriever,
                                     const protocol::SearchRequest& request,
                                     const Deadline& deadline) {
  const auto start = std::chrono::steady_clock::now();
  COPPICE_ASSIGN(const retrieval::Query query, ToQuery(request));
  COPPICE_ASSIGN(const retrieval::SearchResult result, retriever.Search(query, deadline));
  protocol::SearchReply reply;
  reply.query = request.query;
  for (const auto& view : result.views) reply.views.push_back(ToWire(view));
  for (const auto& hit : result.hits) reply.hits.push_back(ToWire(hit, request.explain));
  reply.partial = result.partial;
  reply.cursor = result.cursor;
  if (request.explain && !result.plan.empty()) reply.plan = result.plan;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  reply.took_ms = took.count();
  return reply;
}

Result<protocol::ShowReply> Show(const retrieval::Retriever& retriever,
                                 const protocol::ShowRequest& request, const Deadline& deadline) {
  retrieval::ShowQuery query;
  query.id = request.id;
  query.path = request.path.value;
  query.first_line = request.first_line;
  query.last_line = request.last_line;
  COPPICE_ASSIGN(query.view, FromWire(request.view));
  COPPICE_ASSIGN(const retrieval::ShowResult result, retriever.Show(query, deadline));
  protocol::ShowReply reply;
  reply.view = ToWire(result.view);
  reply.hit = ToWire(result.hit, false);
  reply.line_count = result.line_count;
  return reply;
}

Result<void> CheckFileState(const std::string& state) {
  for (const char* known : {"", "indexed", "skipped", "quarantined", "failed", "pending"}) {
    if (state == known) return {};
  }
  return MakeError(ErrorCode::kInvalidArgument, fmt::format("unknown state '{}'", state),
                   "one of skipped, quarantined, failed, pending, indexed");
}

/// Streams the rows in parts and gives the final reply.
Result<protocol::FilesReply> StreamFiles(const retrieval::Retriever& retriever, Call& call) {
  COPPICE_ASSIGN(const auto request, call.Decode<protocol::FilesRequest>());
  COPPICE_TRY(CheckFileState(request.state));
  retrieval::ViewSelector view;
  if (!request.repo.empty()) view.repos = {request.repo};
  view.ref = request.ref;
  COPPICE_ASSIGN(const auto result, retriever.Files(view, call.deadline()));
  protocol::FilesReply reply;
  reply.view = ToWire(result.view);
  protocol::FilesPart part;
  for (const retrieval::FileState& file : result.files) {
    protocol::FileRow row = ToWire(file);
    if (!request.state.empty() && row.state != request.state) continue;
    part.files.push_back(std::move(row));
    ++reply.count;
    if (part.files.size() < kRowsPerPart) continue;
    COPPICE_TRY(call.Part(part));
    part.files.clear();
  }
  if (!part.files.empty()) COPPICE_TRY(call.Part(part));
  return reply;
}

}  // namespace

void AddSearchHandlers(const Services& services, HandlerSet& set) {
  set.rows.push_back(Unary<protocol::SearchRequest>(
      Method::kSearch, Lane::kInteractive,
      [&services](const protocol::SearchRequest& request,
                  const Deadline& deadline) -> Result<protocol::SearchReply> {
        COPPICE_ASSIGN(const auto* retriever, NeedRetriever(services));
        return Search(*retriever, request, deadline);
      }));
  set.rows.push_back(Unary<protocol::ShowRequest>(
      Method::kShow, Lane::kInteractive,
      [&services](const protocol::ShowRequest& request,
                  const Deadline& deadline) -> Result<protocol::ShowReply> {
        COPPICE_ASSIGN(const auto* retriever, NeedRetriever(services));
        return Show(*retriever, request, deadline);
      }));
  set.rows.push_back(
      HandlerRow{Method::kFiles, Lane::kBatch, [&services](std::unique_ptr<Call> call) {
                   const auto retriever = NeedRetriever(services);
                   if (!retriever) return call->Fail(retriever.error());
                   const auto reply = StreamFiles(**retriever, *call);
                   if (!reply) return call->Fail(reply.error());
                   call->Finish(*reply);
                 }});
}

}  // namespace coppice::server
