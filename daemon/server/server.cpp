#include "daemon/server/server.h"

#include <exception>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "daemon/server/accept_guard.h"
#include "protocol/endpoint.h"

namespace coppice::server {
namespace {

constexpr std::size_t kReplyQueue = 256;

}  // namespace

Server::Server(std::string endpoint, Listener listener, HandlerSet handlers,
               std::unique_ptr<ReplyQueue> replies, const Options& options)
    : endpoint_(std::move(endpoint)),
      listener_(std::move(listener)),
      replies_(std::move(replies)),
      handlers_(std::move(handlers)),
      admission_(options.admission) {}

Server::~Server() { Stop(Deadline::After(std::chrono::milliseconds(0))); }

Result<std::unique_ptr<Server>> Server::Start(const Options& options, HandlerSet handlers,
                                              IoLoop::Health health) {
  COPPICE_ASSIGN(const std::string endpoint, protocol::ParseEndpoint(options.endpoint));
  const std::string path = protocol::IpcPath(endpoint);
  if (path.empty()) {
    return MakeError(ErrorCode::kUnsupported,
                     fmt::format("{}: the daemon serves on Unix sockets only", endpoint),
                     "give an absolute path or ipc:///path");
  }
  COPPICE_TRY(ReserveDescriptor());
  COPPICE_ASSIGN(Listener listener, Listener::Bind(path, options.mode));
  COPPICE_ASSIGN(std::unique_ptr<ReplyQueue> replies, ReplyQueue::Create(kReplyQueue));
  COPPICE_ASSIGN(protocol::RouterSocket socket,
                 protocol::RouterSocket::Open(listener.TakeSocket(), endpoint, options.socket));
  auto server = std::unique_ptr<Server>(
      new Server(endpoint, std::move(listener), std::move(handlers), std::move(replies), options));
  Server* self = server.get();
  self->loop_ = std::make_unique<IoLoop>(std::move(socket), options.io, self->handlers_.rows,
                                         self->admission_, *self->replies_, std::move(health));
  self->io_thread_ =
      NamedThread("server-io", [self](const std::stop_token&) { self->loop_->Run(); });
  const auto start_worker = [self](const char* name, int number, Lane lane) {
    self->workers_.emplace_back(
        fmt::format("{}-{}", name, number),
        [self, lane](const std::stop_token& stop) { self->Work(lane, stop); });
  };
  for (int i = 0; i < options.interactive_workers; ++i) {
    start_worker("server-query", i, Lane::kInteractive);
  }
  for (int i = 0; i < options.batch_workers; ++i) start_worker("server-batch", i, Lane::kBatch);
  if (self->handlers_.watch) self->handlers_.watch->Start();
  if (self->handlers_.questions) self->handlers_.questions->Start();
  if (self->handlers_.long_calls) self->handlers_.long_calls->Start();
  LogInfo("serving", {{"endpoint", endpoint}});
  return server;
}

void Server::Stop(const Deadline& drain) {
  if (std::exchange(stopped_, true) || !loop_) return;
  loop_->BeginStop(drain);
  if (handlers_.watch) handlers_.watch->Stop();
  loop_->WaitDrained();
  admission_.Close();
  for (NamedThread& worker : workers_) worker.Join();
  if (handlers_.questions) handlers_.questions->Stop();
  if (handlers_.long_calls) handlers_.long_calls->Stop();
  loop_->Finish();
  io_thread_.Join();
  replies_->Close();
  loop_.reset();
  listener_.reset();
  LogInfo("stopped_serving", {{"endpoint", endpoint_}});
}

void Server::Work(Lane lane, const std::stop_token& stop) {
  // An empty call means that the queue was closed: the deadline is never.
  while (std::unique_ptr<Call> call = admission_.Take(lane, Deadline::Never(stop))) {
    RunOne(std::move(call));
  }
}

void Server::RunOne(std::unique_ptr<Call> call) const {
  const protocol::Method method = call->method();
  if (call->deadline().cancelled()) {
    return call->Fail(MakeError(ErrorCode::kCancelled, "cancelled while it waited"));
  }
  if (call->deadline().expired()) {
    return call->Fail(MakeError(
        ErrorCode::kDeadlineExceeded,
        fmt::format("{}: waited in the queue until its deadline", protocol::MethodName(method))));
  }
  try {
    for (const HandlerRow& row : handlers_.rows) {
      if (row.method == method) return row.run(std::move(call));
    }
  } catch (const std::exception& failure) {
    // The call was answered kInternal as it was unwound.
    LogError("handler", {{"method", protocol::MethodName(method)}, {"error", failure.what()}});
  }
}

}  // namespace coppice::server
