// The OpenAI back ends against llama.cpp's own server with a real small model.
//
// Needs the program and a GGUF of SmolLM2-135M-Instruct: -DCOPPICE_LLAMA_SERVER and
// -DCOPPICE_TEST_TEXT_MODEL, or scripts/setup's cache. 77 = skipped, with the reason.

#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/format.h"
#include "base/http/client.h"
#include "base/json.h"
#include "base/process.h"
#include "base/unique_fd.h"
#include "embed/chain/canary.h"
#include "embed/openai/openai_embedder.h"
#include "embed/openai/openai_generator.h"
#include "embed/openai/token_estimate.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::string_view kProgram = COPPICE_LLAMA_SERVER;
constexpr std::string_view kModel = COPPICE_TEST_TEXT_MODEL;

Deadline Soon() { return Deadline::After(seconds(120)); }

/// A port of 127.0.0.1 that nobody listens at.
int FreePort() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(socket.get(), plain, size), 0);
  EXPECT_EQ(::getsockname(socket.get(), plain, &size), 0);
  return ntohs(address.sin_port);
}

/// llama-server, until the object goes.
class LlamaServer {
 public:
  explicit LlamaServer(const std::vector<std::string>& more) : port_(FreePort()) {
    auto client = http::HttpClient::Open({});
    EXPECT_TRUE(client);
    http_ = std::move(*client);
    Command command;
    command.argv = {std::string(kProgram),
                    "-m",
                    std::string(kModel),
                    "--host",
                    "127.0.0.1",
                    "--port",
                    Port(),
                    "--alias",
                    "smollm2",
                    "-t",
                    "2"};
    command.argv.insert(command.argv.end(), more.begin(), more.end());
    const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    command.stderr_fd = null.get();
    auto started = ChildProcess::Start(command);
    EXPECT_TRUE(started) << started.error().ToString();
    process_ = std::move(*started);
    const Deadline deadline = Soon();
    while (Get("/health") != 200 && !deadline.expired()) {
      std::this_thread::sleep_for(milliseconds(100));
    }
  }

  http::HttpClient& http() { return *http_; }
  void Kill() { process_.Kill(); }

  [[nodiscard]] OpenAiOptions Options() const {
    OpenAiOptions options;
    options.base_url = Url("");
    return options;
  }
  static ModelSpec Spec() {
    ModelSpec spec;
    spec.name = "remote/smollm2";
    return spec;
  }

  /// How many tokens the model's own vocabulary makes of `text`.
  int CountTokens(const std::string& text) {
    http::HttpRequest request;
    request.url = Url("/tokenize");
    request.method = http::Method::kPost;
    request.body = Json({{"content", text}}).dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto response = http_->Send(request, Soon());
    EXPECT_TRUE(response);
    return static_cast<int>(Json::parse(response->body)["tokens"].size());
  }

 private:
  [[nodiscard]] std::string Port() const { return std::to_string(port_); }
  [[nodiscard]] std::string Url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  int Get(const std::string& path) {
    http::HttpRequest request;
    request.url = Url(path);
    const auto response = http_->Send(request, Soon());
    return response ? response->head.status : 0;
  }

  const int port_;
  std::unique_ptr<http::HttpClient> http_;
  ChildProcess process_;
};

class LlamaEmbeddingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<LlamaServer>(std::vector<std::string>{
        "--embeddings", "--pooling", "mean", "-c", "128", "-b", "128", "-ub", "128", "-np", "1"});
  }
  static void TearDownTestSuite() { server_.reset(); }

  void Open(const OpenAiOptions& options = server_->Options(),
            const ModelSpec& spec = LlamaServer::Spec()) {
    auto opened = OpenAiEmbedder::Open(server_->http(), options, spec, Soon());
    ASSERT_TRUE(opened) << opened.error().ToString();
    embedder_ = std::move(*opened);
  }

  std::vector<float> Embed(const std::vector<std::string_view>& texts) {
    std::vector<float> out(texts.size() * dimensions());
    const auto done = embedder_->Embed(texts, Purpose::kDocument, out, Soon());
    EXPECT_TRUE(done) << done.error().ToString();
    return out;
  }
  [[nodiscard]] std::size_t dimensions() const {
    return static_cast<std::size_t>(embedder_->info().dimensions);
  }

  static std::unique_ptr<LlamaServer> server_;
  std::unique_ptr<OpenAiEmbedder> embedder_;
};

