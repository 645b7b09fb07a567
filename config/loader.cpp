#include "config/loader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

#include <toml++/toml.h>

#include "base/format.h"
#include "config/option_table.h"

namespace coppice::config {
namespace {

namespace fs = std::filesystem;

Error Unknown(const std::string& origin, const std::string& name) {
  return MakeError(
      ErrorCode::kInvalidArgument, fmt::format("{}: unknown setting '{}'", origin, name),
      fmt::format("did you mean '{}'? `coppiced --print-config` lists all", NearestOption(name)));
}

Error UnknownSection(const std::string& origin, const std::string& name) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("{}: unknown section '[{}]'", origin, name),
                   fmt::format("did you mean '[{}]'? `coppiced --print-config` lists all",
                               NearestSection(name)));
}

/// A TOML scalar as the text form that SetFromText takes; nothing for arrays, dates and floats.
std::optional<std::string> ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

/// Texts with commas between them; nothing where one is no text or holds a comma itself.
std::optional<std::string> ListText(const toml::array& array) {
  std::string text;
  for (const toml::node& node : array) {
    const auto* value = node.as_string();
    if (value == nullptr || value->get().find(',') != std::string::npos) return std::nullopt;
    text += (text.empty() ? "" : ",") + value->get();
  }
  return text;
}

/// What one file says, applied to `loaded` key by key.
class FileReader {
 public:
  FileReader(std::string file, Loaded& loaded) : file_(std::move(file)), loaded_(loaded) {}

  Result<void> Read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name =
          prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
      if (const auto* inner = node.as_table()) {
        if (inner->empty() && !IsSection(name)) return UnknownSection(Origin(node), name);
        COPPICE_TRY(Read(*inner, name));
      } else {
        COPPICE_TRY(Set(name, node));
      }
    }
    return {};
  }

 private:
  /// [ranking]'s subtables are the daemon's to check; [backend.NAME] is whatever it is called.
  static bool IsSection(const std::string& name) {
    return name == NearestSection(name) || name.starts_with(std::string(kRanking) + ".") ||
           FindOption(name + ".kind").has_value();
  }

  [[nodiscard]] std::string Origin(const toml::node& node) const {
    return fmt::format("{}:{}", file_, node.source().begin.line);
  }

  Result<void> Set(const std::string& name, const toml::node& node) {
    const std::string origin = Origin(node);
    if (name.starts_with(std::string(kRanking) + ".")) return SetRanking(name, node, origin);
    const auto option = FindOption(name);
    if (!option) return Unknown(origin, name);
    const auto text = node.is_array() ? ListText(*node.as_array()) : ScalarText(node);
    if (!text || TypeDiffers(*option, node)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("{}: {} has the wrong type", origin, name),
                       fmt::format("its default is {}", ToToml(Settings{}, *option)));
    }
    if (auto set = SetFromText(loaded_.settings, *option, *text); !set) {
      return set.error().WithContext(origin);
    }
    loaded_.origins[name] = origin;
    return {};
  }

  static bool TypeDiffers(const Option& option, const toml::node& node) {
    if (std::holds_alternative<Getter<std::string>>(option.member)) return !node.is_string();
    if (std::holds_alternative<Getter<bool>>(option.member)) return !node.is_boolean();
    if (std::holds_alternative<Getter<Texts>>(option.member)) return !node.is_array();
    return !node.is_integer();
  }

  Result<void> SetRanking(const std::string& name, const toml::node& node,
                          const std::string& origin) {
    const auto number = node.value<double>();
    if (!number) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("{}: {} is not a number", origin, name));
    }
    loaded_.settings.ranking[name.substr(kRanking.size() + 1)] = *number;
    loaded_.origins[name] = origin;
    return {};
  }

  std::string file_;
  Loaded& loaded_;
};

/// Only what is not there is kNotFound.
Error CannotRead(std::string_view what, const fs::path& path, std::error_code status) {
  const bool missing = status == std::errc::no_such_file_or_directory;
  return MakeError(
      missing ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
      fmt::format("configuration {} {} cannot be read: {}", what, path.string(), status.message()),
      missing ? "" : fmt::format("let the account of coppiced read {}", path.string()));
}

