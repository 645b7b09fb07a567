#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http/client.h"
#include "base/json.h"
#include "embed/model_spec.h"
#include "embed/openai/options.h"
#include "tests/support/server_process.h"

namespace coppice::embed {

/// tests/embed/openai/openai_server.py, of which each name in a URL is a server of its own, and a
/// client for it.
class OpenAiTestServer {
 public:
  /// `arguments`: of the script.
  explicit OpenAiTestServer(std::vector<std::string> arguments = {});

  /// Options for the server of that name: "flaky,fail=2x503".
  [[nodiscard]] OpenAiOptions Options(const std::string& name) const;
  /// A specification of "BACKEND/test-model" that leaves the rest to the server.
  static ModelSpec Spec(const std::string& backend = "remote");
  http::HttpClient& http() { return *http_; }

  /// What that server was asked so far: a list of {path, request, authorization}.
  Json Told(const std::string& name);
  /// The requests beside those to /models.
  std::size_t Asked(const std::string& name);
  void Set(const std::string& name, const std::string& option, const std::string& value);

 private:
  Json Get(const std::string& path);

  test::ServerProcess process_;
  std::unique_ptr<http::HttpClient> http_;
};

Deadline Soon();

}  // namespace coppice::embed
