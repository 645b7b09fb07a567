#include "daemon/server/handlers.h"

namespace coppice::server {
namespace {

/// The store and the retriever as JobWatch sees them.
class ServiceJobSource final : public JobSource {
 public:
  explicit ServiceJobSource(const Services& services) : services_(services) {}

  Result<store::JobRecord> Find(const std::string& id, const Deadline& deadline) override {
    return services_.store->jobs().Find(id, deadline);
  }

  Result<std::vector<store::JobRecord>> Active(store::RepoNo repo,
                                               const Deadline& deadline) override {
    return services_.store->jobs().ActiveOf(repo, deadline);
  }

  Result<std::vector<store::RefRecord>> Refs(store::RepoNo repo,
                                             const Deadline& deadline) override {
    return services_.store->catalog().ListRefs(repo, deadline);
  }

  Result<bool> Served(const store::RepoRecord& repo, const store::RefRecord& ref,
                      const Deadline& deadline) override {
    retrieval::ViewSelector view;
    view.repos = {repo.name};
    view.ref = ref.name;
    const auto files = services_.retriever->Files(view, deadline);
    if (files) return files->view.commit == ref.commit && files->view.subtree == ref.subtree;
    // Until the follower has seen the new commit there may be no such view.
    if (files.error().code == ErrorCode::kNotFound || files.error().retryable) return false;
    return files.error();
  }

 private:
  const Services& services_;
};

}  // namespace

HandlerSet MakeHandlers(const Services& services) {
  HandlerSet set;
  set.watch = std::make_unique<JobWatch>(std::make_unique<ServiceJobSource>(services));
  AddSearchHandlers(services, set);
  AddRepoHandlers(services, set);
  AddStatusHandlers(services, set);
  AddJobHandlers(services, set);
  return set;
}

}  // namespace coppice::server
