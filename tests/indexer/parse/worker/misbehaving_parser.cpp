#include <cstdlib>
#include <string>
#include <string_view>
#include <unistd.h>

#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/plain/line_chunker.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"

// Speaks the protocol of coppice-parser, and does what the blob tells it to: a stand-in for a
// grammar that hangs or crashes on hostile input.
namespace coppice::indexer {
namespace {

bool Send(std::string_view bytes) { return bool(WriteAll(STDOUT_FILENO, bytes, Deadline())); }

/// False: end the process.
bool Answer(const ParseRequest& request) {
  const std::string_view order = request.bytes;
  if (order.starts_with("abort")) std::abort();
  if (order.starts_with("c++ aborts") && request.language == Language::kCpp) std::abort();
  if (order.starts_with("exit")) return false;
  if (order.starts_with("hang")) {
    while (true) ::pause();
  }
  if (order.starts_with("noise")) return Send("this is no frame at all");
  if (order.starts_with("huge")) return Send("CPW1\xFF\xFF\xFF\xFF");
  if (order.starts_with("short")) {
    const std::string frame = MakeFrame(EncodeFacts(LineFacts(request.language, order, {})));
    Send(frame.substr(0, frame.size() - 3));
    return false;
  }
  if (order.starts_with("foreign")) {  // facts of another blob
    return Send(MakeFrame(EncodeFacts(LineFacts(request.language, "another blob", {}))));
  }
  return Send(MakeFrame(EncodeFacts(LineFacts(request.language, order, store::Reason::kNone))));
}

int Main(std::string_view name) {
  Greeting greeting{kWorkerProtocol, kExtractorVersion};
  if (name.ends_with("-of-another-version")) greeting.extractor += 1;
  if (name.ends_with("-that-ends-at-once")) return 3;
  if (!Send(MakeFrame(EncodeGreeting(greeting)))) return 1;
  while (true) {
    const auto payload = ReadFrame(STDIN_FILENO, Deadline());
    if (!payload) return 0;
    const auto request = DecodeRequest(*payload);
    if (!request || !Answer(*request)) return 1;
  }
}

}  // namespace
}  // namespace coppice::indexer

int main(int, char** argv) { return coppice::indexer::Main(argv[0]); }
