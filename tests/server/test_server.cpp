#include "tests/server/test_server.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "protocol/codec.h"
#include "protocol/endpoint.h"

namespace coppice::server {
namespace {

using protocol::Method;

Result<protocol::SearchReply> Search(Probe& probe, const protocol::SearchRequest& request,
                                     const Deadline& deadline) {
  if (request.query == "throw") throw std::runtime_error("thrown by a handler");
  if (request.query == "wait") {
    const Result<void> waited = probe.gate.Wait(deadline);
    if (!waited && waited.error().code == ErrorCode::kCancelled) ++probe.cancelled;
    COPPICE_TRY(waited);
  }
  protocol::SearchReply reply;
  reply.query = request.query;
  if (request.query == "large") reply.cursor.assign(9 << 20, 'x');
  return reply;
}

void Files(Probe& probe, Call& call) {
  const auto request = call.Decode<protocol::FilesRequest>();
  if (!request) return call.Fail(request.error());
  protocol::FilesReply reply;
  const auto count = static_cast<std::uint64_t>(std::atoll(request->repo.c_str()));
  for (; reply.count < count; ++reply.count) {
    protocol::FilesPart part;
    part.files.emplace_back().path.value = std::string(1000, 'p');
    const Result<void> sent = call.Part(part);
    if (!sent) {
      if (sent.error().code == ErrorCode::kCancelled) ++probe.cancelled;
      if (sent.error().code == ErrorCode::kResourceExhausted) ++probe.stalled;
      return call.Fail(sent.error());
    }
    ++probe.parts_sent;
  }
  call.Finish(reply);
}

}  // namespace

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "coppice-test-XXXXXX").string();
  COPPICE_CHECK(::mkdtemp(name.data()) != nullptr, "a temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Gate::Open() {
  MutexLock lock(mutex_);
  open_ = true;
  changed_.NotifyAll();
}

Result<void> Gate::Wait(const Deadline& deadline) {
  MutexLock lock(mutex_);
  ++waiting_;
  changed_.NotifyAll();
  while (!open_ && !deadline.expired()) {
    changed_.WaitFor(mutex_, deadline.remaining(std::chrono::milliseconds(20)));
  }
  --waiting_;
  if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "cancelled at the gate");
  if (!open_) return MakeError(ErrorCode::kDeadlineExceeded, "the gate stayed closed");
  return {};
}

bool Gate::AwaitWaiting(int count) {
  const Deadline deadline = Deadline::After(std::chrono::seconds(10));
  MutexLock lock(mutex_);
  while (waiting_ != count && !deadline.expired()) {
    changed_.WaitFor(mutex_, std::chrono::milliseconds(20));
  }
  return waiting_ == count;
}

HandlerSet TestHandlers(Probe& probe) {
  HandlerSet set;
  set.rows.push_back(Unary<protocol::SearchRequest>(
      Method::kSearch, Lane::kInteractive,
      [&probe](const protocol::SearchRequest& request, const Deadline& deadline) {
        return Search(probe, request, deadline);
      }));
  set.rows.push_back(HandlerRow{Method::kFiles, Lane::kBatch,
                                [&probe](std::unique_ptr<Call> call) { Files(probe, *call); }});
  set.rows.push_back(
      Unary<protocol::AddRequest>(Method::kAdd, Lane::kBatch,
                                  [&probe](const protocol::AddRequest& request,
                                           const Deadline& deadline) -> Result<protocol::AddReply> {
                                    const int count = ++probe.adds;
                                    if (request.wait) COPPICE_TRY(probe.gate.Wait(deadline));
                                    protocol::AddReply reply;
                                    reply.note = std::to_string(count);
                                    return reply;
                                  }));
  return set;
}

TestServer::TestServer(Server::Options options)
    : options_(std::move(options)), probe_(std::make_unique<Probe>()) {
  options_.endpoint = folder_.path() + "/s.sock";
  options_.io.version = "0.0.0-test";
  Restart();
}

TestServer::~TestServer() {
  if (server_) Stop(std::chrono::milliseconds(0));
}

std::string TestServer::socket_path() const { return protocol::IpcPath(endpoint_); }

void TestServer::Stop(std::chrono::milliseconds drain) {
  server_->Stop(Deadline::After(drain));
  server_.reset();
}

void TestServer::Restart() {
  auto started = Server::Start(options_, TestHandlers(*probe_),
                               [] { return std::pair<std::string, std::string>("ready", ""); });
  COPPICE_CHECK(started.has_value(), started.error().ToString());
  server_ = std::move(*started);
  endpoint_ = server_->endpoint();
}

RawClient::RawClient(const std::string& endpoint)
    : socket_(std::move(protocol::DealerSocket::Connect(endpoint)).value()) {}

void RawClient::Send(const protocol::Frames& frames) {
  socket_.Send(frames, Deadline::After(std::chrono::seconds(10))).value();
}

protocol::RequestHeader RawClient::HeaderFor(Method method) {
  protocol::RequestHeader header;
  header.id.value = protocol::NewRequestId();
  header.method = protocol::MethodName(method);
  return header;
}

std::string RawClient::AskSearch(const std::string& query) {
  protocol::SearchRequest request;
  request.query = query;
  return Ask(Method::kSearch, request);
}

std::optional<protocol::Reply> RawClient::Next(std::chrono::milliseconds span) {
  const auto frames = socket_.Receive(Deadline::After(span));
  if (!frames) return std::nullopt;
  auto reply = protocol::ParseReply(*frames);
  return reply ? std::optional<protocol::Reply>(std::move(*reply)) : std::nullopt;
}

std::string RawClient::NextError(std::chrono::milliseconds span) {
  const auto reply = Next(span);
  if (!reply) return "no reply";
  if (reply->kind != protocol::ReplyKind::kError) {
    return std::string(protocol::ReplyKindName(reply->kind));
  }
  return reply->error->ToString();
}

bool RawClient::Works() {
  const std::string id = AskSearch("still there?");
  while (const auto reply = Next()) {
    if (reply->id == id) return reply->kind == protocol::ReplyKind::kFinal;
  }
  return false;
}

bool ServesOthers(const std::string& endpoint) { return RawClient(endpoint).Works(); }

}  // namespace coppice::server
