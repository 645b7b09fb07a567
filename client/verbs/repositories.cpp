#include <memory>
#include <optional>
#include <string>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/locator.h"
#include "client/progress_bar.h"
#include "client/render/escape.h"
#include "client/render/repository_page.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

/// The stream of `add` or `sync`: progress to stderr, or as JSON lines with --wait --json.
template <class Reply, class Request>
Result<Reply> Follow(Session& session, Method method, const Request& request) {
  const bool json = session.options().mode == OutputMode::kJson;
  if (request.wait) session.set_streams_json();
  std::optional<ProgressBar> bar;
  if (!json && !session.options().quiet) {
    Terminal& terminal = session.terminal();
    bar.emplace(terminal.err(), ProgressBar::Seams{[&terminal](std::string_view text) {
                  terminal.WriteErr(text);
                }});
  }
  const auto on_part = [&](const protocol::Progress& progress) -> Result<void> {
    if (bar) bar->Update(progress);
    if (json && request.wait) {
      Json line = {{"schema", protocol::kJsonSchema}, {"event", "progress"}};
      line.update(MessageToJson(progress));
      session.PrintJson(line);
      if (!session.terminal().Flush()) {
        return MakeError(ErrorCode::kCancelled, "the output was closed");
      }
    }
    return {};
  };
  const Deadline deadline = request.wait ? session.LongDeadline() : session.ShortDeadline();
  return session.Stream<protocol::Progress, Reply>(method, request, on_part, deadline);
}

/// The answer as JSON: of a stream, the line that ends it.
template <class Reply>
void PrintFinalJson(Session& session, const Reply& reply, bool wait) {
  if (!wait) return session.PrintJson(AnswerToJson(reply));
  Json line = {{"schema", protocol::kJsonSchema}, {"event", "final"}};
  line.update(MessageToJson(reply));
  line["final"] = true;
  session.PrintJson(line);
}

struct AddOptions {
  std::string location;
  protocol::AddRequest request;
};

Result<ExitCode> Add(Session& session, const AddOptions& options) {
  protocol::AddRequest request = options.request;
  COPPICE_ASSIGN(request.location, AbsoluteLocation(options.location));
  COPPICE_ASSIGN(const protocol::AddReply reply,
                 Follow<protocol::AddReply>(session, Method::kAdd, request));
  switch (session.options().mode) {
    case OutputMode::kJson:
      PrintFinalJson(session, reply, request.wait);
      break;
    case OutputMode::kPlain:
      session.Print(AddPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(AddPage(reply, session.display()));
      break;
  }
  return kExitOk;
}

struct SyncOptions {
  std::string repo;
  bool wait = false;
};

Result<ExitCode> Sync(Session& session, const SyncOptions& options) {
  protocol::SyncRequest request;
  request.wait = options.wait;
  COPPICE_ASSIGN(request.repo, RepositoryArgument(options.repo));
  COPPICE_ASSIGN(const protocol::SyncReply reply,
                 Follow<protocol::SyncReply>(session, Method::kSync, request));
  switch (session.options().mode) {
    case OutputMode::kJson:
      PrintFinalJson(session, reply, request.wait);
      break;
    case OutputMode::kPlain:
      session.Print(SyncPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(SyncPage(reply, session.display()));
      break;
  }
  if (reply.jobs.empty()) session.Note("nothing new\n");
  return kExitOk;
}

struct RemoveOptions {
  std::string repo;
  bool purge = false;
};

Result<ExitCode> Remove(Session& session, const RemoveOptions& options) {
  protocol::RemoveRequest request;
  request.purge = options.purge;
  COPPICE_ASSIGN(request.repo, RepositoryArgument(options.repo));
  COPPICE_TRY(session.Call<protocol::Empty>(Method::kRemove, request));
  if (session.options().mode == OutputMode::kJson) {
    session.PrintJson(Json{{"schema", protocol::kJsonSchema},
                           {"removed", EscapeInvalidUtf8(request.repo)},
                           {"purged", request.purge}});
  }
  session.Note(fmt::format("removed {}{}\n", EscapeText(request.repo),
                           request.purge ? " and what was indexed of it" : ""));
  return kExitOk;
}

struct NoOptions {};

Result<ExitCode> List(Session& session, const NoOptions&) {
  COPPICE_ASSIGN(const protocol::ListReply reply,
                 session.Call<protocol::ListReply>(Method::kList, protocol::Empty{}));
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      session.Print(ListPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(ListPage(reply, session.display()));
      break;
  }
  if (reply.repos.empty()) session.Note("no repositories yet: coppice add PATH\n");
  return kExitOk;
}

struct StatusOptions {
  std::string repo;
};

Result<ExitCode> Status(Session& session, const StatusOptions& options) {
  protocol::StatusRequest request;
  COPPICE_ASSIGN(request.repo, RepositoryArgument(options.repo));
  COPPICE_ASSIGN(const protocol::StatusReply reply,
                 session.Call<protocol::StatusReply>(Method::kStatus, request));
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      session.Print(StatusPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(StatusPage(reply, session.display()));
      break;
  }
  return kExitOk;
}

void AddAddVerb(CLI::App& app, VerbBody& chosen) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* verb = AddVerb(app, "add", "Index a repository and keep it indexed",
                           "coppice add . --wait\n"
                           "coppice add /srv/git/project.git --name project --ref 'release/*'");
  verb->add_option("PATH|URL", options->location, "A repository: a folder, a bare one, or a URL")
      ->type_name("")
      ->required();
  protocol::AddRequest& request = options->request;
  verb->add_option("--name", request.name, "What to call it (default: from the location)")
      ->type_name("NAME");
  verb->add_option("--ref", request.refs, "Refs to follow (default: HEAD); may be repeated")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  verb->add_option("--subtree", request.subtree, "Only what is below this folder (/ is all of it)")
      ->type_name("DIR");
  verb->add_flag("--wait", request.wait, "Return when it is indexed; show progress");
  Choose(*verb, chosen, options, &Add);
}

}  // namespace

void AddRepositoryVerbs(CLI::App& app, VerbBody& chosen) {
  AddAddVerb(app, chosen);

  auto remove_options = std::make_shared<RemoveOptions>();
  CLI::App* remove = AddVerb(app, "remove", "Stop following a repository and forget it",
                             "coppice remove project\ncoppice remove project --purge");
  remove->add_option("REPO", remove_options->repo, "Its name, or its path")
      ->type_name("")
      ->required();
  remove->add_flag("--purge", remove_options->purge,
                   "Delete what was indexed at once; also of one removed before");
  Choose(*remove, chosen, remove_options, &Remove);

  CLI::App* list =
      AddVerb(app, "list", "The repositories, one line each", "coppice list\ncoppice list --json");
  Choose(*list, chosen, std::make_shared<NoOptions>(), &List);

  auto sync_options = std::make_shared<SyncOptions>();
  CLI::App* sync =
      AddVerb(app, "sync", "Look for new commits now", "coppice sync\ncoppice sync project --wait");
  sync->add_option("REPO", sync_options->repo, "One repository (default: all)")->type_name("");
  sync->add_flag("--wait", sync_options->wait, "Return when they are indexed; show progress");
  Choose(*sync, chosen, sync_options, &Sync);

  auto status_options = std::make_shared<StatusOptions>();
  CLI::App* status = AddVerb(app, "status", "Freshness, coverage, jobs and models on one page",
                             "coppice status\ncoppice status project --json");
  status->add_option("REPO", status_options->repo, "One repository (default: all)")->type_name("");
  Choose(*status, chosen, status_options, &Status);
}

}  // namespace coppice::client
