#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <signal.h>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/plain/line_chunker.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"
#include "indexer/parse/worker/sandbox.h"

// Speaks the protocol of coppice-parser from inside its sandbox, and does what the blob tells it
// to: a stand-in for a grammar that hangs, crashes or is taken over by hostile input. Its name says
// what else is wrong with it.
namespace coppice::indexer {
namespace {

bool Send(std::string_view bytes) { return bool(WriteAll(STDOUT_FILENO, bytes, Deadline())); }

sockaddr_in Loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Sends one byte to an address through the pipe's own descriptor.
long SendAway() {
  const sockaddr_in address = Loopback();
  return ::syscall(SYS_sendto, STDOUT_FILENO, "x", 1, 0, &address, sizeof address);
}

long Execute() {
  std::array<char*, 1> nothing{nullptr};
  return ::execve("/bin/true", nothing.data(), nothing.data());
}

long Connect() {
  const sockaddr_in address = Loopback();
  return ::connect(STDOUT_FILENO, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Memory that can be written and executed.
long MapCode() {
  void* got =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return got == MAP_FAILED ? -1 : 0;
}

long RaiseFileLimit() {
  const rlimit much{1U << 20U, 1U << 20U};
  return ::setrlimit(RLIMIT_FSIZE, &much);
}

/// What a program taken over would like to do. An attempt that fails ends the process with errno,
/// one that works is answered as any blob is.
const std::map<std::string_view, long (*)()> kAttempts = {
    {"socket", [] { return long{::socket(AF_INET, SOCK_STREAM, 0)}; }},
    {"connect", &Connect},
    {"send away", &SendAway},
    {"read a file", [] { return long{::open("/etc/passwd", O_RDONLY | O_CLOEXEC)}; }},
    {"write a file", [] { return long{::open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)}; }},
    {"execute", &Execute},
    {"fork", [] { return long{::fork()}; }},
    {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"signal the parent", [] { return long{::kill(::getppid(), 0)}; }},
    {"map code", &MapCode},
    {"raise a limit", &RaiseFileLimit},
};

/// So many milliseconds by that clock: the sandbox lets nobody wait.
void SpinUntil(clockid_t clock, std::int64_t span) {
  const auto now = [clock] {
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
  };
  const auto begin = now();
  while (now() - begin < span) {
  }
}

std::string FramedFacts(std::uint32_t number, Language language, std::string_view text) {
  return MakeFrame(EncodeFacts(number, LineFacts(language, text, store::Reason::kNone)));
}

/// False: end the process.
bool Answer(const ParseRequest& request) {
  const std::string_view order = request.bytes;
  if (const auto attempt = kAttempts.find(order.substr(0, order.find('\n')));
      attempt != kAttempts.end()) {
    if (attempt->second() == -1) std::_Exit(errno);
  }
  if (order.starts_with("abort")) std::abort();
  if (order.starts_with("c++ aborts") && request.language == Language::kCpp) std::abort();
  if (order.starts_with("exit")) return false;
  if (order.starts_with("hang")) {
    while (true) {  // reads what nobody writes
      char byte = 0;
      [[maybe_unused]] const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    }
  }
  if (order.starts_with("spin")) {
    std::atomic<unsigned> turns = 0;
    while (true) ++turns;
  }
  if (order.starts_with("nap")) SpinUntil(CLOCK_MONOTONIC, 200);
  if (order.starts_with("work")) SpinUntil(CLOCK_PROCESS_CPUTIME_ID, 700);
  if (order.starts_with("eat")) {
    std::vector<std::string> meal;
    while (true) meal.emplace_back(std::size_t{1} << 20U, 'x');
  }
  if (order.starts_with("noise")) return Send("this is no frame at all");
  if (order.starts_with("huge")) return Send("CPW1\xFF\xFF\xFF\xFF");
  const std::string honest = FramedFacts(request.number, request.language, order);
  if (order.starts_with("short")) {
    Send(honest.substr(0, honest.size() - 3));
    return false;
  }
  if (order.starts_with("foreign")) {  // facts of another blob
    return Send(FramedFacts(request.number, request.language, "another blob"));
  }
  if (order.starts_with("silent")) return true;
  if (order.starts_with("twice")) return Send(honest + honest);
  if (order.starts_with("ahead")) {  // also for the one after it, whatever that is
    return Send(honest + FramedFacts(request.number + 1, request.language, order));
  }
  return Send(honest);
}

int Main(std::string_view name, std::span<const char* const> arguments) {
  const auto options = FromArguments(arguments);
  if (!options) return 64;
  Greeting greeting{kWorkerProtocol, kExtractorVersion, ""};
  if (!name.ends_with("-without-sandbox")) greeting.unconfined = EnterSandbox(*options);
  if (name.ends_with("-of-another-version")) greeting.extractor += 1;
  if (name.ends_with("-that-ends-at-once")) return 3;
  if (name.ends_with("-that-opens-a-socket-at-once")) ::socket(AF_INET, SOCK_STREAM, 0);
  if (!Send(MakeFrame(EncodeGreeting(greeting)))) return 1;
  FrameReader requests(STDIN_FILENO);
  while (true) {
    const auto payload = requests.Read(Deadline());
    if (!payload) return 0;
    const auto request = DecodeRequest(*payload);
    AllowCpuTime(options->cpu_limit);
    if (!request || !Answer(*request)) return 1;
  }
}

}  // namespace
}  // namespace coppice::indexer

int main(int argc, char** argv) {
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  std::_Exit(coppice::indexer::Main(argv[0], arguments.subspan(1)));
}
