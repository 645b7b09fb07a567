#include <memory>
#include <string>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/locator.h"
#include "client/render/escape.h"
#include "client/render/repository_page.h"
#include "client/verbs/follow.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

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

}  // namespace

void AddRepositoryVerbs(CLI::App& app, VerbBody& chosen) {
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
