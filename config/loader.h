#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace coppice::config {

/// Where settings come from, later ones winning: defaults, file, conf.d in name order, environment, flags.
struct Sources {
  /// Must exist when given; otherwise kDefaultFile is read if it is there. `conf.d/*.toml` beside
  /// it are read too.
  std::optional<std::filesystem::path> file;
  std::filesystem::path default_file = "/etc/coppice/coppice.toml";
  /// `COPPICE_SECTION__KEY` -> value; others that begin with COPPICE_ but hold no `__` are not settings.
  std::map<std::string, std::string> environment;
  /// Option name -> value.
  std::map<std::string, std::string> flags;
};

/// Settings, and for each that is not at its default where it was set ("/etc/…:12", "environment", "flag").
struct Loaded {
  Settings settings;
  std::map<std::string, std::string> origins;
  std::vector<std::string> files;  // that were read
};

/// Errors: kNotFound (a named file is missing), kPermissionDenied (a file or folder is there and
///         cannot be read), kInvalidArgument with file and line: TOML that does not parse, an unknown
///         key or section (with the nearest known one), a wrong type or range.
Result<Loaded> Load(const Sources& sources);

/// The process environment's COPPICE_ variables.
std::map<std::string, std::string> SettingsFromEnvironment();

/// Every option with value and origin, as TOML with comments; secrets masked.
std::string Print(const Loaded& loaded);

}  // namespace coppice::config
