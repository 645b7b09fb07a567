#include "daemon/retrieval/index/snapshot.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/format.h"
#include "daemon/retrieval/glob.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kMinCommitDigits = 7;
constexpr std::size_t kListed = 20;

std::string ListOf(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) return "none";
  const std::size_t more = names.size() > kListed ? names.size() - kListed : 0;
  names.resize(names.size() - more);
  std::string list = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? list : fmt::format("{} and {} more", list, more);
}

bool IsGlob(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

std::string WithoutSlash(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

bool NamesRepo(const std::string& selector, const store::RepoRecord& repo) {
  if (selector == repo.name) return true;
  const std::string place = WithoutSlash(selector);
  if (place == WithoutSlash(repo.location) || place == WithoutSlash(repo.git_dir)) return true;
  return IsGlob(selector) && MatchesGlob(selector, repo.name);
}

enum class Naming { kNo, kAsBranchOfHead, kByName };

/// "main" names refs/heads/main, and HEAD where it stands for that branch.
Naming NamesRef(const std::string& selector, const store::RefRecord& ref) {
  static constexpr std::array<std::string_view, 4> kPrefixes = {"", "refs/", "refs/heads/",
                                                                "refs/tags/"};
  const auto is = [&](const std::string& name) {
    return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) {
      return !name.empty() && name == std::string(prefix) + selector;
    });
  };
  if (is(ref.name)) return Naming::kByName;
  return is(ref.symbolic) ? Naming::kAsBranchOfHead : Naming::kNo;
}

Result<std::vector<const store::RepoRecord*>> SelectRepos(const Snapshot& snapshot,
                                                          const std::vector<std::string>& wanted) {
  std::vector<const store::RepoRecord*> repos;
  std::vector<std::string> names;
  for (const store::RepoRecord& repo : snapshot.repos()) names.push_back(repo.name);
  for (const std::string& selector : wanted) {
    const bool found = std::any_of(snapshot.repos().begin(), snapshot.repos().end(),
                                   [&](const auto& repo) { return NamesRepo(selector, repo); });
    if (!found && snapshot.number() > 0) {
      return MakeError(ErrorCode::kNotFound,
                       fmt::format("no repository '{}'; there are: {}", selector, ListOf(names)),
                       "name one of them, or add it with `coppice add PATH`");
    }
  }
  for (const store::RepoRecord& repo : snapshot.repos()) {
    const bool named = wanted.empty() ||
                       std::any_of(wanted.begin(), wanted.end(), [&](const std::string& selector) {
                         return NamesRepo(selector, repo);
                       });
    if (named) repos.push_back(&repo);
  }
  if (repos.empty() && snapshot.number() == 0) {
    return MakeError(ErrorCode::kUnavailable, "the index has not been read into memory yet",
                     "ask again in a moment");
  }
  if (repos.empty()) {
    return MakeError(ErrorCode::kNotFound, "no repository has been added",
                     "add one with `coppice add PATH`");
  }
  return repos;
}

std::vector<const ServedRef*> RefsOf(const Snapshot& snapshot,
                                     const std::vector<const store::RepoRecord*>& repos) {
  std::vector<const ServedRef*> refs;
  for (const ServedRef& served : snapshot.refs()) {
    const bool wanted = std::any_of(repos.begin(), repos.end(), [&](const store::RepoRecord* repo) {
      return repo->repo == served.repo.repo;
    });
    if (wanted) refs.push_back(&served);
  }
  return refs;
}

Error NoSuchRef(const std::string& ref, const std::vector<const ServedRef*>& candidates) {
  std::vector<std::string> names;
  for (const ServedRef* served : candidates) names.push_back(served->ref.name);
  return MakeError(ErrorCode::kNotFound,
                   fmt::format("no ref '{}' is followed; there are: {}", ref, ListOf(names)),
                   "name one of them, or follow it with `coppice add PATH --ref REF`");
}

Error NotIndexed(const std::vector<const store::RepoRecord*>& repos) {
  std::vector<std::string> names;
  for (const store::RepoRecord* repo : repos) names.push_back(repo->name);
  Error error =
      MakeError(ErrorCode::kUnavailable, fmt::format("not indexed yet: {}", ListOf(names)),
                "try again; `coppice status` shows the progress");
  error.retry_after_ms = 500;
  return error;
}

/// Repositories whose refs have not been read yet.
std::vector<ViewState> WithoutRefs(const std::vector<const store::RepoRecord*>& repos,
                                   const std::vector<const ServedRef*>& refs) {
  std::vector<ViewState> states;
  for (const store::RepoRecord* repo : repos) {
    const bool any = std::any_of(refs.begin(), refs.end(), [&](const ServedRef* served) {
      return served->repo.repo == repo->repo;
    });
    if (!any) states.push_back({repo->name, "", {}, {}, true, {}, {}, {}});
  }
  return states;
}

