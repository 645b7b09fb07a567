#include "client/command_line.h"

#include <charconv>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/edit_distance.h"
#include "base/format.h"
#include "client/help.h"
#include "client/render/escape.h"
#include "client/verbs/verbs.h"
#include "client/version.h"

namespace coppice::client {
namespace {

struct Tree {
  GlobalOptions options;
  bool json = false;
  bool plain = false;
  VerbBody chosen;
  CLI::App app{"Asks coppiced, which indexes git repositories, about their code", "coppice"};
};

std::string CheckSeconds(const std::string& text) {
  double seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, seconds);
  const bool number = problem == std::errc() && end == last;
  return number && seconds > 0 && seconds <= 1e6 ? ""
                                                 : "'" + text + "' is no number of seconds above 0";
}

void AddGlobalFlags(Tree& tree) {
  CLI::App& app = tree.app;
  const char* group = "Global flags, before or after the verb";
  app.add_option("--connect", tree.options.connect,
                 "Where the daemon is; several: the first that answers")
      ->type_name("E[,E2]")
      ->group(group);
  CLI::Option* json =
      app.add_flag("--json", tree.json, "One JSON object, or a line for each of a stream")
          ->group(group);
  app.add_flag("--plain", tree.plain, "Tab-separated lines without colours")
      ->excludes(json)
      ->group(group);
  app.add_option("--timeout", tree.options.timeout_seconds,
                 "Give up after S seconds (default: 30; with --wait never)")
      ->type_name("S")
      ->check(&CheckSeconds)
      ->group(group);
  CLI::Option* quiet =
      app.add_flag("-q,--quiet", tree.options.quiet, "No messages and no progress")->group(group);
  app.add_flag("-v,--verbose", tree.options.verbose, "Say which daemon answers")
      ->excludes(quiet)
      ->group(group);
  app.set_help_flag("-h,--help", "Print this help")->group(group);
  app.set_version_flag("--version", "coppice " + std::string(kVersion), "Print the version")
      ->group(group);
}

std::unique_ptr<Tree> MakeTree() {
  auto tree = std::make_unique<Tree>();
  CLI::App& app = tree->app;
  app.formatter(std::make_shared<HelpFormatter>());
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "coppice add . --wait\n"
      "coppice search \"where is a failed job retried\"\n"
      "coppice status");
  AddGlobalFlags(*tree);
  AddAddVerb(app, tree->chosen);
  AddRepositoryVerbs(app, tree->chosen);
  AddFindVerbs(app, tree->chosen);
  AddAskVerbs(app, tree->chosen);
  AddModelVerbs(app, tree->chosen);
  AddUpkeepVerbs(app, tree->chosen);
  AddDaemonVerbs(app, tree->chosen);
  return tree;
}

std::vector<std::string> NamesOfVerbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

Error UsageError(const CLI::App& app, const CLI::ParseError& problem) {
  std::string verb;
  for (std::vector<CLI::App*> chosen = app.get_subcommands(); !chosen.empty();
       chosen = chosen.front()->get_subcommands()) {
    verb += (verb.empty() ? "" : " ") + chosen.front()->get_name();
  }
  if (!verb.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     EscapeText(fmt::format("{}: {}", verb, problem.what())),
                     fmt::format("see `coppice {} --help`", verb));
  }
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty() || rest.front().starts_with('-')) {
    const bool no_verb = rest.empty() && problem.get_name() == "RequiredError";
    return MakeError(ErrorCode::kInvalidArgument, no_verb ? "no verb is given" : problem.what(),
                     no_verb ? fmt::format("give one of {}; see `coppice --help`",
                                           fmt::join(NamesOfVerbs(app), ", "))
                             : "see `coppice --help`");
  }
  constexpr std::size_t kFarthest = 2;  // further away is no slip of the keys
  const std::string nearest = NearestWord(rest.front(), NamesOfVerbs(app), kFarthest);
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("there is no verb '{}'", EscapeText(rest.front())),
                   nearest.empty() ? "see `coppice --help`"
                                   : fmt::format("did you mean `coppice {}`?", nearest));
}

void Describe(const CLI::App& app, const std::string& name, std::vector<VerbDescription>& out) {
  VerbDescription verb;
  verb.name = name;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // not shown
    if (option->get_positional()) verb.arguments.push_back(option->get_name(true));
    for (const std::string& flag : option->get_snames()) verb.flags.push_back("-" + flag);
    for (const std::string& flag : option->get_lnames()) verb.flags.push_back("--" + flag);
  }
  out.push_back(std::move(verb));
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    Describe(*inner, name.empty() ? inner->get_name() : name + " " + inner->get_name(), out);
  }
}

}  // namespace

CLI::App* AddVerb(CLI::App& app, const char* name, const char* purpose, const char* examples) {
  CLI::App* verb = app.add_subcommand(name, purpose);
  verb->footer(examples);
  verb->fallthrough();
  return verb;
}

Result<Invocation> ParseCommandLine(const std::vector<std::string>& arguments) {
  const std::unique_ptr<Tree> tree = MakeTree();
  Invocation invocation;
  try {
    // The library takes them from the back.
    tree->app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& wanted) {  // --help, --version
    std::ostringstream out;
    tree->app.exit(wanted, out, out);
    invocation.text = out.str();
    return invocation;
  } catch (const CLI::ParseError& problem) {
    return UsageError(tree->app, problem);
  } catch (const std::exception& problem) {
    return MakeError(ErrorCode::kInternal, fmt::format("command line: {}", problem.what()));
  }
  invocation.options = tree->options;
  if (tree->json) invocation.options.mode = OutputMode::kJson;
  if (tree->plain) invocation.options.mode = OutputMode::kPlain;
  invocation.body = std::move(tree->chosen);
  return invocation;
}

std::vector<VerbDescription> DescribeCommandLine() {
  std::vector<VerbDescription> verbs;
  Describe(MakeTree()->app, "", verbs);
  return verbs;
}

}  // namespace coppice::client
