#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "client/locator.h"
#include "client/render/format.h"
#include "client/render/repository_page.h"
#include "client/repository_list.h"
#include "client/verbs/follow.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

struct AddOptions {
  std::string location;
  std::string from;  // a file of locations instead
  protocol::AddRequest request;
};

/// What one repository takes, on the command line and on a line of a list.
std::vector<CLI::Option*> AddRepositoryFlags(CLI::App& verb, AddOptions& options) {
  protocol::AddRequest& request = options.request;
  return {
      verb.add_option("PATH|URL", options.location, "A repository: a folder, a bare one, or a URL")
          ->type_name(""),
      verb.add_option("--name", request.name, "What to call it (default: from the location)")
          ->type_name("NAME"),
      verb.add_option("--ref", request.refs, "Refs to follow (default: HEAD); may be repeated")
          ->type_name("PATTERN")
          ->allow_extra_args(false),
      verb.add_option("--subtree", request.subtree,
                      "Only what is below this folder (/ is all of it)")
          ->type_name("DIR")};
}

Result<ExitCode> AddOne(Session& session, const AddOptions& options) {
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

/// The request of one line. Errors: kInvalidArgument.
Result<protocol::AddRequest> RequestOf(const std::vector<std::string>& words) {
  AddOptions options;
  CLI::App line;
  line.set_help_flag();
  AddRepositoryFlags(line, options).front()->required();
  try {
    line.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& problem) {
    return MakeError(ErrorCode::kInvalidArgument, problem.what(),
                     "a line is PATH|URL [--name NAME] [--ref PATTERN]... [--subtree DIR]");
  }
  COPPICE_ASSIGN(options.request.location, AbsoluteLocation(options.location));
  return std::move(options.request);
}

struct Listed {
  std::string place;
  protocol::AddRequest request;
};

Result<std::vector<Listed>> ReadList(const std::string& from) {
  std::ifstream file;
  if (from != "-") {
    file.open(from);
    if (!file) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("{}: {}", from, std::generic_category().message(errno)));
    }
  }
  const std::string name = from == "-" ? "standard input" : from;
  std::istream& list = from == "-" ? std::cin : file;
  COPPICE_ASSIGN(const auto repositories, ReadRepositoryList(list, name));
  if (list.bad()) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{}: cannot be read", name));
  }
  std::vector<Listed> requests;
  for (const ListedRepository& repository : repositories) {
    auto request = RequestOf(repository.words);
    if (!request) return request.error().WithContext(repository.place);
    requests.push_back({repository.place, std::move(request).value()});
  }
  return requests;
}

/// `add --from`: all are queued before the first is waited for. One that fails costs itself; the
/// exit code is that of the first.
class ListAdder {
 public:
  ListAdder(Session& session, bool wait) : session_(session), wait_(wait) {}

  Result<ExitCode> Run(const std::vector<Listed>& list) {
    if (json()) session_.set_streams_json();
    std::vector<std::pair<std::string, std::string>> added;  // place, name
    for (const Listed& listed : list) {
      auto reply = session_.Call<protocol::AddReply>(Method::kAdd, listed.request);
      if (!reply) {
        COPPICE_TRY(Failed(listed.place, reply.error()));
        continue;
      }
      added.emplace_back(listed.place, reply->repo.name);
      if (!wait_ || json()) Print(*reply);
    }
    if (wait_) COPPICE_TRY(WaitFor(added));
    if (json()) {
      session_.PrintJson(Json{{"schema", protocol::kJsonSchema},
                              {"event", "final"},
                              {"added", added.size()},
                              {"failed", failed_count_},
                              {"final", true}});
    }
    if (list.empty()) session_.Note("the list names no repository\n");
    return code_;
  }

 private:
  [[nodiscard]] bool json() const { return session_.options().mode == OutputMode::kJson; }

  void Print(const protocol::AddReply& reply) {
    switch (session_.options().mode) {
      case OutputMode::kJson: {
        Json line = {{"schema", protocol::kJsonSchema}, {"event", "added"}};
        line.update(MessageToJson(reply));
        session_.PrintJson(line);
        break;
      }
      case OutputMode::kPlain:
        session_.Print(AddPlain(reply));
        break;
      case OutputMode::kHuman:
        session_.Print(AddPage(reply, session_.display()));
        break;
    }
  }

  Result<void> WaitFor(const std::vector<std::pair<std::string, std::string>>& added) {
    for (const auto& [place, name] : added) {
      protocol::SyncRequest request;
      request.repo = name;
      request.wait = true;
      const auto reply = Follow<protocol::SyncReply>(session_, Method::kSync, request);
      if (!reply) {
        COPPICE_TRY(Failed(place, reply.error()));
        continue;
      }
      for (const protocol::RepoInfo& repo : reply->repos)
        Print(protocol::AddReply{repo, reply->jobs, ""});
    }
    return {};
  }

  /// Tells the error. It is given back where the next call would end in it too.
  Result<void> Failed(const std::string& place, const Error& error) {
    const Error told = error.WithContext(place);
    if (session_.stopped() || error.retryable) return told;
    Count(ExitCodeOf(error.code));
    if (json()) {
      Json line = ErrorToJson(told);
      line["event"] = "failed";
      session_.PrintJson(line);
    } else {
      session_.terminal().WriteErr(ErrorText(told, Paint(session_.terminal().err())));
    }
    return {};
  }

  void Count(ExitCode code) {
    ++failed_count_;
    if (code_ == kExitOk) code_ = code;
  }

  Session& session_;
  const bool wait_;
  int failed_count_ = 0;
  ExitCode code_ = kExitOk;
};

Result<ExitCode> Add(Session& session, const AddOptions& options) {
  if (options.from.empty()) return AddOne(session, options);
  COPPICE_ASSIGN(const std::vector<Listed> list, ReadList(options.from));
  return ListAdder(session, options.request.wait).Run(list);
}

}  // namespace

void AddAddVerb(CLI::App& app, VerbBody& chosen) {
  auto options = std::make_shared<AddOptions>();
  CLI::App* verb = AddVerb(app, "add", "Index a repository and keep it indexed",
                           "coppice add . --wait\n"
                           "coppice add /srv/git/project.git --name project --ref 'release/*'\n"
                           "coppice add --from repositories.txt --wait");
  const std::vector<CLI::Option*> one = AddRepositoryFlags(*verb, *options);
  CLI::Option* from = verb->add_option("--from", options->from,
                                       "Add the repositories that a file lists, one a line with "
                                       "its flags; -: standard input")
                          ->type_name("FILE|-");
  for (CLI::Option* option : one) from->excludes(option);
  verb->add_flag("--wait", options->request.wait, "Return when it is indexed; show progress");
  verb->parse_complete_callback([location = one.front(), from] {
    if (location->count() == 0 && from->count() == 0) {
      throw CLI::RequiredError(location->get_name(true));
    }
  });
  Choose(*verb, chosen, options, &Add);
}

}  // namespace coppice::client
