#include <chrono>
#include <memory>
#include <string>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"
#include "client/verbs/verbs.h"
#include "client/version.h"

namespace coppice::client {
namespace {

using protocol::Method;

struct NoOptions {};

Result<ExitCode> Ping(Session& session, const NoOptions&) {
  const Deadline deadline = session.ShortDeadline();
  COPPICE_ASSIGN(protocol::Client* const client, session.Connect(deadline));
  const auto start = std::chrono::steady_clock::now();
  COPPICE_TRY(client->Call<protocol::Empty>(Method::kPing, protocol::Empty{}, deadline));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  COPPICE_ASSIGN(const protocol::HealthReply health,
                 client->Call<protocol::HealthReply>(Method::kHealth, protocol::Empty{}, deadline));
  const std::string& version = client->hello().version;
  switch (session.options().mode) {
    case OutputMode::kJson: {
      Json json = {{"schema", protocol::kJsonSchema},
                   {"endpoint", client->endpoint()},
                   {"version", version}};
      json.update(MessageToJson(health));
      json["took_ms"] = took.count();
      session.PrintJson(json);
      break;
    }
    case OutputMode::kPlain:
      session.Print(PlainLine({client->endpoint(), version, health.state, health.detail,
                               fmt::format("{:.3f}", took.count())}));
      break;
    case OutputMode::kHuman: {
      const Paint paint(session.display());
      const Look look = health.state == "ready" ? Look::kGood : Look::kWarning;
      std::string line = fmt::format("coppiced {} at {} is {}", EscapeText(version),
                                     client->endpoint(), paint(look, EscapeText(health.state)));
      if (!health.detail.empty()) line += fmt::format(" ({})", EscapeText(health.detail));
      session.Print(line + fmt::format(", {:.2f} ms\n", took.count()));
      break;
    }
  }
  return kExitOk;
}

/// Also works without a daemon: its version is then unknown.
Result<ExitCode> ShowVersion(Session& session, const NoOptions&) {
  const Result<protocol::Client*> client = session.Connect(session.ShortDeadline());
  if (!client && !session.no_daemon()) return client.error();
  const std::string daemon = client ? (*client)->hello().version : "";
  switch (session.options().mode) {
    case OutputMode::kJson:
      session.PrintJson(Json{{"schema", protocol::kJsonSchema},
                             {"client", kVersion},
                             {"daemon", client ? Json(daemon) : Json(nullptr)},
                             {"wire", protocol::kWireMajor}});
      break;
    case OutputMode::kPlain:
      session.Print(
          PlainLine({std::string(kVersion), daemon, fmt::format("{}", protocol::kWireMajor)}));
      break;
    case OutputMode::kHuman:
      session.Print(fmt::format("coppice   {}\ncoppiced  {}\nwire      {}\n", kVersion,
                                client ? EscapeText(daemon) : "not running", protocol::kWireMajor));
      break;
  }
  return kExitOk;
}

}  // namespace

void AddDaemonVerbs(CLI::App& app, VerbBody& chosen) {
  CLI::App* ping = AddVerb(app, "ping", "Ask the daemon whether it is there, and time it",
                           "coppice ping\ncoppice ping --connect tcp://build1:7420 --timeout 2");
  Choose(*ping, chosen, std::make_shared<NoOptions>(), &Ping);
  CLI::App* version = AddVerb(app, "version", "The versions of this program, the daemon, the wire",
                              "coppice version\ncoppice version --json");
  Choose(*version, chosen, std::make_shared<NoOptions>(), &ShowVersion);
}

}  // namespace coppice::client
