#include "tests/embed/openai/openai_test_server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <gtest/gtest.h>

#include "base/format.h"

namespace coppice::embed {

Deadline Soon() { return Deadline::After(std::chrono::seconds(30)); }

OpenAiTestServer::OpenAiTestServer(std::vector<std::string> arguments)
    : process_(test::ServerProcess::Python("tests/embed/openai/openai_server.py",
                                           std::move(arguments))) {
  auto opened = http::HttpClient::Open({});
  EXPECT_TRUE(opened) << opened.error().ToString();
  http_ = std::move(*opened);
}

OpenAiOptions OpenAiTestServer::Options(const std::string& name) const {
  OpenAiOptions options;
  options.base_url = process_.Url("/" + name + "/v1");
  return options;
}

ModelSpec OpenAiTestServer::Spec(const std::string& backend) {
  ModelSpec spec;
  spec.name = backend + "/test-model";
  return spec;
}

Json OpenAiTestServer::Get(const std::string& path) {
  http::HttpRequest request;
  request.url = process_.Url(path);
  const auto response = http_->Send(request, Soon());
  EXPECT_TRUE(response) << response.error().ToString();
  return response ? Json::parse(response->body) : Json();
}

Json OpenAiTestServer::Told(const std::string& name) { return Get("/" + name + "/told"); }

std::size_t OpenAiTestServer::Asked(const std::string& name) {
  const Json told = Told(name);
  return static_cast<std::size_t>(std::count_if(
      told.begin(), told.end(), [](const Json& entry) { return entry["path"] != "v1/models"; }));
}

void OpenAiTestServer::Set(const std::string& name, const std::string& option,
                           const std::string& value) {
  Get(fmt::format("/{}/set?{}={}", name, option, value));
}

}  // namespace coppice::embed
