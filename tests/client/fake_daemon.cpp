#include "tests/client/fake_daemon.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/check.h"
#include "base/deadline.h"

namespace coppice::client {
namespace {

using protocol::Method;

UniqueFd Listen(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  COPPICE_CHECK(fd.valid(), "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  COPPICE_CHECK(path.size() < sizeof address.sun_path, path);
  std::copy(path.begin(), path.end(), &address.sun_path[0]);
  COPPICE_CHECK(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                path);
  COPPICE_CHECK(::listen(fd.get(), 16) == 0, path);
  return fd;
}

}  // namespace

void FakeDaemon::Answer::Send(const protocol::Frames& frames) {
  // A client that has left already is no fault of the test's.
  static_cast<void>(socket_.Send(route_, frames));
}

FakeDaemon::FakeDaemon() : wake_(::eventfd(0, EFD_CLOEXEC)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "coppice-test-XXXXXX").string();
  COPPICE_CHECK(::mkdtemp(pattern.data()) != nullptr, pattern);
  directory_ = pattern;
  path_ = directory_ + "/coppice.sock";
  Result<protocol::RouterSocket> socket =
      protocol::RouterSocket::Open(Listen(path_), endpoint(), protocol::RouterSocket::Options());
  COPPICE_CHECK(socket.has_value(), socket.error().ToString());
  socket_ = std::make_unique<protocol::RouterSocket>(std::move(socket).value());
  protocol::HelloReply hello;
  hello.version = "9.8.7";
  hello.wire_majors = {1};
  hello.max_inflight = 8;
  hello.max_credits = 64;
  hello.max_limit = 200;
  Always(Method::kHello, hello);
  Always(Method::kPing, protocol::Empty{});
  thread_ = NamedThread("fake-daemon", [this](const std::stop_token& stop) { Serve(stop); });
}

FakeDaemon::~FakeDaemon() {
  thread_.RequestStop();
  const std::uint64_t one = 1;
  COPPICE_CHECK(::write(wake_.get(), &one, sizeof one) == sizeof one, "eventfd");
  thread_.Join();
  socket_.reset();
  std::filesystem::remove_all(directory_);
}

void FakeDaemon::On(Method method, Handler handler) {
  MutexLock lock(mutex_);
  handlers_[method] = std::move(handler);
}

std::vector<Method> FakeDaemon::seen() {
  MutexLock lock(mutex_);
  return seen_;
}

bool FakeDaemon::WaitFor(Method method) {
  const Deadline deadline = Deadline::After(std::chrono::seconds(10));
  MutexLock lock(mutex_);
  while (std::find(seen_.begin(), seen_.end(), method) == seen_.end()) {
    if (deadline.expired()) return false;
    changed_.WaitFor(mutex_, deadline.remaining());
  }
  return true;
}

void FakeDaemon::Serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Result<void> waited = socket_->Wait(wake_.get(), std::chrono::seconds(1));
    COPPICE_CHECK(waited.has_value(), waited.error().ToString());
    while (true) {
      Result<std::optional<protocol::Routed>> message = socket_->Receive();
      COPPICE_CHECK(message.has_value(), message.error().ToString());
      if (!*message) break;
      Handle(std::move(**message));
    }
  }
}

void FakeDaemon::Handle(protocol::Routed message) {
  const protocol::ParsedRequest parsed = protocol::ParseRequest(message.frames);
  Answer answer(*socket_, message.route, parsed.id);
  if (!parsed.request) return answer.Fail(parsed.request.error());
  Handler handler;
  {
    MutexLock lock(mutex_);
    const auto found = handlers_.find(parsed.request->method);
    if (found != handlers_.end()) handler = found->second;
    if (parsed.request->method != Method::kHello) seen_.push_back(parsed.request->method);
    changed_.NotifyAll();
  }
  if (handler) return handler(*parsed.request, answer);
  answer.Fail(MakeError(ErrorCode::kUnsupported, "the test prepared no answer"));
}

}  // namespace coppice::client