std::unique_ptr<LlamaServer> LlamaEmbeddingTest::server_;

TEST_F(LlamaEmbeddingTest, GivesTheSameVectorsAloneInABatchAndInBase64) {
  Open();
  EXPECT_EQ(dimensions(), 576U);
  const std::vector<std::string_view> texts = {"open a file", "int main() { return 0; }", "x"};
  const auto batch = Embed(texts);
  std::vector<float> alone;
  for (const std::string_view text : texts) {
    const auto row = Embed({text});
    alone.insert(alone.end(), row.begin(), row.end());
  }
  EXPECT_GT(LeastCosine(batch, alone, dimensions()), 0.999);
  OpenAiOptions base64 = server_->Options();
  base64.base64 = true;
  Open(base64);
  EXPECT_GT(LeastCosine(Embed(texts), batch, dimensions()), 0.999);
}

TEST_F(LlamaEmbeddingTest, ItsRevisionIsThatOfItsWeights) {
  Open();
  const std::string revision = embedder_->info().revision;
  Open();
  EXPECT_EQ(embedder_->info().revision, revision);
  ModelSpec other = LlamaServer::Spec();
  other.name = "remote/bge-m3";
  const auto refused = OpenAiEmbedder::Open(server_->http(), server_->Options(), other, Soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("smollm2"));
}

TEST_F(LlamaEmbeddingTest, TextsBeyondItsContextAreShortened) {
  Open();
  std::string dense;
  while (dense.size() < 380) dense += "7 ";  // two bytes a token
  const auto vectors = Embed({"short", dense});
  EXPECT_EQ(embedder_->state().shortened_inputs, 1U);
  EXPECT_NE(std::vector<float>(vectors.end() - 576, vectors.end()), std::vector<float>(576, 0.0F));
}

TEST_F(LlamaEmbeddingTest, MoreContextThanItHasIsRefused) {
  ModelSpec spec = LlamaServer::Spec();
  spec.context_tokens = 512;
  const auto refused = OpenAiEmbedder::Open(server_->http(), server_->Options(), spec, Soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

class LlamaChatTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<LlamaServer>(std::vector<std::string>{"-c", "1024", "-np", "1"});
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    auto opened =
        OpenAiGenerator::Open(server_->http(), server_->Options(), LlamaServer::Spec(), Soon());
    ASSERT_TRUE(opened) << opened.error().ToString();
    generator_ = std::move(*opened);
  }

  Result<GenerateUsage> Ask(const std::string& prompt, int max_output_tokens,
                            int pieces = 1 << 30) {
    text_.clear();
    GenerateOptions options;
    options.max_output_tokens = max_output_tokens;
    const std::vector<Message> messages = {{Role::kUser, prompt}};
    return generator_->Generate(
        messages, options,
        [&](std::string_view bytes) -> Result<void> {
          text_ += bytes;
          return --pieces > 0 ? Result<void>() : MakeError(ErrorCode::kCancelled, "enough");
        },
        Soon());
  }

  static std::unique_ptr<LlamaServer> server_;
  std::unique_ptr<OpenAiGenerator> generator_;
  std::string text_;
};

std::unique_ptr<LlamaServer> LlamaChatTest::server_;

TEST_F(LlamaChatTest, StreamsAnAnswerAndCountsItsTokens) {
  const auto usage = Ask("What is the capital of France? Answer with one word.", 40);
  ASSERT_TRUE(usage) << usage.error().ToString();
  EXPECT_THAT(text_, HasSubstr("Paris"));
  EXPECT_EQ(usage->stop, StopReason::kEnd);
  EXPECT_GT(usage->prompt_tokens, 10);
  EXPECT_GT(usage->output_tokens, 1);
  const std::string first = text_;
  ASSERT_TRUE(Ask("What is the capital of France? Answer with one word.", 40));
  EXPECT_EQ(text_, first) << "the likeliest token each time";
}

