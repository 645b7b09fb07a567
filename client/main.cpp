#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "client/command_line.h"
#include "client/signals.h"

int main(int argc, char** argv) {
  using namespace coppice::client;
  try {
    const SignalWatcher signals;
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const int code = RunCoppice(arguments, ProcessEnvironment(), stdout, stderr, signals.stop());
    constexpr int kSignalBase = 128;
    return code == coppice::kExitInterrupted ? kSignalBase + signals.received() : code;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "coppice: a bug: %s\n", problem.what());
    return coppice::kExitBug;
  }
}
