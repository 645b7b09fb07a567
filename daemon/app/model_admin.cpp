#include "daemon/app/model_admin.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/format.h"
#include "embed/catalogue/catalogue.h"
#include "embed/catalogue/model_bench.h"

namespace coppice::app {
namespace {

using Clock = std::chrono::steady_clock;

protocol::ModelStatus ToWire(const embed::ModelEntry& entry) {
  protocol::ModelStatus status;
  status.name = entry.spec.name;
  status.use = embed::ToText(entry.spec.use);
  status.dimensions = static_cast<std::uint32_t>(entry.spec.dimensions);
  status.state = embed::ToText(entry.state);
  status.licence = entry.spec.licence;
  status.context_tokens = static_cast<std::uint32_t>(entry.spec.context_tokens);
  status.quantisation = entry.quantisation;
  status.size_bytes = entry.size_bytes;
  status.sha256 = entry.spec.sha256;
  status.source = entry.source;
  status.trust = entry.trust;
  status.problem = entry.problem;
  return status;
}

protocol::ModelReply ToWire(const embed::TakenModel& taken) {
  return {ToWire(taken.entry), taken.note};
}

/// Turns the bytes of one phase into events: the first, the last, and five a second between.
class Reporter {
 public:
  Reporter(std::string name, std::string phase, server::ModelAdmin::OnProgress on_progress)
      : on_progress_(std::move(on_progress)), begin_(Clock::now()) {
    progress_.name = std::move(name);
    progress_.phase = std::move(phase);
  }

  void operator()(std::uint64_t done, std::uint64_t total) {
    constexpr std::chrono::milliseconds kPause{200};
    const auto now = Clock::now();
    const bool first = told_ == Clock::time_point();
    const bool last = done == total;
    if (!first && !last && now - told_ < kPause) return;
    told_ = now;
    progress_.done = static_cast<std::int64_t>(done);
    progress_.total = static_cast<std::int64_t>(total);
    const double passed = std::chrono::duration<double>(now - begin_).count();
    progress_.bytes_per_second = passed > 0 ? static_cast<double>(done) / passed : 0;
    on_progress_(progress_);
  }

 private:
  const server::ModelAdmin::OnProgress on_progress_;
  const Clock::time_point begin_;
  Clock::time_point told_;
  protocol::ModelProgress progress_;
};

Result<embed::ModelProperties> PropertiesOf(const protocol::ModelAddRequest& request) {
  embed::ModelProperties properties;
  if (!request.use.empty()) {
    properties.use = embed::ParseModelUse(request.use);
    if (!properties.use) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("use: '{}' is none of embed, rerank, generate", request.use));
    }
  }
  if (!request.pooling.empty()) {
    properties.pooling = embed::ParsePooling(request.pooling);
    if (!properties.pooling) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("pooling: '{}' is none of model, mean, cls, last", request.pooling));
    }
  }
  constexpr std::uint32_t kLargest = 1U << 24U;
  if (request.dimensions > kLargest || request.context_tokens > kLargest) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("dimensions, context_tokens: expected at most {}", kLargest));
  }
  properties.dimensions = static_cast<int>(request.dimensions);
  properties.context_tokens = static_cast<int>(request.context_tokens);
  properties.query_prefix = request.query_prefix;
  properties.document_prefix = request.document_prefix;
  if (request.no_normalise) properties.normalise = false;
  properties.licence = request.licence;
  return properties;
}

}  // namespace

Result<protocol::ModelListReply> ModelAdmin::List() {
  COPPICE_ASSIGN(const auto entries, registry_.List());
  protocol::ModelListReply reply;
  for (const embed::ModelEntry& entry : entries) reply.models.push_back(ToWire(entry));
  return reply;
}

