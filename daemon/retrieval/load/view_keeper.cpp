#include "daemon/retrieval/load/view_keeper.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "daemon/retrieval/load/graph_files.h"

namespace coppice::retrieval {
namespace {

bool EndsStep(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded ||
         error.code == ErrorCode::kCancelled;
}

}  // namespace

Result<void> ViewKeeper::Begin(const Followed& followed, const Deadline& deadline) {
  COPPICE_TRY(FollowModel(deadline));
  DropUnfollowed(followed);
  NoteVectors(followed);
  DropRemade(followed);
  return {};
}

Result<void> ViewKeeper::FollowModel(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto serving, store_.generations().Serving(deadline));
  if (!serving) return {};
  const bool same = serving->number == model_.number;
  if (same && model_.embedder != nullptr) return {};
  auto opened = models_.Open(serving->name, serving->revision);
  if (!opened) LogOnce(fmt::format("model {}", serving->name), opened.error());
  if (!opened && model_.embedder != nullptr) return {};  // goes on with the one before
  if (opened) LogInfo("model_followed", {{"model", serving->name}});
  model_ = {serving->number, serving->dimensions, opened ? std::move(*opened) : nullptr};
  if (!same) graphs_of_.reset();
  return {};
}

Result<SpaceLoader::Tables> ViewKeeper::LoadTables(store::SpaceNo space, const Followed& followed,
                                                   const Deadline& deadline) {
  SpaceLoader::Tables wanted;
  for (const store::RepoRecord& repo : followed.repos) {
    if (repo.space != space) continue;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo || ref.commit.empty()) continue;
      const ViewKey key{repo.repo, ref.commit, ref.subtree};
      if (wanted.contains(key)) continue;
      if (const auto known = tables_.find(key); known != tables_.end()) {
        wanted.insert(*known);
        continue;
      }
      auto table = commits_.Load(key, deadline);
      if (table) {
        wanted.emplace(key, *table);
        continue;
      }
      const Error error = table.error().WithContext(
          fmt::format("{} {}: commit {}", repo.name, ref.name, ref.commit.ToHex()));
      if (EndsStep(error) || error.code == ErrorCode::kResourceExhausted) return error;
      LogOnce(fmt::format("{} {}", repo.name, ref.name), error);
      // What this ref shows goes on being shown.
      const auto old = shown_.find({repo.repo, ref.name});
      if (old == shown_.end()) continue;
      wanted.emplace(ViewKey{repo.repo, old->second->commit(), old->second->subtree()},
                     old->second->table());
    }
  }
  return wanted;
}

Result<bool> ViewKeeper::UpdateSpace(store::SpaceNo space, const Followed& followed,
                                     const Deadline& deadline) {
  const std::string before = refused_.Why(space);
  if (refused_.IsHopeless(space, Describe(followed, space), HeldBytes())) return false;
  auto loaded = LoadSpace(space, followed, deadline);
  if (loaded) return *loaded || !before.empty();
  const Error error = loaded.error().WithContext(fmt::format("space {}", space.value));
  if (EndsStep(error)) return error;
  LogOnce(fmt::format("space {}", space.value), error);
  if (error.code != ErrorCode::kResourceExhausted) return false;
  GiveUp(space, followed, loaded.error());
  return refused_.Why(space) != before;
}

/// What the index holds of the budget.
std::uint64_t ViewKeeper::HeldBytes() const {
  std::uint64_t bytes = 0;
  if (options_.memory == nullptr) return bytes;
  for (const MemoryBudget::Part& part : options_.memory->Usage()) {
    if (part.name == "words" || part.name == "files" || part.name == "vectors") bytes += part.bytes;
  }
  return bytes;
}

// Of a space that shows nothing nothing is kept.
void ViewKeeper::GiveUp(store::SpaceNo space, const Followed& followed, const Error& error) {
  bool shows = false;
  for (const auto& [ref, view] : shown_) shows = shows || view->space()->number() == space;
  if (!shows) {
    spaces_.erase(space);
    for (const store::RepoRecord& repo : followed.repos) {
      if (repo.space == space) commits_.Forget(repo.repo);
    }
  }
  refused_.Refuse(space, Describe(followed, space), HeldBytes(), error.Sentence());
}

