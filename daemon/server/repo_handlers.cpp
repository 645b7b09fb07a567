#include <utility>

#include "daemon/server/convert.h"
#include "daemon/server/handlers.h"
#include "daemon/server/repo_info.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

using protocol::Method;

/// Sends the final reply of a call that has nothing more to wait for.
template <class Reply>
void Answer(Call& call, const Result<Reply>& reply) {
  if (!reply) return call.Fail(reply.error());
  call.Finish(*reply);
}

Result<RepositoryAdmin::Added> DoAdd(const Services& services, const protocol::AddRequest& request,
                                     const Deadline& deadline) {
  if (request.location.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "location: empty",
                     "give the absolute path or the URL of a repository");
  }
  COPPICE_ASSIGN(RepositoryAdmin * admin, NeedAdmin(services));
  return admin->Add({request.location, request.name, request.refs, request.subtree}, deadline);
}

void Add(const Services& services, JobWatch& watch, std::unique_ptr<Call> call) {
  const auto request = call->Decode<protocol::AddRequest>();
  if (!request) return call->Fail(request.error());
  const auto added = DoAdd(services, *request, call->deadline());
  if (!added) return call->Fail(added.error());
  const auto finish = [&services, added = *added](Call& done) {
    const auto info = ReadRepoInfo(services, added.repo.name, done.deadline());
    if (!info) return done.Fail(info.error());
    done.Finish(protocol::AddReply{*info, added.jobs, added.note});
  };
  if (!request->wait) return finish(*call);
  JobWatch::Wait wait;
  wait.call = std::move(call);
  wait.repos = {added->repo};
  wait.jobs = {added->jobs.begin(), added->jobs.end()};
  wait.finish = finish;
  watch.Watch(std::move(wait));
}

Result<protocol::SyncReply> SyncAnswer(const Services& services, const std::string& repo,
                                       const std::vector<std::string>& jobs,
                                       const Deadline& deadline) {
  COPPICE_ASSIGN(RepoOverview overview, ReadOverview(services, repo, deadline));
  return protocol::SyncReply{std::move(overview.repos), jobs};
}

Result<std::vector<store::RepoRecord>> ReposOf(store::Store& store, const std::string& name,
                                               const Deadline& deadline) {
  if (name.empty()) return store.catalog().ListRepos(deadline);
  COPPICE_ASSIGN(store::RepoRecord repo, store.catalog().FindRepo(name, deadline));
  return std::vector<store::RepoRecord>{std::move(repo)};
}

void Sync(const Services& services, JobWatch& watch, std::unique_ptr<Call> call) {
  const auto request = call->Decode<protocol::SyncRequest>();
  if (!request) return call->Fail(request.error());
  const auto admin = NeedAdmin(services);
  if (!admin) return call->Fail(admin.error());
  const auto jobs = (*admin)->Sync(request->repo, call->deadline());
  if (!jobs) return call->Fail(jobs.error());
  const auto finish = [&services, repo = request->repo, jobs = *jobs](Call& done) {
    Answer(done, SyncAnswer(services, repo, jobs, done.deadline()));
  };
  if (!request->wait) return finish(*call);
  const auto repos = ReposOf(*services.store, request->repo, call->deadline());
  if (!repos) return call->Fail(repos.error());
  JobWatch::Wait wait;
  wait.call = std::move(call);
  wait.repos = *repos;
  wait.jobs = {jobs->begin(), jobs->end()};
  wait.finish = finish;
  watch.Watch(std::move(wait));
}

}  // namespace

void AddRepoHandlers(const Services& services, HandlerSet& set) {
  JobWatch* watch = set.watch.get();
  set.rows.push_back(HandlerRow{
      Method::kAdd, Lane::kBatch,
      [&services, watch](std::unique_ptr<Call> call) { Add(services, *watch, std::move(call)); }});
  set.rows.push_back(HandlerRow{
      Method::kSync, Lane::kBatch,
      [&services, watch](std::unique_ptr<Call> call) { Sync(services, *watch, std::move(call)); }});
  set.rows.push_back(Unary<protocol::RemoveRequest>(
      Method::kRemove, Lane::kBatch,
      [&services](const protocol::RemoveRequest& request,
                  const Deadline& deadline) -> Result<protocol::Empty> {
        COPPICE_ASSIGN(RepositoryAdmin * admin, NeedAdmin(services));
        COPPICE_TRY(admin->Remove(request.repo, request.purge, deadline));
        return protocol::Empty{};
      }));
}

}  // namespace coppice::server
