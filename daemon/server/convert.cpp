#include "daemon/server/convert.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <optional>

#include "base/format.h"
#include "base/language.h"
#include "base/url.h"

namespace coppice::server {
namespace {

Error UnknownValue(std::string_view what, const std::string& value, std::string_view known) {
  return MakeError(ErrorCode::kInvalidArgument, fmt::format("unknown {} '{}'", what, value),
                   std::string(known));
}

std::string TimeOrEmpty(const std::optional<store::Timestamp>& at) {
  return at ? ToIso8601(*at) : std::string();
}

protocol::CoverageInfo CoverageToWire(const store::Coverage& coverage) {
  return {coverage.indexed, coverage.skipped, coverage.quarantined, coverage.pending};
}

bool IsActive(const store::JobRecord& job) {
  return job.state == store::JobState::kQueued || job.state == store::JobState::kRunning;
}

/// The newest job of each ref of one repository.
std::map<std::string, const store::JobRecord*> NewestJobs(
    store::RepoNo repo, const std::vector<store::JobRecord>& jobs) {
  std::map<std::string, const store::JobRecord*> newest;
  for (const store::JobRecord& job : jobs) {
    if (job.repo != repo) continue;
    const store::JobRecord*& slot = newest[job.ref];
    if (slot == nullptr || slot->created_at < job.created_at) slot = &job;
  }
  return newest;
}

/// Sets state and problem; the views are there, and `info.problem` says why one is not in memory. A
/// repository that cannot be read is so whatever its jobs say; one that is indexed and not read
/// into memory yet is still being indexed.
void SetState(protocol::RepoInfo& info, const store::RepoRecord& repo,
              const std::vector<store::RefRecord>& refs,
              const std::vector<store::JobRecord>& jobs) {
  const bool not_loaded = !info.problem.empty();
  if (!repo.problem.empty()) {
    info.problem = repo.problem;
    info.state = "unreachable";
    return;
  }
  const auto newest = NewestJobs(repo.repo, jobs);
  for (const auto& [ref, job] : newest) {
    if (!job->error.empty() && (IsActive(*job) || job->state == store::JobState::kFailed)) {
      info.problem = job->error;
    }
  }
  const auto any_job = [&](auto test) {
    return std::any_of(newest.begin(), newest.end(),
                       [&](const auto& entry) { return test(*entry.second); });
  };
  const auto indexed = [](const store::RefRecord& ref) { return !ref.commit.empty(); };
  const auto served = [](const protocol::ViewInfo& view) { return !view.commit.empty(); };
  const auto unborn = [](const store::RefRecord& ref) { return ref.head.empty(); };
  if (any_job(IsActive)) {
    info.state = "indexing";
  } else if (any_job([](const auto& job) { return job.state == store::JobState::kFailed; })) {
    info.state = "failed";
  } else if (std::any_of(info.views.begin(), info.views.end(), served)) {
    info.state = "ready";
  } else if (not_loaded) {
    info.state = "failed";
  } else if (std::any_of(refs.begin(), refs.end(), indexed)) {
    info.state = "indexing";
  } else if (!refs.empty() && std::all_of(refs.begin(), refs.end(), unborn)) {
    info.state = "empty";
  } else {
    info.state = "new";
  }
}

}  // namespace

std::string ToIso8601(store::Timestamp at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return std::string(text.data(), length);
}

Result<retrieval::ViewSelector> FromWire(const protocol::ViewSelector& view) {
  if (!view.worktree.empty()) {
    return MakeError(ErrorCode::kUnsupported, "a view by worktree is not served",
                     "name the branch with --ref, or the commit with --at");
  }
  retrieval::ViewSelector selector;
  selector.repos = view.repos;
  selector.ref = view.ref;
  selector.at = view.at;
  selector.wait_for = view.wait_for;
  return selector;
}

Result<retrieval::SearchFilter> FromWire(const protocol::Filter& filter) {
  retrieval::SearchFilter native;
  native.path_globs = filter.paths;
  for (const std::string& name : filter.languages) {
    const auto language = ParseLanguage(name);
    if (!language)
      return UnknownValue("language", name, "languages are named as in 'cpp', 'python'");
    native.languages.push_back(*language);
  }
  for (const std::string& name : filter.kinds) {
    const auto kind = store::ParseSymbolKind(name);
    if (!kind) return UnknownValue("kind", name, "kinds are named as in 'function', 'class'");
    native.kinds.push_back(*kind);
  }
  for (const std::string& name : filter.contents) {
    const auto content = ParseContent(name);
    if (!content) return UnknownValue("content", name, "one of code, doc, text");
    native.contents.push_back(*content);
  }
  return native;
}

Result<retrieval::SearchSet> SearchSetFromWire(const std::vector<std::string>& names) {
  if (names.empty()) return retrieval::SearchSet{};
  retrieval::SearchSet set{false, false, false};
  for (const std::string& name : names) {
    if (name == "lexical") {
      set.lexical = true;
    } else if (name == "vector") {
      set.vector = true;
    } else if (name == "symbol") {
      set.symbol = true;
    } else {
      return UnknownValue("search", name, "one of lexical, vector, symbol");
    }
  }
  return set;
}

protocol::ViewInfo ToWire(const retrieval::ViewState& view) {
  protocol::ViewInfo info;
  info.repo = view.repo;
  info.ref = view.ref;
  info.commit = view.commit.ToHex();
  info.head_commit = view.head.ToHex();
  info.stale = view.stale;
  info.coverage = CoverageToWire(view.coverage);
  return info;
}

protocol::Hit ToWire(const retrieval::Hit& hit, bool explain) {
  protocol::Hit wire;
  wire.id = hit.id;
  wire.repo = hit.repo;
  wire.ref = hit.ref;
  wire.commit = hit.commit.ToHex();
  wire.blob = hit.blob.ToHex();
  wire.path.value = hit.path;
  wire.start_line = hit.lines.first;
  wire.end_line = hit.lines.last;
  wire.symbol = hit.symbol;
  wire.kind = store::SymbolKindName(hit.kind);
  wire.content = ContentName(hit.content);
  wire.language = LanguageName(hit.language);
  wire.score = hit.score;
  for (const retrieval::Finding& finding : hit.found_by) {
    protocol::FoundBy found;
    found.search = finding.search;
    found.rank = finding.rank;
    if (explain) found.score = finding.score;
    wire.found_by.push_back(std::move(found));
  }
  wire.text.value = hit.text;
  wire.reasons = hit.reasons;
  return wire;
}

protocol::FileRow ToWire(const retrieval::FileState& file) {
  protocol::FileRow row;
  row.path.value = file.path;
  if (file.reason != store::Reason::kNone) row.reason = store::ReasonName(file.reason);
  row.language = LanguageName(file.language);
  row.size_bytes = file.size_bytes;
  if (file.pending) {
    row.state = "pending";
  } else if (store::MayHeal(file.reason)) {
    row.state = "failed";
  } else if (file.state == store::BlobState::kQuarantined) {
    row.state = "quarantined";
  } else {
    row.state = file.state == store::BlobState::kSkipped ? "skipped" : "indexed";
  }
  return row;
}

protocol::JobInfo ToWire(const store::JobRecord& job) {
  protocol::JobInfo info;
  info.id = job.id;
  info.repo = job.repo_name;
  info.ref = job.ref;
  info.target = job.target.ToHex();
  info.state = store::JobStateName(job.state);
  info.phase = job.progress.phase;
  info.done = job.progress.done;
  info.total = job.progress.total;
  info.attempts = static_cast<std::uint32_t>(std::max(job.attempts, 0));
  info.error_code = job.error_code;
  info.error = job.error;
  info.reason = job.reason;
  info.created_at = ToIso8601(job.created_at);
  info.started_at = TimeOrEmpty(job.started_at);
  info.finished_at = TimeOrEmpty(job.finished_at);
  return info;
}

protocol::RepoInfo ToWire(const store::RepoRecord& repo, const std::vector<store::RefRecord>& refs,
                          const std::vector<store::JobRecord>& jobs, const ServedView& served) {
  protocol::RepoInfo info;
  info.name = repo.name;
  info.location = WithoutCredentials(repo.location);
  std::optional<store::Timestamp> indexed_at;
  std::vector<store::RefRecord> own;
  for (const store::RefRecord& ref : refs) {
    if (ref.repo != repo.repo) continue;
    own.push_back(ref);
    protocol::ViewInfo view;
    view.repo = repo.name;
    view.ref = ref.name;
    if (const auto state = served(ref.name)) {
      view.commit = state->commit.ToHex();
      view.coverage = CoverageToWire(state->coverage);
      if (info.problem.empty()) info.problem = state->problem;
    }
    view.head_commit = ref.head.ToHex();
    view.stale = view.commit != view.head_commit;
    info.views.push_back(std::move(view));
    info.chunks += ref.chunk_count;
    if (ref.indexed_at && (!indexed_at || *indexed_at < *ref.indexed_at)) {
      indexed_at = ref.indexed_at;
    }
  }
  info.indexed_at = TimeOrEmpty(indexed_at);
  SetState(info, repo, own, jobs);
  return info;
}

}  // namespace coppice::server
