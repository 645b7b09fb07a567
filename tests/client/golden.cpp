#include "tests/client/golden.h"

#include <fstream>
#include <sstream>

#include "client/environment.h"

namespace coppice::client {
namespace {

std::string Visible(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\x1b') {
      out += "\\e";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

testing::AssertionResult MatchesGolden(std::string_view text, const std::string& name) {
  const Environment environment = ProcessEnvironment();
  const std::string path =
      std::string(Get(environment, "COPPICE_SOURCE_DIR")) + "/tests/golden/client/" + name;
  const std::string found = Visible(text);
  if (Get(environment, "COPPICE_REWRITE_GOLDEN") == "1") {
    std::ofstream(path, std::ios::binary) << found;
    return testing::AssertionSuccess();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return testing::AssertionFailure() << "no golden file " << path << ", got:\n" << found;
  std::ostringstream wanted;
  wanted << file.rdbuf();
  if (wanted.str() == found) return testing::AssertionSuccess();
  return testing::AssertionFailure() << path << " says:\n" << wanted.str() << "\ngot:\n" << found;
}

}  // namespace coppice::client
