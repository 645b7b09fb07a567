#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/format.h"

namespace coppice::config {
namespace {

#define COPPICE_MEMBER(path) [](Settings& s) { return &s.path; }
using Text = Getter<std::string>;
using Int = Getter<std::int64_t>;
using Bool = Getter<bool>;
using List = Getter<Texts>;

std::vector<Option> MakeOptions() {
  return {
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
             .text =
                 "Bring the schema up to date at start; false: refuse to start and name what is "
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
      Option{.name = "models.embedding",
             .member = List(COPPICE_MEMBER(models.embedding)),
             .text =
                 "The model that makes vectors, BACKEND/MODEL; more of them: where else the same "
                 "model runs, asked when those before do not answer. Empty: the one that `coppice "
                 "model use` chose, at first static/default."},
      Option{.name = "models.generation",
             .member = List(COPPICE_MEMBER(models.generation)),
             .text =
                 "The models that write answers, each asked when those before it do not answer. "
                 "Empty: answers are extracts."},
      Option{.name = "daemon.roles",
             .member = List(COPPICE_MEMBER(daemon.roles)),
             .text =
                 "What this daemon does of: index (reads repositories), embed (makes vectors), "
                 "serve (answers searches). Several daemons on one database may share the work.",
             .choices = "index embed serve"},
      Option{.name = "log.level",
             .member = Text(COPPICE_MEMBER(log.level)),
             .text = "debug, info, warning or error.",
             .reload = true,
             .choices = "debug info warning error"},
  };
}
#undef COPPICE_MEMBER

const std::vector<Option>& Options() {
  static const std::vector<Option> kOptions = MakeOptions();
  return kOptions;
}

/// "backend.vllm.url" -> "vllm"; "" for another name.
std::string BackendOf(std::string_view name) {
  if (!name.starts_with(std::string(kBackend) + ".")) return "";
  name.remove_prefix(kBackend.size() + 1);
  const std::string_view backend = name.substr(0, name.find('.'));
  const bool sound =
      !backend.empty() && backend.size() < name.size() && backend != "static" &&
      backend.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
  return sound ? std::string(backend) : "";
}

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
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("{} = {}: not allowed", option.name, option.secret ? "***" : std::string(value)),
      std::move(allowed));
}

/// Without the blanks around each; nothing for nothing.
Texts SplitAtCommas(std::string_view text) {
  Texts values;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view value = text.substr(0, comma);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (!value.empty()) values.emplace_back(value);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return values;
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

std::span<const Option> AllOptions() { return Options(); }

std::vector<Option> BackendOptions(const std::string& backend) {
  const auto name = [&](std::string_view key) {
    return fmt::format("{}.{}.{}", kBackend, backend, key);
  };
#define COPPICE_MEMBER(path) [backend](Settings& s) { return &s.backends[backend].path; }
  return {
      Option{.name = name("kind"),
             .member = Text(COPPICE_MEMBER(kind)),
             .text = "openai: a server that speaks the OpenAI protocol; llama: llama.cpp in this "
                     "process, which runs the models of `coppice model` (`local` is of this kind "
                     "without being named).",
             .choices = "openai llama"},
      Option{.name = name("url"),
             .member = Text(COPPICE_MEMBER(url)),
             .text = "openai: what stands before /embeddings, http://127.0.0.1:8000/v1."},
      Option{.name = name("key_file"),
             .member = Text(COPPICE_MEMBER(key_file)),
             .text = "openai: the file with the key, which nobody else may read, or without a / "
                     "the name of a systemd credential; empty: none is sent."},
      Option{.name = name("ca_file"),
             .member = Text(COPPICE_MEMBER(ca_file)),
             .text = "openai: certificates in PEM to trust instead of the system's."},
      Option{.name = name("max_inflight"),
             .member = Int(COPPICE_MEMBER(max_inflight)),
             .text = "openai: requests to the server at a time.",
             .min = 1,
             .max = 256},
      Option{.name = name("gpu"),
             .member = Text(COPPICE_MEMBER(gpu)),
             .text =
                 "llama: auto: a GPU where there is one that has room, else the processor; off: "
                 "never; require: an error where there is none.",
             .choices = "auto off require"},
      Option{.name = name("gpu_layers"),
             .member = Int(COPPICE_MEMBER(gpu_layers)),
             .text = "llama: layers of a model that go to the GPU.",
             .min = 0,
             .max = 999},
      Option{.name = name("threads"),
             .member = Int(COPPICE_MEMBER(threads)),
             .text = "llama: threads of a model; 0: half of the processors.",
             .min = 0,
             .max = 1024},
      Option{.name = name("context_tokens"),
             .member = Int(COPPICE_MEMBER(context_tokens)),
             .text = "llama: prompt and answer of a text model together; 0: 8192, or what the "
                     "model was made for if that is less.",
             .min = 0,
             .max = 1 << 20},
      Option{.name = name("batch_tokens"),
             .member = Int(COPPICE_MEMBER(batch_tokens)),
             .text = "llama: tokens that are run together.",
             .min = 32,
             .max = 1 << 17},
  };
#undef COPPICE_MEMBER
}

std::optional<Option> FindOption(std::string_view name) {
  const std::string backend = BackendOf(name);
  const std::vector<Option> options = backend.empty() ? Options() : BackendOptions(backend);
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& option) { return option.name == name; });
  return found == options.end() ? std::nullopt : std::optional(*found);
}

std::string_view NearestOption(std::string_view name) {
  const auto nearest =
      std::min_element(Options().begin(), Options().end(), [&](const Option& a, const Option& b) {
        return Distance(a.name, name) < Distance(b.name, name);
      });
  return nearest->name;
}

std::string_view NearestSection(std::string_view name) {
  std::string_view nearest =
      Distance(kBackend, name) < Distance(kRanking, name) ? kBackend : kRanking;
  for (const Option& option : Options()) {
    const std::string_view section = std::string_view(option.name).substr(0, option.name.find('.'));
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
  if (const auto* get = std::get_if<List>(&option.member)) {
    Texts values = SplitAtCommas(text);
    for (const std::string& value : values) {
      if (!option.choices.empty() && !IsChoice(option.choices, value)) {
        return BadValue(option, value, fmt::format("use some of: {}", option.choices));
      }
    }
    *(*get)(settings) = std::move(values);
    return {};
  }
  if (text != "true" && text != "false") return BadValue(option, text, "use true or false");
  *std::get<Bool>(option.member)(settings) = text == "true";
  return {};
}

bool SameValue(const Settings& a, const Settings& b, const Option& option) {
  return std::visit([&](const auto& get) { return *get(Readable(a)) == *get(Readable(b)); },
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
  if (const auto* get = std::get_if<List>(&option.member)) {
    Texts quoted;
    for (const std::string& value : *(*get)(readable)) quoted.push_back(Quoted(value));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  }
  return *std::get<Bool>(option.member)(readable) ? "true" : "false";
}

}  // namespace coppice::config
