// Serves the handlers of TestServer on the endpoint given, until its standard input ends.

#include <array>
#include <cstdio>
#include <string>
#include <unistd.h>
#include <utility>

#include "daemon/server/server.h"
#include "tests/server/test_server.h"

int main(int argc, char** argv) {
  using coppice::server::Server;
  if (argc != 2) {
    std::fprintf(stderr, "usage: protocol_test_server ENDPOINT\n");
    return 64;
  }
  coppice::server::Probe probe;
  Server::Options options;
  options.endpoint = argv[1];
  options.io.version = "0.0.0-test";
  options.io.stall = std::chrono::milliseconds(500);
  auto server = Server::Start(options, coppice::server::TestHandlers(probe),
                              [] { return std::pair<std::string, std::string>("ready", ""); });
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().ToString().c_str());
    return 69;
  }
  std::printf("ready\n");
  std::fflush(stdout);
  std::array<char, 64> ignored{};
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  (*server)->Stop(coppice::Deadline::After(std::chrono::seconds(1)));
  return 0;
}
