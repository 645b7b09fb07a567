#include "client/render/repository_page.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/format.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

std::string Number(std::int64_t value) { return fmt::format("{}", value); }

std::string OrDash(const std::string& text) { return text.empty() ? "-" : EscapeText(text); }

Look LookOfState(std::string_view state) {
  if (state == "ready" || state == "done") return Look::kGood;
  if (state == "failed" || state == "unreachable") return Look::kBad;
  return Look::kWarning;
}

/// The first view, or one without a commit where nothing is indexed yet.
protocol::ViewInfo FirstView(const protocol::RepoInfo& repo) {
  return repo.views.empty() ? protocol::ViewInfo() : repo.views.front();
}

std::vector<std::string> RepoFields(const protocol::RepoInfo& repo,
                                    const protocol::ViewInfo& view) {
  const protocol::CoverageInfo& coverage = view.coverage;
  return {repo.name,
          repo.state,
          view.ref,
          view.commit,
          view.head_commit,
          view.stale ? "stale" : "fresh",
          Number(coverage.indexed),
          Number(coverage.skipped),
          Number(coverage.quarantined),
          Number(coverage.pending),
          Number(repo.chunks),
          repo.indexed_at,
          repo.location};
}

std::string RepoBlock(const protocol::RepoInfo& repo, const Paint& paint) {
  std::string out = fmt::format("{}  {}  {}\n", paint(Look::kBold, EscapeText(repo.name)),
                                paint(LookOfState(repo.state), EscapeText(repo.state)),
                                paint(Look::kDim, EscapeText(repo.location)));
  if (!repo.problem.empty()) out += "  " + paint(Look::kBad, EscapeText(repo.problem)) + "\n";
  for (const protocol::ViewInfo& view : repo.views) {
    out += fmt::format("  {}  {}  {}", ShortRef(view.ref), ShortCommit(view.commit),
                       CoverageText(view.coverage, true));
    if (view.stale) {
      out += "  " + paint(Look::kWarning, "stale: the head is " + ShortCommit(view.head_commit));
    }
    out += "\n";
  }
  if (!repo.indexed_at.empty()) {
    out +=
        paint(Look::kDim, fmt::format("  {}, indexed {}", Counted(repo.chunks, "chunk", "chunks"),
                                      EscapeText(repo.indexed_at))) +
        "\n";
  }
  return out;
}

std::string JobsText(const protocol::JobCounts& jobs, const Paint& paint) {
  std::string text =
      fmt::format("{} queued, {} running, ", Grouped(jobs.queued), Grouped(jobs.running));
  const std::string failed = fmt::format("{} failed", Grouped(jobs.failed));
  return text + (jobs.failed > 0 ? paint(Look::kBad, failed) : failed);
}

std::string JobIds(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return {};
  std::vector<std::string> safe;
  safe.reserve(jobs.size());
  for (const std::string& job : jobs) safe.push_back(EscapeText(job));
  return fmt::format("{} {}", jobs.size() == 1 ? "job" : "jobs", fmt::join(safe, ", "));
}

}  // namespace

std::string ListPage(const protocol::ListReply& reply, const Display& display) {
  if (reply.repos.empty()) return {};
  Table table({{"NAME", Look::kBold},
               {"STATE"},
               {"REF"},
               {"COMMIT"},
               {"FILES", Look::kPlain, true},
               {"CHUNKS", Look::kPlain, true},
               {"LOCATION", Look::kDim}});
  for (const protocol::RepoInfo& repo : reply.repos) {
    const protocol::ViewInfo view = FirstView(repo);
    table.Add({EscapeText(repo.name), EscapeText(repo.state) + (view.stale ? ", stale" : ""),
               ShortRef(view.ref), ShortCommit(view.commit), Grouped(view.coverage.indexed),
               Grouped(repo.chunks), EscapeText(repo.location)});
  }
  return table.Render(Paint(display));
}

