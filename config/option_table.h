#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace coppice::config {

/// Where the value of an option lies in Settings.
template <class T>
using Getter = std::function<T*(Settings&)>;
using Texts = std::vector<std::string>;
using Member = std::variant<Getter<std::string>, Getter<std::int64_t>, Getter<bool>, Getter<Texts>>;

/// One option: everything that is known about it stands in its row.
struct Option {
  std::string name;  // "server.workers"
  Member member;
  std::string_view text;  // one sentence
  std::int64_t min = 0;   // integers only
  std::int64_t max = 0;
  bool secret = false;            // masked when printed
  bool reload = false;            // taken over on SIGHUP; otherwise needs a restart
  std::string_view choices = {};  // "debug info warning error"; empty = any text
};

/// The sections [backend.NAME].
inline constexpr std::string_view kBackend = "backend";

/// The section of the ranking weights, whose names the daemon knows and this table does not.
inline constexpr std::string_view kRanking = "ranking";

/// All but those of back ends.
std::span<const Option> AllOptions();

/// Those of [backend.NAME].
std::vector<Option> BackendOptions(const std::string& backend);

/// The row of that name, of a back end too; nothing where there is none.
std::optional<Option> FindOption(std::string_view name);

/// The known name that is spelled most like `name`, for error messages.
std::string_view NearestOption(std::string_view name);
/// Likewise of the sections, [ranking] among them.
std::string_view NearestSection(std::string_view name);

/// Sets an option from its text form, as environment and flags give it; several texts with commas
/// between them.
/// Errors: kInvalidArgument naming the option, the value and what is allowed.
Result<void> SetFromText(Settings& settings, const Option& option, std::string_view text);

/// Whether both hold the same value of the option; secrets are compared, not their mask.
bool SameValue(const Settings& a, const Settings& b, const Option& option);

/// The value as TOML would spell it; a secret that is set shows as "***".
std::string ToToml(const Settings& settings, const Option& option);

}  // namespace coppice::config
