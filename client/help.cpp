#include "client/help.h"

#include <sstream>
#include <string_view>
#include <vector>

#include "base/format.h"

namespace coppice::client {
namespace {

constexpr std::size_t kColumn = 26;  // where explanations begin
constexpr std::size_t kWidth = 80;

/// `name` and its explanation, wrapped between words.
std::string Entry(const std::string& name, const std::string& text) {
  std::string out = "  " + name;
  std::size_t column = out.size();
  if (column + 2 > kColumn) {
    out += "\n";
    column = 0;
  }
  out.append(kColumn - column, ' ');
  column = kColumn;
  std::istringstream words(text);
  bool first = true;
  for (std::string word; words >> word;) {
    if (!first && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(kColumn, ' ');
      column = kColumn;
    } else if (!first) {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  return out + "\n";
}

std::vector<const CLI::App*> VerbsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> Shown(const CLI::App& app, bool positional) {
  return app.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->get_positional() == positional;
  });
}

std::string Usage(const CLI::App& app) {
  std::string path = app.get_name();
  for (const CLI::App* parent = app.get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    path = parent->get_name() + " " + path;
  }
  std::string usage = "Usage: " + path + " [FLAGS]";
  for (const CLI::Option* argument : Shown(app, true)) {
    std::string name = argument->get_name(true);
    if (argument->get_expected_max() > 1) name += "...";
    usage += argument->get_required() ? " " + name : " [" + name + "]";
  }
  if (!VerbsOf(app).empty()) {
    const bool top = app.get_parent() == nullptr;
    usage += top ? " VERB [ARGUMENTS]" : " [VERB]";
  }
  return usage + "\n";
}

std::string FlagName(const CLI::Option& option) {
  std::string name = option.get_name(false, true);
  if (const std::size_t comma = name.find(','); comma != std::string::npos)
    name.insert(comma + 1, " ");
  const std::string value = option.get_type_size() == 0 ? "" : option.get_type_name();
  return value.empty() ? name : name + " " + value;
}

std::string Groups(const CLI::App& app) {
  std::string out;
  for (const std::string& group : app.get_groups()) {
    if (group.empty()) continue;
    std::string entries;
    for (const CLI::Option* option : Shown(app, false)) {
      if (option->get_group() == group) {
        entries += Entry(FlagName(*option), option->get_description());
      }
    }
    const std::string title = group == "Options" ? "Flags" : group;  // the library's default
    if (!entries.empty()) out += fmt::format("\n{}:\n{}", title, entries);
  }
  return out;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string text = app->get_description() + ".\n\n" + Usage(*app) + "\nExamples:\n";
  std::istringstream examples(app->get_footer());
  for (std::string line; std::getline(examples, line);) text += "  " + line + "\n";
  if (!VerbsOf(*app).empty()) text += "\nVerbs:\n";
  for (const CLI::App* verb : VerbsOf(*app))
    text += Entry(verb->get_name(), verb->get_description());
  if (!Shown(*app, true).empty()) text += "\nArguments:\n";
  for (const CLI::Option* argument : Shown(*app, true)) {
    text += Entry(argument->get_name(true), argument->get_description());
  }
  text += Groups(*app);
  if (app->get_parent() != nullptr) text += "\nGlobal flags: see `coppice --help`.\n";
  return text;
}

}  // namespace coppice::client
