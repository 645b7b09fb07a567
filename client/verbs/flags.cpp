#include "client/verbs/flags.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "client/locator.h"

namespace coppice::client {
namespace {

/// A flag that may be given several times, with one value each: what follows is an argument.
CLI::Option* Repeated(CLI::App& verb, const char* name, std::vector<std::string>& values,
                      const char* help) {
  return verb.add_option(name, values, help)->allow_extra_args(false);
}

std::string CheckCount(const std::string& text) {
  std::uint32_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, count);
  const bool whole = problem == std::errc() && end == last;
  return whole && count > 0 ? "" : "'" + text + "' is no whole number from 1 on";
}

}  // namespace

std::function<std::string(const std::string&)> OneOf(std::vector<std::string> values) {
  return [values = std::move(values)](const std::string& text) {
    if (std::find(values.begin(), values.end(), text) != values.end()) return std::string();
    return fmt::format("'{}' is none of {}", text, fmt::join(values, ", "));
  };
}

void AddViewFlags(CLI::App& verb, ViewFlags& flags) {
  const char* group = "View";
  Repeated(verb, "--repo", flags.repos, "Only these repositories; may be repeated")
      ->type_name("NAME|PATH|GLOB")
      ->group(group);
  verb.add_option("--ref", flags.ref,
                  "The followed branch or tag to read (default: HEAD, else the first by name)")
      ->type_name("REF")
      ->group(group);
  verb.add_option("--at", flags.at,
                  "The commit a followed ref stands at: 7 digits of its id or more")
      ->type_name("COMMIT")
      ->group(group);
  verb.add_option("--wait-for", flags.wait_for, "Wait until this commit is served")
      ->type_name("COMMIT")
      ->group(group);
  verb.add_option("--worktree", flags.worktree)->group("");  // not shown: refused with a reason
}

Result<protocol::ViewSelector> ToViewSelector(const ViewFlags& flags) {
  if (!flags.worktree.empty()) {
    return MakeError(ErrorCode::kUnsupported,
                     "--worktree: this version answers from the heads of followed refs only",
                     "commit the change and use --wait-for COMMIT");
  }
  protocol::ViewSelector view;
  for (const std::string& repo : flags.repos) {
    COPPICE_ASSIGN(std::string argument, RepositoryArgument(repo));
    view.repos.push_back(std::move(argument));
  }
  view.ref = flags.ref;
  view.at = flags.at;
  view.wait_for = flags.wait_for;
  return view;
}

void AddFilterFlags(CLI::App& verb, protocol::Filter& filter) {
  const char* group = "Filters";
  Repeated(verb, "--lang", filter.languages, "Only this language, for example cpp; may be repeated")
      ->type_name("LANG")
      ->group(group);
  Repeated(verb, "--path", filter.paths,
           "Only paths that match; ** crosses folders; may be repeated")
      ->type_name("GLOB")
      ->group(group);
  Repeated(verb, "--kind", filter.kinds, "Only this kind: function, class, ...; may be repeated")
      ->type_name("KIND")
      ->group(group);
  Repeated(verb, "--content", filter.contents, "code, doc or text; may be repeated")
      ->type_name("CONTENT")
      ->check(OneOf({"code", "doc", "text"}))
      ->group(group);
}

void AddSizeFlags(CLI::App& verb, SizeFlags& flags) {
  const char* group = "Size";
  verb.add_option("--limit", flags.limit, "At most N hits (default: 10)")
      ->type_name("N")
      ->check(&CheckCount)
      ->group(group);
  verb.add_option("--budget", flags.budget_tokens, "At most so many tokens of text in all hits")
      ->type_name("TOKENS")
      ->check(&CheckCount)
      ->group(group);
  verb.add_option("--cursor", flags.cursor, "Go on where the page before ended")
      ->type_name("CURSOR")
      ->group(group);
}

}  // namespace coppice::client
