#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/format.h"

namespace coppice::config {
namespace {

#define COPPICE_MEMBER(path) [](Settings& s) { return &s.path; }
template <class T>
using Getter = T* (*)(Settings&);
using Text = Getter<std::string>;
using Int = Getter<std::int64_t>;
using Bool = Getter<bool>;

const std::array kOptions = {
    Option{.name = "state.directory",
           .member = Text(COPPICE_MEMBER(state.directory)),
           .text = "Where the daemon keeps what it must not lose; empty: by account."},
    Option{.name = "server.listen",
           .member = Text(COPPICE_MEMBER(server.listen)),
           .text = "The socket, ipc:///path; empty: by account."},
    Option{.name = "server.workers",
           .member = Int(COPPICE_MEMBER(server.workers)),
           .text = "Threads that answer requests.",
           .min = 1,
           .max = 256},
    Option{.name = "server.queue",
           .member = Int(COPPICE_MEMBER(server.queue)),
           .text = "Requests that may wait in each lane before more are refused.",
           .min = 1,
           .max = 100000},
    Option{.name = "server.max_inflight",
           .member = Int(COPPICE_MEMBER(server.max_inflight)),
           .text = "Requests of one client at a time.",
           .min = 1,
           .max = 10000},
    Option{.name = "server.drain_seconds",
           .member = Int(COPPICE_MEMBER(server.drain_seconds)),
           .text = "How long running requests may take when the daemon stops.",
           .min = 0,
           .max = 600},
    Option{.name = "database.url",
           .member = Text(COPPICE_MEMBER(database.url)),
           .text = "PostgreSQL to use, as libpq takes it; empty: a private cluster.",
           .secret = true},
    Option{.name = "database.migrate",
           .member = Bool(COPPICE_MEMBER(database.migrate)),
           .text = "Bring the schema up to date at start; false: refuse to start and name what is "
                   "missing."},
    Option{.name = "database.max_connections",
           .member = Int(COPPICE_MEMBER(database.max_connections)),
           .text = "Connections the daemon opens at most.",
           .min = 2,
           .max = 200},
    Option{.name = "database.private_user",
           .member = Text(COPPICE_MEMBER(database.private_user)),
           .text = "Account of the private cluster when the daemon is started as root; empty: "
                   "coppice, postgres or nobody."},
    Option{.name = "database.private_bin_directory",
           .member = Text(COPPICE_MEMBER(database.private_bin_directory)),
           .text = "Folder with initdb and postgres; empty: the newest installed."},
    Option{.name = "index.parser_workers",
           .member = Int(COPPICE_MEMBER(index.parser_workers)),
           .text = "Processes that parse.",
           .min = 1,
           .max = 128},
    Option{.name = "index.parse_timeout_seconds",
           .member = Int(COPPICE_MEMBER(index.parse_timeout_seconds)),
           .text = "How long one file may take before its parser is killed.",
           .min = 1,
           .max = 600},
    Option{.name = "index.poll_seconds",
           .member = Int(COPPICE_MEMBER(index.poll_seconds)),
           .text = "How often the refs of local repositories are looked at.",
           .min = 1,
           .max = 86400,
           .reload = true},
    Option{.name = "index.sandbox",
           .member = Text(COPPICE_MEMBER(index.sandbox)),
           .text = "Where the kernel refuses to confine a parser: require: do not start; prefer: "
                   "warn and go on. off: do not try.",
           .choices = "require prefer off"},
    Option{.name = "memory.limit_mib",
           .member = Int(COPPICE_MEMBER(memory.limit_mib)),
           .text = "Ceiling, in MiB, of what daemon, parsers and private database hold; 0: three "
                   "quarters of what the machine or its control group has.",
           .min = 0,
           .max = 1 << 24},
    Option{.name = "vector.index",
           .member = Text(COPPICE_MEMBER(vector.index)),
           .text = "Where vectors are searched: memory: fastest; database: pgvector, for indexes "
                   "larger than memory. Changing it back and forth loses nothing.",
           .choices = "memory database"},
    Option{.name = "embedding.model",
           .member = Text(COPPICE_MEMBER(embedding.model)),
           .text = "The model that makes vectors, BACKEND/MODEL."},
    Option{.name = "log.level",
           .member = Text(COPPICE_MEMBER(log.level)),
           .text = "debug, info, warning or error.",
           .reload = true,
           .choices = "debug info warning error"},
};
#undef COPPICE_MEMBER

/// Levenshtein distance.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, replace});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool IsChoice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t space = std::min(choices.find(' '), choices.size());
    if (choices.substr(0, space) == value) return true;
    choices.remove_prefix(std::min(space + 1, choices.size()));
  }
  return false;
}

Error BadValue(const Option& option, std::string_view value, std::string allowed) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("{} = {}: not allowed", option.name,
                               option.secret ? "***" : std::string(value)),
                   std::move(allowed));
}

/// The getters only give the place.
Settings& Readable(const Settings& settings) { return const_cast<Settings&>(settings); }

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::span<const Option> AllOptions() { return kOptions; }

const Option* FindOption(std::string_view name) {
  const auto* found = std::find_if(kOptions.begin(), kOptions.end(),
                                   [&](const Option& option) { return option.name == name; });
  return found == kOptions.end() ? nullptr : found;
}

std::string_view NearestOption(std::string_view name) {
  const auto* nearest = std::min_element(
      kOptions.begin(), kOptions.end(), [&](const Option& a, const Option& b) {
        return Distance(a.name, name) < Distance(b.name, name);
      });
  return nearest->name;
}

std::string_view NearestSection(std::string_view name) {
  std::string_view nearest = kRanking;
  for (const Option& option : kOptions) {
    const std::string_view section = option.name.substr(0, option.name.find('.'));
    if (Distance(section, name) < Distance(nearest, name)) nearest = section;
  }
  return nearest;
}

Result<void> SetFromText(Settings& settings, const Option& option, std::string_view text) {
  if (const auto* get = std::get_if<Text>(&option.member)) {
    if (!option.choices.empty() && !IsChoice(option.choices, text)) {
      return BadValue(option, text, fmt::format("use one of: {}", option.choices));
    }
    *(*get)(settings) = text;
    return {};
  }
  if (const auto* get = std::get_if<Int>(&option.member)) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || end != text.data() + text.size() || value < option.min ||
        value > option.max) {
      return BadValue(option, text,
                      fmt::format("use a whole number from {} to {}", option.min, option.max));
    }
    *(*get)(settings) = value;
    return {};
  }
  if (text != "true" && text != "false") return BadValue(option, text, "use true or false");
  *std::get<Bool>(option.member)(settings) = text == "true";
  return {};
}

bool SameValue(const Settings& a, const Settings& b, const Option& option) {
  return std::visit([&](auto get) { return *get(Readable(a)) == *get(Readable(b)); },
                    option.member);
}

std::string ToToml(const Settings& settings, const Option& option) {
  Settings& readable = Readable(settings);
  if (const auto* get = std::get_if<Text>(&option.member)) {
    const std::string& value = *(*get)(readable);
    return option.secret && !value.empty() ? "\"***\"" : Quoted(value);
  }
  if (const auto* get = std::get_if<Int>(&option.member)) {
    return fmt::format("{}", *(*get)(readable));
  }
  return *std::get<Bool>(option.member)(readable) ? "true" : "false";
}

}  // namespace coppice::config
