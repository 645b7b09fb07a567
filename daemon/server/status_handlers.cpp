#include "daemon/server/handlers.h"
#include "daemon/server/repo_info.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

protocol::ModelStatus ModelStatusOf(const store::Generation& generation) {
  const bool is_default = generation.model.name == "static/default";
  protocol::ModelStatus status;
  status.name = generation.model.name;
  status.use = "embed";
  status.dimensions = static_cast<std::uint32_t>(generation.model.dimensions);
  status.state = is_default ? "default" : "present";
  status.licence = is_default ? "Apache-2.0" : "unknown";
  status.serving = generation.state == store::GenerationState::kServing;
  status.done = static_cast<std::uint64_t>(generation.done);
  status.total = static_cast<std::uint64_t>(generation.total);
  status.problem = generation.problem;
  return status;
}

Result<protocol::StatusReply> Status(const Services& services, const std::string& repo,
                                     const Deadline& deadline) {
  COPPICE_ASSIGN(RepoOverview overview, ReadOverview(services, repo, deadline));
  protocol::StatusReply reply;
  reply.version = services.facts.version;
  reply.repos = std::move(overview.repos);
  reply.jobs = overview.jobs;
  COPPICE_ASSIGN(const auto generations, services.store->generations().List(deadline));
  for (const store::Generation& generation : generations) {
    if (generation.state != store::GenerationState::kKept) {
      reply.models.push_back(ModelStatusOf(generation));
    }
  }
  reply.vector_index = services.facts.vector_index;
  reply.state_dir = services.facts.state_dir;
  reply.database = services.facts.database;
  if (services.memory != nullptr) {
    reply.memory.limit_bytes = services.memory->limit_bytes();
    for (auto& part : services.memory->Usage()) {
      reply.memory.parts.push_back({std::move(part.name), part.bytes});
    }
  }
  return reply;
}

}  // namespace

void AddStatusHandlers(const Services& services, HandlerSet& set) {
  set.rows.push_back(Unary<protocol::Empty>(
      protocol::Method::kList, Lane::kInteractive,
      [&services](const protocol::Empty&, const Deadline& deadline) -> Result<protocol::ListReply> {
        COPPICE_ASSIGN(RepoOverview overview, ReadOverview(services, "", deadline));
        return protocol::ListReply{std::move(overview.repos)};
      }));
  set.rows.push_back(Unary<protocol::StatusRequest>(
      protocol::Method::kStatus, Lane::kInteractive,
      [&services](const protocol::StatusRequest& request, const Deadline& deadline) {
        return Status(services, request.repo, deadline);
      }));
}

}  // namespace coppice::server
