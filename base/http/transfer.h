#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/http/message.h"
#include "base/mutex.h"
#include "base/result.h"

namespace coppice::http {

/// What a caller finds when it looks at its transfer. An error comes after all bytes before it.
struct Arrival {
  bool head = false;  // its head is here: once, before the first bytes
  std::string bytes;
  bool end = false;
  std::optional<Error> error;
};

/// One request on its way, shared by the thread that asked and the one that runs libcurl.
///
/// Place:  made by HttpClient::Stream; nobody else sees it.
/// Shape:  in between stands a buffer of 256 KiB: when it is full, the server is not read from.
/// Limits: the caller's side and the loop's side may each be used by one thread.
class Transfer {
 public:
  /// Errors: kInvalidArgument for a URL or header that cannot be sent; kNotFound for a CA
  /// file that cannot be read; kResourceExhausted.
  static Result<std::shared_ptr<Transfer>> Make(HttpRequest request);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // The caller's side.

  /// Waits for something new. Errors: kDeadlineExceeded, kCancelled, and kUnavailable when the
  /// server was silent for the idle timeout.
  Result<Arrival> Wait(const Deadline& deadline);
  /// Whether the loop has to read on from a server that was kept waiting; until it does.
  [[nodiscard]] bool resume_wanted() const;
  /// Nobody waits any more.
  void Abandon();
  void Wake();
  [[nodiscard]] const HttpHead& head() const { return head_; }
  [[nodiscard]] const Origin& origin() const { return origin_; }

  // The loop's side.

  [[nodiscard]] void* easy() const { return easy_; }  // CURL*
  void Start();
  [[nodiscard]] bool abandoned() const;
  /// Reads on where the buffer was full and has been emptied.
  void ResumeIfWanted();
  /// libcurl is done with it: `curl_code` is a CURLcode.
  void Finish(int curl_code);
  void Fail(Error error);
  /// Frees the handle; on the loop's thread, after it left the multi handle.
  void Close();

 private:
  explicit Transfer(HttpRequest request) : request_(std::move(request)) {}

  Result<void> Configure();
  Result<void> ConfigureTls();
  Result<void> AddHeaders();
  Error ErrorOf(int curl_code) const;
  Error TooLarge() const;
  std::size_t OnHeaderLine(std::string_view line);
  std::size_t OnBody(std::string_view bytes);
  void PublishHead();
  bool WillRedirect() const;
  static std::size_t HeaderCallback(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t BodyCallback(char* data, std::size_t size, std::size_t count, void* self);

  const HttpRequest request_;
  Origin origin_;
  void* easy_ = nullptr;
  void* header_list_ = nullptr;  // curl_slist*
  std::string error_text_;       // libcurl writes into it

  // Of the loop's thread, while it runs.
  HttpHead coming_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::optional<Error> refusal_;  // why a callback ended the transfer
  bool published_ = false;

  HttpHead head_;  // written once, before head_ready_

  mutable Mutex mutex_;
  CondVar changed_;
  bool started_ COPPICE_GUARDED_BY(mutex_) = false;
  bool head_ready_ COPPICE_GUARDED_BY(mutex_) = false;
  bool head_taken_ COPPICE_GUARDED_BY(mutex_) = false;
  bool paused_ COPPICE_GUARDED_BY(mutex_) = false;
  bool resume_ COPPICE_GUARDED_BY(mutex_) = false;
  bool abandoned_ COPPICE_GUARDED_BY(mutex_) = false;
  bool done_ COPPICE_GUARDED_BY(mutex_) = false;
  std::string buffer_ COPPICE_GUARDED_BY(mutex_);
  std::optional<Error> error_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::http
