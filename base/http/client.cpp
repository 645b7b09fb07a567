#include "base/http/client.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <utility>

#include <curl/curl.h>

#include "base/format.h"
#include "base/http/transfer.h"

namespace coppice::http {
namespace {

constexpr int kPollMs = 1000;  // libcurl's own timers wake it earlier

Error Closed() { return MakeError(ErrorCode::kCancelled, "the HTTP client is being closed"); }

/// A write to a connection that is gone must not end the process.
void BlockBrokenPipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Result<void> CheckLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const curl_version_info_data* const version = curl_version_info(CURLVERSION_NOW);
  if ((version->features & CURL_VERSION_SSL) == 0) {
    return MakeError(ErrorCode::kUnavailable, "this libcurl was built without TLS");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::Open(const HttpClientOptions& options) {
  COPPICE_TRY(CheckLibrary());
  return std::unique_ptr<HttpClient>(new HttpClient(options));
}

HttpClient::HttpClient(const HttpClientOptions& options)
    : options_(options),
      multi_(curl_multi_init()),
      thread_("http-io", [this](const std::stop_token& stop) { Loop(stop); }) {}

HttpClient::~HttpClient() {
  thread_.RequestStop();
  curl_multi_wakeup(multi_);
  thread_.Join();
  {
    MutexLock lock(mutex_);
    while (calls_ > 0) left_.Wait(mutex_);
  }
  curl_multi_cleanup(multi_);
}

Result<HttpResponse> HttpClient::Send(HttpRequest request, const Deadline& deadline) {
  HttpResponse response;
  const OnBody gather = [&response](std::string_view piece) -> Result<void> {
    response.body.append(piece);
    return {};
  };
  COPPICE_ASSIGN(response.head, Stream(std::move(request), nullptr, gather, deadline));
  return response;
}

Result<HttpHead> HttpClient::Stream(HttpRequest request, const OnHead& on_head,
                                    const OnBody& on_body, const Deadline& deadline) {
  COPPICE_ASSIGN(const std::shared_ptr<Transfer> transfer, Transfer::Make(std::move(request)));
  COPPICE_TRY(Enqueue(transfer));
  const Result<HttpHead> head = Follow(transfer, on_head, on_body, deadline);
  Leave(transfer);
  return head;
}

Result<HttpHead> HttpClient::Follow(const std::shared_ptr<Transfer>& transfer,
                                    const OnHead& on_head, const OnBody& on_body,
                                    const Deadline& deadline) {
  while (true) {
    COPPICE_ASSIGN(const Arrival arrival, transfer->Wait(deadline));
    if (transfer->resume_wanted()) curl_multi_wakeup(multi_);
    if (arrival.head && on_head) COPPICE_TRY(on_head(transfer->head()));
    if (!arrival.bytes.empty()) COPPICE_TRY(on_body(arrival.bytes));
    if (arrival.error) return *arrival.error;
    if (arrival.end) return transfer->head();
  }
}

Result<void> HttpClient::Enqueue(std::shared_ptr<Transfer> transfer) {
  MutexLock lock(mutex_);
  if (closed_) return Closed();
  if (waiting_.size() >= options_.max_waiting) {
    return MakeError(
        ErrorCode::kResourceExhausted,
        fmt::format("{}: {} requests wait already", transfer->origin().name, options_.max_waiting));
  }
  waiting_.push_back(std::move(transfer));
  ++calls_;
  curl_multi_wakeup(multi_);
  return {};
}

void HttpClient::Leave(const std::shared_ptr<Transfer>& transfer) {
  transfer->Abandon();
  MutexLock lock(mutex_);
  std::erase(waiting_, transfer);
  --calls_;
  curl_multi_wakeup(multi_);
  left_.NotifyAll();
}

void HttpClient::Loop(const std::stop_token& stop) {
  BlockBrokenPipe();
  while (!stop.stop_requested()) {
    DropAbandoned();
    StartWaiting();
    int still_running = 0;
    curl_multi_perform(multi_, &still_running);
    Reap();
    curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
  EndAll();
}

void HttpClient::StartWaiting() {
  while (running_.size() < options_.max_in_flight) {
    std::shared_ptr<Transfer> next;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    running_.push_back(next);
    curl_multi_add_handle(multi_, next->easy());
    next->Start();
  }
}

void HttpClient::DropAbandoned() {
  for (const auto& transfer : std::vector<std::shared_ptr<Transfer>>(running_)) {
    if (transfer->abandoned()) {
      Remove(transfer);
    } else {
      transfer->ResumeIfWanted();
    }
  }
}

void HttpClient::Reap() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const int code = message->data.result;
    const CURL* const easy = message->easy_handle;
    const auto found = std::find_if(running_.begin(), running_.end(),
                                    [easy](const auto& t) { return t->easy() == easy; });
    if (found == running_.end()) continue;
    const std::shared_ptr<Transfer> transfer = *found;
    Remove(transfer);
    transfer->Finish(code);
  }
}

void HttpClient::Remove(const std::shared_ptr<Transfer>& transfer) {
  curl_multi_remove_handle(multi_, transfer->easy());
  transfer->Close();
  std::erase(running_, transfer);
}

void HttpClient::EndAll() {
  std::deque<std::shared_ptr<Transfer>> never_started;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    never_started.swap(waiting_);
  }
  for (const auto& transfer : never_started) transfer->Fail(Closed());
  for (const auto& transfer : std::vector<std::shared_ptr<Transfer>>(running_)) {
    Remove(transfer);
    transfer->Fail(Closed());
  }
}

}  // namespace coppice::http