Result<bool> ViewKeeper::LoadSpace(store::SpaceNo space, const Followed& followed,
                                   const Deadline& deadline) {
  if (model_.number == store::ModelNo()) {
    return MakeError(ErrorCode::kUnavailable, "no model is served yet");
  }
  COPPICE_ASSIGN(const SpaceLoader::Tables wanted, LoadTables(space, followed, deadline));
  SpaceLoader& loader = spaces_.try_emplace(space, store_, space, model_, options_).first->second;
  if (const auto refused = no_room_for_.find(space);
      refused == no_room_for_.end() || refused->second != model_.number) {
    const auto used = loader.UseModel(model_, deadline);
    if (!used && EndsStep(used.error())) return used.error();
    if (!used) {
      no_room_for_[space] = model_.number;
      LogOnce(fmt::format("space {}: vectors of another model", space.value), used.error());
    }
  }
  COPPICE_ASSIGN(const SpaceLoader::Views loaded, loader.Update(wanted, deadline));
  if (vectors_came_.contains(space)) {
    COPPICE_TRY(loader.LoadMissingVectors(deadline));
    vectors_came_.erase(space);
  }
  std::set<store::RepoNo> repos;
  for (const store::RepoRecord& repo : followed.repos) {
    if (repo.space == space) repos.insert(repo.repo);
  }
  std::erase_if(tables_, [&](const auto& entry) { return repos.contains(entry.first.repo); });
  tables_.insert(wanted.begin(), wanted.end());
  const auto before = shown_;
  Show(loaded, repos, followed);
  return before != shown_;
}

// Lets each ref of these repositories show its view, or the one it had while the new one is
// missing.
void ViewKeeper::Show(const SpaceLoader::Views& of_space, const std::set<store::RepoNo>& repos,
                      const Followed& followed) {
  for (const store::RepoRecord& repo : followed.repos) {
    if (!repos.contains(repo.repo)) continue;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo) continue;
      std::shared_ptr<const View>& view = shown_[{ref.repo, ref.name}];
      auto found = of_space.find({ref.repo, ref.commit, ref.subtree});
      if (found == of_space.end() && view) {
        found = of_space.find({ref.repo, view->commit(), view->subtree()});
      }
      if (found != of_space.end()) view = found->second;
      if (!view) shown_.erase({ref.repo, ref.name});
    }
  }
}

void ViewKeeper::DropUnfollowed(const Followed& followed) {
  std::set<std::pair<store::RepoNo, std::string>> refs;
  std::set<store::RepoNo> repos;
  std::set<store::SpaceNo> of_repos;
  for (const store::RefRecord& ref : followed.refs) refs.emplace(ref.repo, ref.name);
  for (const store::RepoRecord& repo : followed.repos) {
    repos.insert(repo.repo);
    of_repos.insert(repo.space);
  }
  std::erase_if(shown_, [&](const auto& entry) { return !refs.contains(entry.first); });
  std::erase_if(made_by_, [&](const auto& entry) { return !refs.contains(entry.first); });
  std::erase_if(spaces_, [&](const auto& entry) { return !of_repos.contains(entry.first); });
  if (!options_.graph_folder.empty() && graphs_of_ != of_repos) {
    KeepGraphFilesOf(options_.graph_folder, of_repos, model_.number);
    graphs_of_ = of_repos;
  }
  std::erase_if(tables_, [&](const auto& entry) {
    if (repos.contains(entry.first.repo)) return false;
    commits_.Forget(entry.first.repo);
    return true;
  });
}

void ViewKeeper::NoteVectors(const Followed& followed) {
  for (const store::RepoRecord& repo : followed.repos) {
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo || ref.versions.model == store::kNoModel) continue;
      const auto known = made_by_.find({ref.repo, ref.name});
      if (known != made_by_.end() && known->second.versions.model == store::kNoModel) {
        vectors_came_.insert(repo.space);
      }
    }
  }
}

// Facts and vectors of one blob change only when other versions make them again, or when a blob
// that could not be read is back, and then the commit is indexed again: what was read of the space
// is read anew. Until it has been, its refs show what they showed.
void ViewKeeper::DropRemade(const Followed& followed) {
  for (const store::RepoRecord& repo : followed.repos) {
    bool remade = false;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo || ref.commit.empty()) continue;
      const MadeBy now{ref.versions, ref.commit, ref.indexed_at};
      const auto [known, fresh] = made_by_.try_emplace({ref.repo, ref.name}, now);
      remade = remade || (!fresh && known->second.IsRemadeBy(now));
      known->second = now;
    }
    if (!remade) continue;
    spaces_.erase(repo.space);
    for (const store::RepoRecord& sharer : followed.repos) {
      if (sharer.space != repo.space) continue;
      commits_.Forget(sharer.repo);
      std::erase_if(tables_, [&](const auto& entry) { return entry.first.repo == sharer.repo; });
    }
  }
}

std::vector<ServedRef> ViewKeeper::Refs(const Followed& followed) const {
  std::vector<ServedRef> refs;
  for (const store::RefRecord& ref : followed.refs) {
    const auto repo = std::find_if(followed.repos.begin(), followed.repos.end(),
                                   [&](const auto& r) { return r.repo == ref.repo; });
    const auto view = shown_.find({ref.repo, ref.name});
    refs.push_back(
        {*repo, ref, view == shown_.end() ? nullptr : view->second, refused_.Why(repo->space)});
  }
  return refs;
}

void ViewKeeper::LogOnce(const std::string& what, const Error& error) {
  std::string& last = problems_[what];
  if (last == error.message) return;
  last = error.message;
  LogWarning("view not loaded", {{"what", what}, {"why", error.message}});
}

}  // namespace coppice::retrieval