/// One for each repository: HEAD, else the first by name.
std::vector<const ServedRef*> DefaultRefs(const std::vector<const ServedRef*>& candidates) {
  std::vector<const ServedRef*> chosen;
  for (const ServedRef* served : candidates) {
    const bool same_repo = !chosen.empty() && chosen.back()->repo.repo == served->repo.repo;
    if (!same_repo) {
      chosen.push_back(served);
    } else if (served->ref.name == "HEAD") {
      chosen.back() = served;
    }
  }
  return chosen;
}

Result<std::vector<const ServedRef*>> RefsNamed(const std::string& ref,
                                                const std::vector<const ServedRef*>& candidates) {
  std::vector<const ServedRef*> chosen;
  for (const ServedRef* served : candidates) {
    const Naming naming = NamesRef(ref, served->ref);
    if (naming == Naming::kNo) continue;
    const bool same_repo = !chosen.empty() && chosen.back()->repo.repo == served->repo.repo;
    if (!same_repo) {
      chosen.push_back(served);
    } else if (naming == Naming::kByName) {
      chosen.back() = served;
    }
  }
  if (chosen.empty()) return NoSuchRef(ref, candidates);
  return chosen;
}

Result<std::vector<const ServedRef*>> RefsAt(const std::string& at,
                                             const std::vector<const ServedRef*>& candidates) {
  const bool hex = at.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!hex || at.size() < kMinCommitDigits) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is not a commit; tags and dates are not understood here", at),
        "give at least 7 hexadecimal digits of the commit a followed ref stands at, "
        "or name the ref");
  }
  std::string digits = at;
  for (char& c : digits) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
  }
  std::vector<const ServedRef*> chosen;
  std::vector<std::string> served_commits;
  for (const ServedRef* served : candidates) {
    if (!served->view) continue;
    const std::string commit = served->view->commit().ToHex();
    served_commits.push_back(
        fmt::format("{} ({} {})", commit.substr(0, 10), served->repo.name, served->ref.name));
    const bool same_repo = !chosen.empty() && chosen.back()->repo.repo == served->repo.repo;
    if (!same_repo && commit.starts_with(digits)) chosen.push_back(served);
  }
  if (chosen.empty()) {
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("commit {} is not served; these are: {}", at,
                                 ListOf(std::move(served_commits))),
                     "only the commits of followed refs are kept; follow a ref that stands there "
                     "with `coppice add PATH --ref REF`");
  }
  return chosen;
}

}  // namespace

ViewState ServedRef::State() const {
  ViewState state{repo.name, ref.name, {}, ref.head, true, {}, ref.subtree, problem};
  if (view) {
    state.commit = view->commit();
    state.coverage = view->coverage();
    state.subtree = view->subtree();
  }
  state.stale = state.commit != state.head;
  return state;
}

Snapshot::Snapshot(std::uint64_t number, std::vector<store::RepoRecord> repos,
                   std::vector<ServedRef> refs)
    : number_(number), repos_(std::move(repos)), refs_(std::move(refs)) {
  std::sort(repos_.begin(), repos_.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(refs_.begin(), refs_.end(), [](const ServedRef& a, const ServedRef& b) {
    return std::tie(a.repo.name, a.ref.name) < std::tie(b.repo.name, b.ref.name);
  });
}

const ServedRef* Snapshot::Find(const std::string& repo, const std::string& ref) const {
  const auto wanted = std::tie(repo, ref);
  const auto found = std::lower_bound(refs_.begin(), refs_.end(), wanted,
                                      [](const ServedRef& served, const auto& names) {
                                        return std::tie(served.repo.name, served.ref.name) < names;
                                      });
  const bool same = found != refs_.end() && std::tie(found->repo.name, found->ref.name) == wanted;
  return same ? &*found : nullptr;
}

Error NotLoaded(const ViewState& view) {
  Error error = MakeError(
      ErrorCode::kResourceExhausted,
      fmt::format("{} {} is indexed and not served: {}", view.repo, view.ref, view.problem));
  error.retryable = false;
  return error;
}

Result<Selection> SelectRefs(const Snapshot& snapshot, const ViewSelector& selector) {
  COPPICE_ASSIGN(const auto repos, SelectRepos(snapshot, selector.repos));
  const auto candidates = RefsOf(snapshot, repos);
  std::vector<const ServedRef*> chosen;
  if (!selector.ref.empty()) {
    COPPICE_ASSIGN(chosen, RefsNamed(selector.ref, candidates));
  }
  if (!selector.at.empty()) {
    COPPICE_ASSIGN(chosen, RefsAt(selector.at, selector.ref.empty() ? candidates : chosen));
  }
  Selection selection;
  if (selector.ref.empty() && selector.at.empty()) {
    chosen = DefaultRefs(candidates);
    selection.unserved = WithoutRefs(repos, candidates);
  }
  for (const ServedRef* served : chosen) {
    if (served->view) {
      selection.served.push_back(served);
    } else {
      selection.unserved.push_back(served->State());
    }
  }
  if (!selection.served.empty()) return selection;
  for (const ViewState& view : selection.unserved) {
    if (!view.problem.empty()) return NotLoaded(view);
  }
  return NotIndexed(repos);
}

}  // namespace coppice::retrieval
