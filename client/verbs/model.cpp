#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/locator.h"
#include "client/progress_bar.h"
#include "client/render/escape.h"
#include "client/render/model_page.h"
#include "client/verbs/flags.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

/// The stream of a long call: progress to stderr, or as JSON lines.
template <class Reply, class Request>
Result<Reply> FollowModel(Session& session, Method method, const Request& request) {
  const bool json = session.options().mode == OutputMode::kJson;
  if (json) session.set_streams_json();
  std::optional<ProgressBar> bar;
  if (!json && !session.options().quiet) {
    Terminal& terminal = session.terminal();
    bar.emplace(terminal.err(),
                ProgressBar::Seams{[&terminal](std::string_view text) { terminal.WriteErr(text); }},
                ProgressBar::Unit::kBytes);
  }
  const auto on_part = [&](const protocol::ModelProgress& progress) -> Result<void> {
    if (bar) {
      protocol::Progress shown;
      shown.repo = progress.name;
      shown.phase = progress.phase;
      shown.done = progress.done;
      shown.total = progress.total;
      bar->Update(shown);
    }
    if (!json) return {};
    Json line = {{"schema", protocol::kJsonSchema}, {"event", "progress"}};
    line.update(MessageToJson(progress));
    session.PrintJson(line);
    if (session.terminal().Flush()) return {};
    return MakeError(ErrorCode::kCancelled, "the output was closed");
  };
  return session.Stream<protocol::ModelProgress, Reply>(method, request, on_part,
                                                        session.LongDeadline());
}

/// The answer that ends the stream.
template <class Reply>
void PrintFinal(Session& session, const Reply& reply) {
  Json line = {{"schema", protocol::kJsonSchema}, {"event", "final"}};
  line.update(MessageToJson(reply));
  line["final"] = true;
  session.PrintJson(line);
}

void PrintTaken(Session& session, const protocol::ModelReply& reply) {
  switch (session.options().mode) {
    case OutputMode::kJson:
      PrintFinal(session, reply);
      break;
    case OutputMode::kPlain:
      session.Print(ModelListPlain({{reply.model}}));
      if (!reply.note.empty()) session.Note(EscapeText(reply.note) + "\n");
      break;
    case OutputMode::kHuman:
      session.Print(ModelPage(reply.model, reply.note, session.display()));
      break;
  }
}

struct ListOptions {
  bool here = false;
};

Result<ExitCode> List(Session& session, const ListOptions& options) {
  COPPICE_ASSIGN(protocol::ModelListReply reply,
                 session.Call<protocol::ModelListReply>(Method::kModelList, protocol::Empty{}));
  if (options.here) {
    std::erase_if(reply.models, [](const protocol::ModelStatus& model) {
      return model.state != "default" && model.trust.empty() && model.problem.empty();
    });
  }
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(AnswerToJson(reply));
      break;
    case OutputMode::kPlain:
      session.Print(ModelListPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(ModelListPage(reply, session.display()));
      break;
  }
  return kExitOk;
}

struct AddOptions {
  std::string file;
  protocol::ModelAddRequest request;
};

Result<ExitCode> Add(Session& session, const AddOptions& options) {
  protocol::ModelAddRequest request = options.request;
  COPPICE_ASSIGN(request.path.value, AbsolutePath(options.file));
  COPPICE_ASSIGN(const protocol::ModelReply reply,
                 FollowModel<protocol::ModelReply>(session, Method::kModelAdd, request));
  PrintTaken(session, reply);
  return kExitOk;
}

Result<ExitCode> Pull(Session& session, const protocol::ModelPullRequest& request) {
  COPPICE_ASSIGN(const protocol::ModelReply reply,
                 FollowModel<protocol::ModelReply>(session, Method::kModelPull, request));
  PrintTaken(session, reply);
  return kExitOk;
}

struct NameOptions {
  std::string name;
};

Result<ExitCode> Verify(Session& session, const NameOptions& options) {
  COPPICE_ASSIGN(const protocol::ModelListReply reply,
                 FollowModel<protocol::ModelListReply>(session, Method::kModelVerify,
                                                       protocol::ModelRequest{options.name}));
  ExitCode code = kExitOk;
  for (const protocol::ModelStatus& model : reply.models) {
    if (!model.problem.empty()) code = ExitCodeOf(ErrorCode::kCorrupt);
  }
  switch (session.options().mode) {
    case OutputMode::kJson:
      PrintFinal(session, reply);
      break;
    case OutputMode::kPlain:
      session.Print(ModelListPlain(reply));
      break;
    case OutputMode::kHuman:
      for (const protocol::ModelStatus& model : reply.models) {
        session.Print(ModelPage(model, "", session.display()));
      }
      break;
  }
  if (reply.models.empty()) session.Note("no model is here but static/default\n");
  return code;
}

Result<ExitCode> Remove(Session& session, const NameOptions& options) {
  COPPICE_TRY(
      session.Call<protocol::Empty>(Method::kModelRemove, protocol::ModelRequest{options.name}));
  if (session.options().mode == OutputMode::kJson) {
    session.PrintJson(
        Json{{"schema", protocol::kJsonSchema}, {"removed", EscapeInvalidUtf8(options.name)}});
  }
  session.Note(fmt::format("removed {}\n", EscapeText(options.name)));
  return kExitOk;
}