TEST_F(LlamaChatTest, KeepsToTheLimitOfTokens) {
  const auto usage = Ask("Tell me a long story of a fox and a hen.", 9);
  ASSERT_TRUE(usage) << usage.error().ToString();
  EXPECT_EQ(usage->stop, StopReason::kLength);
  EXPECT_EQ(usage->output_tokens, 9);
}

TEST_F(LlamaChatTest, ACallerThatHasEnoughLeavesItFreeForTheNext) {
  EXPECT_EQ(Ask("Write a long story.", 900, 3).error().message, "enough");
  EXPECT_TRUE(Ask("Say hello.", 5));
}

TEST_F(LlamaChatTest, TooLongAPromptNamesBothLengths) {
  std::string prompt;
  for (int i = 0; i < 2000; ++i) prompt += "word ";
  const auto usage = Ask(prompt, 10);
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(usage.error().message, HasSubstr("is longer than the context"));
}

TEST_F(LlamaChatTest, TheEstimateOfTokensIsNeverTooLowByMoreThanATenth) {
  const std::vector<std::pair<const char*, std::string>> texts = {
      {"prose", "The quick brown fox jumps over the lazy dog, and nobody knows why it did so."},
      {"c",
       "static int compare(const void *a, const void *b) {\n\treturn *(const int *)a - 1;\n}\n"},
      {"python",
       "    def __init__(self, max_retries=3):\n        self.max_retries = max_retries\n"},
      {"camel", "HttpServletRequestWrapperFactoryBean getElementByIdOrThrow XMLHttpRequest"},
      {"snake", "pthread_mutex_timedlock_np EVP_CIPHER_CTX_set_padding __builtin_expect_va"},
      {"hex", "0xdeadbeef e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"base64", "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dA=="},
      {"numbers", "3.14159265358979 192.168.100.254 2024-02-29 1000000 0.0001"},
      {"japanese", "\xE5\x86\x8D\xE8\xA9\xA6\xE8\xA1\x8C\xE3\x81\xAE\xE9\x96\x93\xE9\x9A\x94"},
      {"german",
       "Gr\xC3\xB6\xC3\x9F"
       "enordnung der Verschl\xC3\xBCsselungs\xC3\xBC"
       "bertragung"},
      {"marks", "!@#$%^&*()[]{}<>?/|\\~`+=-_;:'\",. ->>= <<= && || :: ... ///"},
      {"spaces", "a    b\n\n\n\n\t\tc        d"}};
  for (const auto& [name, text] : texts) {
    const int real = server_->CountTokens(text);
    const int estimate = EstimateTokens(text);
    EXPECT_GE(estimate, real * 0.9) << name << " has " << real << " tokens";
    EXPECT_LE(estimate, real * 3.2 + 2) << name << " has " << real << " tokens";
  }
}

TEST_F(LlamaChatTest, AServerThatDiesInTheMiddleGivesNoShortAnswer) {
  GenerateOptions options;
  options.max_output_tokens = 900;
  const std::vector<Message> messages = {{Role::kUser, "Write a long story of a fox."}};
  int pieces = 0;
  const auto usage = generator_->Generate(
      messages, options,
      [&](std::string_view) -> Result<void> {
        if (++pieces == 3) server_->Kill();
        return {};
      },
      Soon());
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(usage.error().message, HasSubstr("broke off"));
  TearDownTestSuite();
  SetUpTestSuite();
}

}  // namespace
}  // namespace coppice::embed

int main(int argc, char** argv) {
  using coppice::embed::kModel;
  using coppice::embed::kProgram;
  for (const auto& [what, path] :
       {std::pair{"llama-server", kProgram}, {"SmolLM2's GGUF", kModel}}) {
    if (path.empty() || !std::filesystem::exists(path)) {
      std::printf("SKIPPED: %s is not there (%.*s)\n", what, static_cast<int>(path.size()),
                  path.data());
      return 77;
    }
  }
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
