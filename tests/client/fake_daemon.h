#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "protocol/codec.h"
#include "protocol/frames.h"
#include "protocol/socket.h"

namespace coppice::client {

/// The far end of the wire for tests of the command: a real socket and real frames, prepared
/// answers.
class FakeDaemon {
 public:
  /// Sends what a request is answered with.
  class Answer {
   public:
    Answer(protocol::RouterSocket& socket, std::string route, std::string id)
        : socket_(socket), route_(std::move(route)), id_(std::move(id)) {}

    template <class Message>
    void Part(const Message& message) {
      Send(
          protocol::BuildReply(id_, seq_++, protocol::ReplyKind::kPart, protocol::Encode(message)));
    }
    template <class Message>
    void Final(const Message& message) {
      Send(protocol::BuildReply(id_, seq_++, protocol::ReplyKind::kFinal,
                                protocol::Encode(message)));
    }
    void Fail(const Error& error) { Send(protocol::BuildError(id_, seq_++, error)); }

   private:
    void Send(const protocol::Frames& frames);

    protocol::RouterSocket& socket_;
    std::string route_;
    std::string id_;
    std::uint32_t seq_ = 0;
  };
  using Handler = std::function<void(const protocol::Request&, Answer&)>;

  FakeDaemon();
  ~FakeDaemon();

  [[nodiscard]] std::string endpoint() const { return "ipc://" + path_; }

  /// `hello` and `ping` have an answer already.
  void On(protocol::Method method, Handler handler);
  template <class Request, class Reply>
  void Compute(protocol::Method method, std::function<Reply(const Request&)> make) {
    On(method, [make](const protocol::Request& request, Answer& answer) {
      const Result<Request> decoded =
          protocol::Decode<Request>(request.body, protocol::kRequestLimits);
      if (!decoded) return answer.Fail(decoded.error());
      answer.Final(make(*decoded));
    });
  }
  template <class Message>
  void Always(protocol::Method method, const Message& message) {
    On(method, [message](const protocol::Request&, Answer& answer) { answer.Final(message); });
  }

  /// The methods that were asked for, in order, without `hello`.
  [[nodiscard]] std::vector<protocol::Method> seen();
  /// Waits until `method` was asked for; false after ten seconds.
  bool WaitFor(protocol::Method method);

 private:
  void Serve(const std::stop_token& stop);
  void Handle(protocol::Routed message);

  std::string directory_;
  std::string path_;
  std::unique_ptr<protocol::RouterSocket> socket_;
  UniqueFd wake_;
  Mutex mutex_;
  CondVar changed_;
  std::map<protocol::Method, Handler> handlers_ COPPICE_GUARDED_BY(mutex_);
  std::vector<protocol::Method> seen_ COPPICE_GUARDED_BY(mutex_);
  NamedThread thread_;
};

}  // namespace coppice::client
