#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <unistd.h>

#include "indexer/parse/parser.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"
#include "indexer/parse/worker/sandbox.h"

// coppice-parser: turns blobs into facts, one after the other, until its standard input ends. It
// reads hostile bytes, so it does that in a sandbox; the daemon watches its time from outside.
namespace coppice::indexer {
namespace {

int Main(std::span<const char* const> arguments) {
  const auto options = FromArguments(arguments);
  if (!options) {
    std::fputs(
        "usage: coppice-parser --memory-limit=BYTES [--cpu-limit=SECONDS] [--no-filter]\n"
        "Started by coppiced; of no use by hand.\n",
        stderr);
    return 64;
  }
  Parser parser;
  const Deadline never;
  Greeting greeting{kWorkerProtocol, kExtractorVersion, EnterSandbox(*options)};
  // Where the sandbox is too tight for this machine's libraries, the greeting fails, not each blob.
  parser.Parse(Language::kJson, "{}");
  if (!WriteAll(STDOUT_FILENO, MakeFrame(EncodeGreeting(greeting)), never)) return 1;
  FrameReader requests(STDIN_FILENO);
  while (true) {
    const auto payload = requests.Read(never);
    if (!payload) return payload.error().code == ErrorCode::kUnavailable ? 0 : 1;
    const auto request = DecodeRequest(*payload);
    if (!request) return 1;
    AllowCpuTime(options->cpu_limit);
    const store::BlobFacts facts = parser.Parse(request->language, request->bytes);
    const std::string answer = MakeFrame(EncodeFacts(request->number, facts));
    if (!WriteAll(STDOUT_FILENO, answer, never)) return 1;
  }
}

}  // namespace
}  // namespace coppice::indexer

int main(int argc, char** argv) {
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  // Not exit(): a sanitizer would look for leaks there with calls that the sandbox forbids.
  std::_Exit(coppice::indexer::Main(arguments.subspan(1)));
}
