#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

#include <sys/resource.h>

#include "indexer/parse/parser.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"

// coppice-parser: turns blobs into facts, one after the other, until its standard input ends. It
// reads hostile bytes, so it opens no file and no socket; the daemon watches its time from outside.
// A system call filter belongs at the mark in Main.
namespace coppice::indexer {
namespace {

constexpr std::string_view kMemoryOption = "--memory-limit=";

// The sanitizers reserve more address space than any limit that makes sense.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitMemory = false;
#else
constexpr bool kLimitMemory = true;
#endif

std::optional<rlim_t> MemoryLimit(int count, char** arguments) {
  if (count != 2) return std::nullopt;
  std::string_view text(arguments[1]);
  if (!text.starts_with(kMemoryOption)) return std::nullopt;
  text.remove_prefix(kMemoryOption.size());
  rlim_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return limit;
}

void SetLimits(rlim_t memory_bytes) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // a crash is expected and would dump somebody's code
  if (!kLimitMemory) return;
  const rlimit memory{memory_bytes, memory_bytes};
  ::setrlimit(RLIMIT_AS, &memory);
}

int Main(int count, char** arguments) {
  const auto memory = MemoryLimit(count, arguments);
  if (!memory) {
    std::fputs(
        "usage: coppice-parser --memory-limit=BYTES\nStarted by coppiced; of no use by hand.\n",
        stderr);
    return 64;
  }
  SetLimits(*memory);
  Parser parser;
  const Deadline never;
  const Greeting greeting{kWorkerProtocol, kExtractorVersion};
  if (!WriteAll(STDOUT_FILENO, MakeFrame(EncodeGreeting(greeting)), never)) return 1;
  // From here on only read, write and memory are needed.
  while (true) {
    const auto payload = ReadFrame(STDIN_FILENO, never);
    if (!payload) return payload.error().code == ErrorCode::kUnavailable ? 0 : 1;
    const auto request = DecodeRequest(*payload);
    if (!request) return 1;
    const store::BlobFacts facts = parser.Parse(request->language, request->bytes);
    if (!WriteAll(STDOUT_FILENO, MakeFrame(EncodeFacts(facts)), never)) return 1;
  }
}

}  // namespace
}  // namespace coppice::indexer

int main(int argc, char** argv) { return coppice::indexer::Main(argc, argv); }
