#pragma once

#include <optional>
#include <string_view>

#include "client/json_writer.h"
#include "client/progress_bar.h"
#include "client/session.h"

// What `add` and `sync` share: the stream of a call that may wait for jobs.
namespace coppice::client {

/// The stream of `add` or `sync`: progress to stderr, or as JSON lines with --wait --json.
template <class Reply, class Request>
Result<Reply> Follow(Session& session, protocol::Method method, const Request& request) {
  const bool json = session.options().mode == OutputMode::kJson;
  if (request.wait) session.set_streams_json();
  std::optional<ProgressBar> bar;
  if (!json && !session.options().quiet) {
    Terminal& terminal = session.terminal();
    bar.emplace(terminal.err(), ProgressBar::Seams{[&terminal](std::string_view text) {
                  terminal.WriteErr(text);
                }});
  }
  const auto on_part = [&](const protocol::Progress& progress) -> Result<void> {
    if (bar) bar->Update(progress);
    if (json && request.wait) {
      Json line = {{"schema", protocol::kJsonSchema}, {"event", "progress"}};
      line.update(MessageToJson(progress));
      session.PrintJson(line);
      if (!session.terminal().Flush()) {
        return MakeError(ErrorCode::kCancelled, "the output was closed");
      }
    }
    return {};
  };
  const Deadline deadline = request.wait ? session.LongDeadline() : session.ShortDeadline();
  return session.Stream<protocol::Progress, Reply>(method, request, on_part, deadline);
}

/// The answer as JSON: of a stream, the line that ends it.
template <class Reply>
void PrintFinalJson(Session& session, const Reply& reply, bool wait) {
  if (!wait) return session.PrintJson(AnswerToJson(reply));
  Json line = {{"schema", protocol::kJsonSchema}, {"event", "final"}};
  line.update(MessageToJson(reply));
  line["final"] = true;
  session.PrintJson(line);
}

}  // namespace coppice::client