std::string ListPlain(const protocol::ListReply& reply) {
  std::string out;
  for (const protocol::RepoInfo& repo : reply.repos) {
    out += PlainLine(RepoFields(repo, FirstView(repo)));
  }
  return out;
}

std::string MemoryText(const protocol::MemoryStatus& memory) {
  std::uint64_t held = 0;
  std::string parts;
  for (const protocol::MemoryPart& part : memory.parts) {
    held += part.bytes;
    if (part.bytes == 0) continue;
    parts += fmt::format("{} {} {}", parts.empty() ? ":" : ",", EscapeText(part.name),
                         ByteCount(part.bytes));
  }
  return fmt::format("{} of {}{}", ByteCount(held), ByteCount(memory.limit_bytes), parts);
}

/// How far the vectors of a model are that is to take the place of the served one.
std::string BuildingText(const protocol::ModelStatus& model) {
  if (model.serving) return "";
  if (!model.problem.empty())
    return fmt::format(", not being built: {}", EscapeText(model.problem));
  if (model.total == 0) return ", to be built";
  return fmt::format(", {} % built", model.done * 100 / model.total);
}

std::string StatusPage(const protocol::StatusReply& reply, const Display& display) {
  const Paint paint(display);
  std::string out =
      fmt::format("{}  {}\n", paint(Look::kBold, "coppiced"), EscapeText(reply.version));
  const auto line = [&](std::string_view name, const std::string& value) {
    out += paint(Look::kDim, fmt::format("  {:<9}", name)) + value + "\n";
  };
  line("database", OrDash(reply.database));
  line("state", OrDash(reply.state_dir));
  line("vectors", OrDash(reply.vector_index));
  if (reply.memory.limit_bytes > 0) line("memory", MemoryText(reply.memory));
  for (const protocol::ModelStatus& model : reply.models) {
    line("model", fmt::format("{}  {}, {} dimensions, {}, {}{}", EscapeText(model.name),
                              EscapeText(model.use), model.dimensions, OrDash(model.state),
                              OrDash(model.licence), BuildingText(model)));
  }
  line("jobs", JobsText(reply.jobs, paint));
  for (const protocol::RepoInfo& repo : reply.repos) out += "\n" + RepoBlock(repo, paint);
  return out;
}

std::string StatusPlain(const protocol::StatusReply& reply) {
  std::string out =
      PlainLine({"daemon", reply.version, reply.database, reply.state_dir, reply.vector_index});
  out += PlainLine(
      {"jobs", Number(reply.jobs.queued), Number(reply.jobs.running), Number(reply.jobs.failed)});
  for (const protocol::MemoryPart& part : reply.memory.parts) {
    out += PlainLine({"memory", part.name, Number(static_cast<std::int64_t>(part.bytes))});
  }
  for (const protocol::ModelStatus& model : reply.models) {
    out += PlainLine({"model", model.name, model.use, Number(model.dimensions), model.state,
                      model.licence, model.serving ? "serving" : "building",
                      Number(static_cast<std::int64_t>(model.done)),
                      Number(static_cast<std::int64_t>(model.total)), model.problem});
  }
  for (const protocol::RepoInfo& repo : reply.repos) {
    std::vector<protocol::ViewInfo> views = repo.views;
    if (views.empty()) views.emplace_back();
    for (const protocol::ViewInfo& view : views) {
      std::vector<std::string> fields = RepoFields(repo, view);
      fields.insert(fields.begin(), "repo");
      out += PlainLine(fields);
    }
  }
  return out;
}

std::string AddPage(const protocol::AddReply& reply, const Display& display) {
  const Paint paint(display);
  std::string out = RepoBlock(reply.repo, paint);
  if (!reply.note.empty()) out += "  " + paint(Look::kWarning, EscapeText(reply.note)) + "\n";
  if (!reply.jobs.empty()) out += "  " + paint(Look::kDim, JobIds(reply.jobs)) + "\n";
  return out;
}