Result<ExitCode> Bench(Session& session, const NameOptions& options) {
  COPPICE_ASSIGN(const protocol::ModelBenchReply reply,
                 FollowModel<protocol::ModelBenchReply>(session, Method::kModelBench,
                                                        protocol::ModelRequest{options.name}));
  switch (session.options().mode) {
    case OutputMode::kJson:
      PrintFinal(session, reply);
      break;
    case OutputMode::kPlain:
      session.Print(ModelBenchPlain(reply));
      break;
    case OutputMode::kHuman:
      session.Print(ModelBenchPage(reply, session.display()));
      break;
  }
  return kExitOk;
}

void AddTrustFlags(CLI::App& verb, std::string& sha256, bool& trust_first_use) {
  verb.add_option("--sha256", sha256, "The SHA-256 that the file must have")->type_name("HEX");
  verb.add_flag("--trust-first-use", trust_first_use,
                "Where no SHA-256 is known, pin the one of what comes");
}

void AddModelAddVerb(CLI::App& model, VerbBody& chosen) {
  auto options = std::make_shared<AddOptions>();
  protocol::ModelAddRequest& request = options->request;
  CLI::App* verb = AddVerb(model, "add", "Take a model from a file: no network is needed",
                           "coppice model add SmolLM2-135M-Instruct.Q4_1.gguf\n"
                           "coppice model add mine.gguf --name local/mine --use embed "
                           "--trust-first-use");
  verb->add_option("FILE", options->file, "A GGUF file that the daemon can read")
      ->type_name("")
      ->required();
  verb->add_option("--name", request.name,
                   "Which model it is (default: the one whose file is called so)")
      ->type_name("NAME");
  AddTrustFlags(*verb, request.sha256, request.trust_first_use);
  const char* group = "Of a model that is not in the catalogue";
  verb->add_option("--use", request.use, "What it is for: embed, rerank or generate")
      ->type_name("USE")
      ->check(OneOf({"embed", "rerank", "generate"}))
      ->group(group);
  verb->add_option("--dimensions", request.dimensions,
                   "Numbers of a vector (default: as the file says)")
      ->type_name("N")
      ->group(group);
  verb->add_option("--context", request.context_tokens,
                   "Tokens it takes at once (default: as the file says)")
      ->type_name("TOKENS")
      ->group(group);
  verb->add_option("--pooling", request.pooling, "mean, cls or last (default: as the file says)")
      ->type_name("POOLING")
      ->check(OneOf({"mean", "cls", "last"}))
      ->group(group);
  verb->add_option("--query-prefix", request.query_prefix, "Text before each query")
      ->type_name("TEXT")
      ->group(group);
  verb->add_option("--document-prefix", request.document_prefix, "Text before each document")
      ->type_name("TEXT")
      ->group(group);
  verb->add_flag("--no-normalise", request.no_normalise, "Leave vectors as long as they are")
      ->group(group);
  verb->add_option("--licence", request.licence, "Its licence (default: as the file says)")
      ->type_name("NAME")
      ->group(group);
  Choose(*verb, chosen, options, &Add);
}

void AddPullVerb(CLI::App& model, VerbBody& chosen) {
  auto request = std::make_shared<protocol::ModelPullRequest>();
  CLI::App* verb = AddVerb(model, "pull", "Download a model; what was cut short is gone on with",
                           "coppice model pull local/smollm2-135m-instruct\n"
                           "coppice model pull local/bge-m3:q8_0 --trust-first-use");
  verb->add_option("NAME", request->name, "As `coppice model list` shows it")
      ->type_name("")
      ->required();
  AddTrustFlags(*verb, request->sha256, request->trust_first_use);
  verb->add_option("--url", request->url, "Where to get it (default: from its publisher)")
      ->type_name("URL");
  verb->add_flag("--allow-http", request->allow_http, "Also without encryption");
  Choose(*verb, chosen, request, &Pull);
}

void AddNameVerb(CLI::App& model, VerbBody& chosen, const char* name, const char* purpose,
                 const char* examples, bool required,
                 Result<ExitCode> (*body)(Session&, const NameOptions&)) {
  auto options = std::make_shared<NameOptions>();
  CLI::App* verb = AddVerb(model, name, purpose, examples);
  verb->add_option("NAME", options->name,
                   required ? "As `coppice model list` shows it" : "One model (default: all here)")
      ->type_name("")
      ->required(required);
  Choose(*verb, chosen, options, body);
}

}  // namespace

void AddModelVerbs(CLI::App& app, VerbBody& chosen) {
  CLI::App* model = AddVerb(app, "model", "The models that are known, and those on this machine",
                            "coppice model list\n"
                            "coppice model add SmolLM2-135M-Instruct.Q4_1.gguf\n"
                            "coppice model verify");
  model->require_subcommand(1);
  auto list_options = std::make_shared<ListOptions>();
  CLI::App* list = AddVerb(*model, "list", "Every model that is known, and whether it is here",
                           "coppice model list\ncoppice model list --here --json");
  list->add_flag("--here", list_options->here, "Only those on this machine");
  Choose(*list, chosen, list_options, &List);
  AddPullVerb(*model, chosen);
  AddModelAddVerb(*model, chosen);
  AddNameVerb(*model, chosen, "verify", "Read a model's file and compare its SHA-256",
              "coppice model verify\ncoppice model verify local/bge-m3", false, &Verify);
  AddNameVerb(*model, chosen, "remove", "Delete a model, and forget the SHA-256 pinned to it",
              "coppice model remove local/bge-m3", true, &Remove);
  AddNameVerb(*model, chosen, "bench", "Measure an embedding model on this machine",
              "coppice model bench static/default\ncoppice model bench static/default --json", true,
              &Bench);
}

}  // namespace coppice::client
