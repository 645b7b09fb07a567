#include <memory>
#include <set>
#include <string>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/locator.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/repository_page.h"
#include "client/verbs/flags.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

struct FilesOptions {
  std::string repo;
  std::string state;
};

void PrintPart(Session& session, const protocol::FilesPart& part) {
  switch (session.options().mode) {
    case OutputMode::kJson:
      for (const protocol::FileRow& file : part.files) session.PrintJson(AnswerToJson(file));
      break;
    case OutputMode::kPlain:
      session.Print(FilesPlain(part));
      break;
    case OutputMode::kHuman:
      session.Print(FilesLines(part, session.display()));
      break;
  }
}

Result<ExitCode> Files(Session& session, const FilesOptions& options) {
  protocol::FilesRequest request;
  request.state = options.state;
  COPPICE_ASSIGN(request.repo, RepositoryArgument(options.repo));
  session.set_streams_json();
  std::set<std::string> reasons;
  const auto on_part = [&](const protocol::FilesPart& part) -> Result<void> {
    for (const protocol::FileRow& file : part.files) reasons.insert(file.reason);
    PrintPart(session, part);
    return {};
  };
  Result<protocol::FilesReply> answer = session.Stream<protocol::FilesPart, protocol::FilesReply>(
      Method::kFiles, request, on_part, session.ShortDeadline());
  COPPICE_ASSIGN(const protocol::FilesReply reply, std::move(answer));
  if (session.options().mode == OutputMode::kJson) {
    Json line = AnswerToJson(reply);
    line["final"] = true;
    session.PrintJson(line);
  }
  session.Note(fmt::format(
      "{} of {} {} {}\n", Counted(static_cast<std::int64_t>(reply.count), "file", "files"),
      EscapeText(reply.view.repo), ShortRef(reply.view.ref), ShortCommit(reply.view.commit)));
  for (const std::string& reason : reasons) {
    const std::string_view remedy = RemedyFor(reason);
    if (!remedy.empty()) session.Note(fmt::format("{}: {}\n", reason, remedy));
  }
  return kExitOk;
}

struct JobsOptions {
  bool failed = false;
};

Result<ExitCode> Jobs(Session& session, const JobsOptions& options) {
  protocol::JobsRequest request;
  request.failed = options.failed;
  COPPICE_ASSIGN(const protocol::JobsReply reply,
                 session.Call<protocol::JobsReply>(Method::kJobs, request));
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      session.Print(JobsPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(JobsPage(reply, session.display()));
      break;
  }
  if (reply.jobs.empty()) session.Note(options.failed ? "no failed jobs\n" : "no jobs\n");
  return kExitOk;
}

struct JobOptions {
  std::string id;
};

Result<ExitCode> ChangeJob(Session& session, Method method, const JobOptions& options) {
  COPPICE_ASSIGN(const protocol::JobInfo job,
                 session.Call<protocol::JobInfo>(method, protocol::JobRequest{options.id}));
  const protocol::JobsReply one{{job}};
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(job));
      break;
    case OutputMode::kPlain:
      session.Print(JobsPlain(one));
      break;
    case OutputMode::kHuman:
      session.Print(JobsPage(one, session.display()));
      break;
  }
  return kExitOk;
}

Result<ExitCode> RetryJob(Session& session, const JobOptions& options) {
  return ChangeJob(session, Method::kJobsRetry, options);
}

Result<ExitCode> CancelJob(Session& session, const JobOptions& options) {
  return ChangeJob(session, Method::kJobsCancel, options);
}

void AddJobVerb(CLI::App& jobs, VerbBody& chosen, const char* name, const char* purpose,
                const char* example, Result<ExitCode> (*body)(Session&, const JobOptions&)) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* verb = AddVerb(jobs, name, purpose, example);
  verb->add_option("ID", options->id, "As `coppice jobs` shows it")->type_name("")->required();
  Choose(*verb, chosen, options, body);
}

}  // namespace

void AddUpkeepVerbs(CLI::App& app, VerbBody& chosen) {
  auto files_options = std::make_shared<FilesOptions>();
  CLI::App* files = AddVerb(app, "files", "The files of a repository and what became of each",
                            "coppice files project --state skipped\n"
                            "coppice files project --plain | cut -f1");
  files->add_option("REPO", files_options->repo, "Its name, or its path")
      ->type_name("")
      ->required();
  files
      ->add_option("--state", files_options->state, "skipped, quarantined or failed (default: all)")
      ->type_name("STATE")
      ->check(OneOf({"skipped", "quarantined", "failed"}));
  Choose(*files, chosen, files_options, &Files);

  auto jobs_options = std::make_shared<JobsOptions>();
  CLI::App* jobs =
      AddVerb(app, "jobs", "The newest jobs; retry or cancel one",
              "coppice jobs --failed\ncoppice jobs retry 0b0f7c52-9a1e-4a58-8c7b-3a3f1f6b2d10");
  jobs->add_flag("--failed", jobs_options->failed, "Only those that failed");
  jobs->require_subcommand(0, 1);
  Choose(*jobs, chosen, jobs_options, &Jobs);
  AddJobVerb(*jobs, chosen, "retry", "Run a failed job again",
             "coppice jobs retry 0b0f7c52-9a1e-4a58-8c7b-3a3f1f6b2d10", &RetryJob);
  AddJobVerb(*jobs, chosen, "cancel", "Give a job up",
             "coppice jobs cancel 0b0f7c52-9a1e-4a58-8c7b-3a3f1f6b2d10", &CancelJob);
}

}  // namespace coppice::client
