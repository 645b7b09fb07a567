#include "tests/support/server_process.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "base/deadline.h"
#include "base/format.h"

namespace coppice::test {
namespace {

/// What comes before the first line break, waiting for it.
std::string FirstLine(int fd) {
  const Deadline deadline = Deadline::After(std::chrono::seconds(60));
  std::string line;
  while (!deadline.expired()) {
    pollfd wanted{fd, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(deadline.remaining().count())) <= 0) break;
    std::array<char, 1> byte{};
    if (::read(fd, byte.data(), 1) != 1 || byte[0] == '\n') break;
    line += byte[0];
  }
  return line;
}

}  // namespace

std::filesystem::path SourceFile(const std::string& path) {
  // Nothing here calls setenv. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const root = std::getenv("COPPICE_SOURCE_DIR");
  return std::filesystem::path(root != nullptr ? root : ".") / path;
}

ServerProcess::ServerProcess(std::vector<std::string> argv) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return;
  }
  output_ = UniqueFd(ends[0]);
  const UniqueFd writing(ends[1]);
  Command command;
  command.argv = std::move(argv);
  command.stdout_fd = writing.get();
  auto started = ChildProcess::Start(command);
  if (!started) {
    ADD_FAILURE() << started.error().ToString();
    return;
  }
  process_ = std::move(*started);
  const std::string line = FirstLine(output_.get());
  port_ = std::atoi(line.c_str());
  EXPECT_GT(port_, 0) << "the server's first line was: " << line;
}

ServerProcess ServerProcess::Python(const std::string& script, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"/usr/bin/python3", SourceFile(script)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return ServerProcess(std::move(argv));
}

std::string ServerProcess::Url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

void ServerProcess::Kill() { process_.Kill(); }

}  // namespace coppice::test
