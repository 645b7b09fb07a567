#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/locator.h"
#include "client/render/escape.h"
#include "client/render/search_page.h"
#include "client/verbs/flags.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

struct SearchOptions {
  std::vector<std::string> words;
  ViewFlags view;
  protocol::Filter filter;
  SizeFlags size;
  bool explain = false;
};

Result<ExitCode> Search(Session& session, const SearchOptions& options) {
  protocol::SearchRequest request;
  request.query = fmt::format("{}", fmt::join(options.words, " "));
  COPPICE_ASSIGN(request.view, ToViewSelector(options.view));
  request.filter = options.filter;
  request.limit = options.size.limit;
  request.budget_tokens = options.size.budget_tokens;
  request.cursor = options.size.cursor;
  request.explain = options.explain;
  COPPICE_ASSIGN(const protocol::SearchReply reply,
                 session.Call<protocol::SearchReply>(Method::kSearch, request));
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      session.Print(SearchPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(SearchPage(reply, session.display(), options.explain));
      break;
  }
  session.Note(SearchNote(reply));
  return kExitOk;
}

struct ShowOptions {
  std::string what;
  ViewFlags view;
};

/// The id of a hit holds neither '/' nor '.' nor ':', but a file may be called like one: what the
/// daemon does not take for an id is a path.
Result<protocol::ShowReply> FetchShown(Session& session, const ShowOptions& options) {
  protocol::ShowRequest request;
  COPPICE_ASSIGN(request.view, ToViewSelector(options.view));
  if (options.what.find_first_of("/.:") == std::string::npos) {
    request.id = options.what;
    Result<protocol::ShowReply> reply = session.Call<protocol::ShowReply>(Method::kShow, request);
    if (reply || reply.error().code != ErrorCode::kInvalidArgument) return reply;
    request.id.clear();
  }
  COPPICE_ASSIGN(const FilePlace place, ParseFilePlace(options.what));
  request.path.value = place.path.starts_with("./") ? place.path.substr(2) : place.path;
  request.first_line = place.first_line;
  request.last_line = place.last_line;
  return session.Call<protocol::ShowReply>(Method::kShow, request);
}

Result<ExitCode> Show(Session& session, const ShowOptions& options) {
  COPPICE_ASSIGN(const protocol::ShowReply reply, FetchShown(session, options));
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      // The bytes themselves, unless a terminal would obey them.
      if (session.display().is_terminal) {
        session.Print(ShowPage(reply, session.display()));
      } else {
        session.Print(reply.hit.text.value);
      }
      break;
    case OutputMode::kHuman:
      session.Print(ShowPage(reply, session.display()));
      break;
  }
  return kExitOk;
}

}  // namespace

void AddFindVerbs(CLI::App& app, VerbBody& chosen) {
  auto search_options = std::make_shared<SearchOptions>();
  CLI::App* search = AddVerb(app, "search", "Find the places that answer a question",
                             "coppice search \"where is a job retried\"\n"
                             "coppice search FlushJob --repo myproject --lang cpp --limit 3\n"
                             "coppice search \"parse timeout path:src/**\" --json");
  search
      ->add_option("QUERY", search_options->words,
                   "Words, a name or a question; repo: ref: at: lang: path: sym: narrow it")
      ->type_name("")
      ->required();
  AddViewFlags(*search, search_options->view);
  AddFilterFlags(*search, search_options->filter);
  AddSizeFlags(*search, search_options->size);
  search->add_flag("--explain", search_options->explain,
                   "Add each search's own score, and how vectors were searched");
  Choose(*search, chosen, search_options, &Search);

  auto show_options = std::make_shared<ShowOptions>();
  CLI::App* show = AddVerb(app, "show", "Print a hit, a file or some of its lines",
                           "coppice show src/main.c:10-40\n"
                           "coppice show README.md --repo myproject --ref v1.2");
  show->add_option("ID|PATH", show_options->what,
                   "The id of a hit, or PATH, PATH:LINE, PATH:FIRST-LAST")
      ->type_name("")
      ->required();
  AddViewFlags(*show, show_options->view);
  Choose(*show, chosen, show_options, &Show);
}

}  // namespace coppice::client