Result<void> ReadFile(const fs::path& path, Loaded& loaded) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> block{};
  while (stream && !stream.eof()) {
    stream.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof()) {
    return CannotRead("file", path, std::error_code(errno, std::generic_category()));
  }
  try {
    const toml::table table = toml::parse(text, path.string());
    COPPICE_TRY(FileReader(path.string(), loaded).Read(table, ""));
  } catch (const toml::parse_error& error) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{}:{}: {}", path.string(), error.source().begin.line, error.description()));
  }
  loaded.files.push_back(path.string());
  return {};
}

/// The .toml files of a folder in name order; none where there is no such folder.
Result<std::vector<fs::path>> TomlFilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code status;
  fs::directory_iterator entry(folder, status);
  if (status == std::errc::no_such_file_or_directory) return files;
  for (; !status && entry != fs::directory_iterator(); entry.increment(status)) {
    if (entry->path().extension() == ".toml") files.push_back(entry->path());
  }
  if (status) return CannotRead("folder", folder, status);
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> ReadFiles(const Sources& sources, Loaded& loaded) {
  const fs::path file = sources.file.value_or(sources.default_file);
  auto read = ReadFile(file, loaded);
  if (!read && (sources.file || read.error().code != ErrorCode::kNotFound)) return read;
  COPPICE_ASSIGN(const auto parts, TomlFilesIn(file.parent_path() / "conf.d"));
  for (const fs::path& part : parts) COPPICE_TRY(ReadFile(part, loaded));
  return {};
}

/// "COPPICE_SERVER__MAX_INFLIGHT" -> "server.max_inflight".
std::string OptionOfVariable(std::string_view variable) {
  variable.remove_prefix(std::string_view("COPPICE_").size());
  std::string name;
  for (std::size_t i = 0; i < variable.size(); ++i) {
    if (variable.substr(i).starts_with("__")) {
      name += '.';
      ++i;
    } else {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(variable[i])));
    }
  }
  return name;
}

Result<void> SetNamed(Loaded& loaded, const std::string& name, const std::string& value,
                      const std::string& origin) {
  const auto option = FindOption(name);
  if (!option) return Unknown(origin, name);
  if (auto set = SetFromText(loaded.settings, *option, value); !set) {
    return set.error().WithContext(origin);
  }
  loaded.origins[name] = origin;
  return {};
}

}  // namespace

Result<Loaded> Load(const Sources& sources) {
  Loaded loaded;
  COPPICE_TRY(ReadFiles(sources, loaded));
  for (const auto& [variable, value] : sources.environment) {
    if (!variable.starts_with("COPPICE_") || variable.find("__") == std::string::npos) continue;
    COPPICE_TRY(SetNamed(loaded, OptionOfVariable(variable), value, "environment " + variable));
  }
  for (const auto& [name, value] : sources.flags) {
    COPPICE_TRY(SetNamed(loaded, name, value, "flag"));
  }
  return loaded;
}

std::map<std::string, std::string> SettingsFromEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const std::size_t equals = line.find('=');
    if (!line.starts_with("COPPICE_") || equals == std::string_view::npos) continue;
    variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

namespace {

/// One option and where it was set, under its section's head where that begins with it.
void PrintOption(const Loaded& loaded, const Option& option, std::string& section,
                 std::string& out) {
  const std::size_t dot = option.name.rfind('.');
  if (option.name.substr(0, dot) != section) {
    section = option.name.substr(0, dot);
    out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
  }
  const auto origin = loaded.origins.find(option.name);
  out += fmt::format("# {}{}\n", option.text, option.reload ? "" : " Needs a restart.");
  out +=
      fmt::format("{} = {}  # {}\n", option.name.substr(dot + 1), ToToml(loaded.settings, option),
                  origin == loaded.origins.end() ? "default" : origin->second);
}

}  // namespace

std::string Print(const Loaded& loaded) {
  std::string out;
  std::string section;
  for (const Option& option : AllOptions()) PrintOption(loaded, option, section, out);
  for (const auto& [name, backend] : loaded.settings.backends) {
    for (const Option& option : BackendOptions(name)) PrintOption(loaded, option, section, out);
  }
  if (!loaded.settings.ranking.empty()) out += fmt::format("\n[{}]\n", kRanking);
  for (const auto& [name, value] : loaded.settings.ranking) {
    out += fmt::format("{} = {}  # {}\n", name, value,
                       loaded.origins.at(fmt::format("{}.{}", kRanking, name)));
  }
  return out;
}

}  // namespace coppice::config
