#include <algorithm>
#include <utility>

#include "base/format.h"
#include "client/command_line.h"
#include "client/json_writer.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

/// Whether errors are wanted as JSON, also where the command line could not be understood.
bool AsksFor(const std::vector<std::string>& arguments, std::string_view flag) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::find(arguments.begin(), end, flag) != end;
}

void Report(const Error& error, bool json, bool stream, Terminal& terminal) {
  if (json) {
    Json object = ErrorToJson(error);
    if (stream) object["final"] = true;
    terminal.WriteOut(JsonLine(object));
    return;
  }
  terminal.WriteErr(ErrorText(error, Paint(terminal.err())));
}

int CodeOf(const Error& error, const Session& session, const std::stop_token& stop) {
  if (stop.stop_requested()) return kExitInterrupted;
  return session.no_daemon() ? kExitNoDaemon : ExitCodeOf(error.code);
}

}  // namespace

int RunCoppice(const std::vector<std::string>& arguments, const Environment& environment,
               std::FILE* out, std::FILE* err, const std::stop_token& stop) {
  const bool json = AsksFor(arguments, "--json");
  Terminal terminal(out, err, environment, AsksFor(arguments, "--plain"));
  const Result<Invocation> invocation = ParseCommandLine(arguments);
  int code = kExitOk;
  if (!invocation) {
    Report(invocation.error(), json, false, terminal);
    code = ExitCodeOf(invocation.error().code);
  } else if (!invocation->body) {
    terminal.WriteOut(invocation->text);
  } else {
    Session session(invocation->options, environment, terminal, stop);
    const Result<ExitCode> ended = invocation->body(session);
    code = ended ? *ended : CodeOf(ended.error(), session, stop);
    if (!ended) {
      // What a call failed with while it was being given up says nothing more.
      const Error interrupted = MakeError(ErrorCode::kCancelled, "interrupted");
      Report(stop.stop_requested() ? interrupted : ended.error(), json, session.streams_json(),
             terminal);
    }
  }
  if (!terminal.Flush() && code == kExitOk) {
    terminal.WriteErr("coppice: the output could not be written completely\n");
    code = kExitRetry;
  }
  return code;
}

}  // namespace coppice::client