std::string AddPlain(const protocol::AddReply& reply) {
  return PlainLine(RepoFields(reply.repo, FirstView(reply.repo)));
}

std::string SyncPage(const protocol::SyncReply& reply, const Display& display) {
  const Paint paint(display);
  std::string out;
  for (const protocol::RepoInfo& repo : reply.repos) out += RepoBlock(repo, paint);
  if (!reply.jobs.empty()) out += paint(Look::kDim, JobIds(reply.jobs)) + "\n";
  return out;
}

std::string SyncPlain(const protocol::SyncReply& reply) {
  return ListPlain(protocol::ListReply{reply.repos});
}

std::string FilesLines(const protocol::FilesPart& part, const Display& display) {
  const Paint paint(display);
  std::string out;
  for (const protocol::FileRow& file : part.files) {
    const std::string state = file.reason.empty()
                                  ? EscapeText(file.state)
                                  : EscapeText(file.state) + ": " + EscapeText(file.reason);
    const Look look = file.state == "indexed" ? Look::kPlain : LookOfState(file.state);
    out += paint(look, fmt::format("{:<24}", state)) +
           fmt::format("  {:<10}  {:>10}  {}\n", EscapeText(file.language),
                       ByteCount(file.size_bytes), EscapeText(file.path.value));
  }
  return out;
}

std::string_view RemedyFor(std::string_view reason) {
  struct Remedy {
    std::string_view reason;
    std::string_view text;
  };
  constexpr std::array kRemedies = {
      Remedy{"missing",
             "the repository lacks the object; `git fetch --refetch --no-filter` makes a partial "
             "clone whole, and what is back is indexed by itself"},
      Remedy{"unreadable",
             "the object is damaged; `git fsck` in the repository names it, and what is mended is "
             "indexed by itself"},
      Remedy{"submodule", "add the submodule's own repository to search in it"},
      Remedy{"lfs_pointer",
             "git keeps a pointer; the file itself lies in git-lfs, which is not read"},
  };
  const auto found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                  [&](const Remedy& remedy) { return remedy.reason == reason; });
  return found == kRemedies.end() ? std::string_view() : found->text;
}

std::string FilesPlain(const protocol::FilesPart& part) {
  std::string out;
  for (const protocol::FileRow& file : part.files) {
    out += PlainLine({file.path.value, file.state, file.reason, file.language,
                      fmt::format("{}", file.size_bytes)});
  }
  return out;
}

std::string JobsPage(const protocol::JobsReply& reply, const Display& display) {
  if (reply.jobs.empty()) return {};
  const Paint paint(display);
  Table table({{"ID", Look::kBold},
               {"STATE"},
               {"REPOSITORY"},
               {"REF"},
               {"PHASE"},
               {"DONE", Look::kPlain, true},
               {"TRIES", Look::kPlain, true},
               {"CREATED", Look::kDim},
               {"ERROR", Look::kBad}});
  for (const protocol::JobInfo& job : reply.jobs) {
    const std::string done =
        job.total > 0 ? fmt::format("{}/{}", Grouped(job.done), Grouped(job.total)) : "-";
    std::string error = EscapeText(job.error_code);
    if (!job.error.empty()) error += (error.empty() ? "" : ": ") + EscapeText(job.error);
    table.Add({EscapeText(job.id), EscapeText(job.state), EscapeText(job.repo), ShortRef(job.ref),
               OrDash(job.phase), done, fmt::format("{}", job.attempts), OrDash(job.created_at),
               error});
  }
  return table.Render(paint);
}

std::string JobsPlain(const protocol::JobsReply& reply) {
  std::string out;
  for (const protocol::JobInfo& job : reply.jobs) {
    out += PlainLine({job.id, job.state, job.repo, job.ref, job.target, job.phase, Number(job.done),
                      Number(job.total), fmt::format("{}", job.attempts), job.error_code, job.error,
                      job.reason, job.created_at, job.started_at, job.finished_at});
  }
  return out;
}

}  // namespace coppice::client
