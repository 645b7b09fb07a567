#include "daemon/server/handlers.h"

#include "base/format.h"
#include "daemon/retrieval/index/snapshot.h"

namespace coppice::server {
namespace {

/// The store and the retriever as JobWatch sees them.
class ServiceJobSource final : public JobSource {
 public:
  explicit ServiceJobSource(const Services& services) : services_(services) {}

  Result<store::JobRecord> Find(const std::string& id, const Deadline& deadline) override {
    return services_.store->jobs().Find(id, deadline);
  }

  Result<std::vector<store::JobRecord>> Recent(store::RepoNo repo,
                                               const Deadline& deadline) override {
    constexpr int kNewest = 500;
    return services_.store->jobs().ListOf(repo, kNewest, deadline);
  }

  Result<std::vector<store::RefRecord>> Refs(store::RepoNo repo,
                                             const Deadline& deadline) override {
    return services_.store->catalog().ListRefs(repo, deadline);
  }

  Result<bool> Served(const store::RepoRecord& repo, const store::RefRecord& ref) override {
    if (!services_.serves) return true;  // others do: what is indexed is done
    const auto view = services_.retriever->Served(repo.name, ref.name);
    if (!view) return false;
    if (view->commit == ref.commit && view->subtree == ref.subtree) return true;
    if (view->problem.empty()) return false;
    return retrieval::NotLoaded(*view);
  }

 private:
  const Services& services_;
};

Error LacksRole(std::string_view what, std::string_view role) {
  return MakeError(ErrorCode::kUnsupported, fmt::format("this daemon does not {}", what),
                   fmt::format("ask one whose daemon.roles hold {}", role));
}

}  // namespace

Result<const retrieval::Retriever*> NeedRetriever(const Services& services) {
  if (!services.serves) return LacksRole("answer searches", "serve");
  return services.retriever;
}

Result<RepositoryAdmin*> NeedAdmin(const Services& services) {
  if (services.admin == nullptr) return LacksRole("index repositories", "index");
  return services.admin;
}

HandlerSet MakeHandlers(const Services& services) {
  HandlerSet set;
  set.watch = std::make_unique<JobWatch>(std::make_unique<ServiceJobSource>(services));
  set.long_calls = std::make_unique<LongCalls>();
  AddSearchHandlers(services, set);
  AddRepoHandlers(services, set);
  AddStatusHandlers(services, set);
  AddJobHandlers(services, set);
  AddAskHandlers(services, set);
  AddModelHandlers(services, set);
  return set;
}

}  // namespace coppice::server