Result<protocol::ModelReply> ModelAdmin::Pull(const protocol::ModelPullRequest& request,
                                              const OnProgress& on_progress,
                                              const Deadline& deadline) {
  embed::PullModelRequest pull;
  pull.name = request.name;
  pull.url = request.url;
  pull.sha256 = request.sha256;
  pull.trust_first_use = request.trust_first_use;
  pull.allow_http = request.allow_http;
  COPPICE_ASSIGN(const embed::TakenModel taken,
                 registry_.Pull(pull, http_, embed::DownloadOptions(),
                                Reporter(request.name, "download", on_progress), deadline));
  return ToWire(taken);
}

Result<protocol::ModelReply> ModelAdmin::Add(const protocol::ModelAddRequest& request,
                                             const OnProgress& on_progress,
                                             const Deadline& deadline) {
  embed::AddModelRequest add;
  add.path = request.path.value;
  add.name = request.name;
  add.sha256 = request.sha256;
  add.trust_first_use = request.trust_first_use;
  COPPICE_ASSIGN(add.properties, PropertiesOf(request));
  const std::string shown =
      request.name.empty() ? std::filesystem::path(add.path).filename().string() : request.name;
  COPPICE_ASSIGN(const embed::TakenModel taken,
                 registry_.Add(add, Reporter(shown, "copy", on_progress), deadline));
  return ToWire(taken);
}

Result<protocol::ModelListReply> ModelAdmin::Verify(const protocol::ModelRequest& request,
                                                    const OnProgress& on_progress,
                                                    const Deadline& deadline) {
  protocol::ModelListReply reply;
  if (!request.name.empty()) {
    COPPICE_ASSIGN(
        const embed::ModelEntry entry,
        registry_.Verify(request.name, Reporter(request.name, "verify", on_progress), deadline));
    reply.models.push_back(ToWire(entry));
    return reply;
  }
  COPPICE_ASSIGN(const auto entries, registry_.List());
  for (const embed::ModelEntry& entry : entries) {
    const std::string& name = entry.spec.name;
    if (entry.trust.empty() && entry.problem.empty()) continue;  // not here
    const auto verified = registry_.Verify(name, Reporter(name, "verify", on_progress), deadline);
    if (!verified && deadline.expired()) return verified.error();
    reply.models.push_back(ToWire(verified ? *verified : entry));
    if (!verified) reply.models.back().problem = verified.error().Sentence();
  }
  return reply;
}

Result<void> ModelAdmin::Remove(const protocol::ModelRequest& request) {
  return registry_.Remove(request.name);
}

Result<protocol::ModelBenchReply> ModelAdmin::Bench(const protocol::ModelRequest& request,
                                                    const OnProgress& on_progress,
                                                    const Deadline& deadline) {
  if (!request.name.starts_with("static/")) {
    COPPICE_ASSIGN(const embed::ModelSpec spec, registry_.Use(request.name, deadline));
    if (spec.use != embed::ModelUse::kEmbed) {
      return MakeError(ErrorCode::kUnsupported,
                       fmt::format("{} is for use {}: embedding models are measured", spec.name,
                                   embed::ToText(spec.use)));
    }
  }
  COPPICE_ASSIGN(const auto embedder, open_(request.name));
  Reporter report(request.name, "bench", on_progress);
  const auto on_bytes = [&](std::uint64_t bytes) { report(bytes, 0); };
  COPPICE_ASSIGN(const embed::BenchResult result,
                 embed::BenchEmbedder(*embedder, on_bytes, deadline));
  protocol::ModelBenchReply reply;
  reply.name = embedder->info().name;
  reply.dimensions = static_cast<std::uint32_t>(embedder->info().dimensions);
  reply.batch = static_cast<std::uint32_t>(result.batch);
  reply.texts = result.texts;
  reply.bytes = result.bytes;
  reply.seconds = result.seconds;
  reply.texts_per_second = result.texts_per_second();
  reply.bytes_per_second = result.bytes_per_second();
  reply.query_p50_ms = result.query_p50_ms;
  reply.query_p99_ms = result.query_p99_ms;
  return reply;
}

}  // namespace coppice::app
