#include "indexer/vector_filler.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/doorbell.h"
#include "base/log.h"
#include "indexer/embed_input.h"
#include "indexer/stages/embed_stage.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kBlobsAtATime = 32;
constexpr std::size_t kTextsAtATime = 256;  // between two renewals of the claim
constexpr std::chrono::seconds kReportEvery{1};
constexpr std::chrono::seconds kPause{1};

using Inputs = std::unordered_map<store::TextNo, std::string>;

/// What the model is given for each of these texts; "" where the body of its blob is damaged.
Inputs InputsOf(const std::vector<store::TextNo>& texts,
                const std::vector<store::StoredFacts>& facts,
                const std::unordered_map<store::BlobNo, std::string>& bodies) {
  Inputs inputs;
  for (const store::TextNo text : texts) inputs.emplace(text, "");
  for (const store::StoredFacts& stored : facts) {
    const auto body = bodies.find(stored.blob);
    if (body == bodies.end()) continue;
    for (std::size_t i = 0; i < stored.texts.size(); ++i) {
      const auto input = inputs.find(stored.texts[i]);
      if (input != inputs.end() && input->second.empty()) {
        input->second = EmbedInput(stored.facts, i, body->second);
      }
    }
  }
  return inputs;
}

}  // namespace

/// One pass.
struct VectorFiller::Work {
  store::ModelRecord model;
  std::shared_ptr<const embed::Embedder> embedder;
  bool building = false;  // a generation: who asks is told how far it is
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::int64_t written = 0;
  bool over = false;  // it is being built no more: another daemon was first, or it was given up
  Deadline::Clock::time_point report_at{};
};

Result<bool> VectorFiller::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const bool drained, Drain(deadline));
  COPPICE_ASSIGN(const auto generations, store_.generations().List(deadline));
  for (const store::Generation& generation : generations) {
    if (generation.state != store::GenerationState::kBuilding) continue;
    COPPICE_ASSIGN(const bool built, Build(generation, deadline));
    return built || drained;
  }
  return drained;
}

Result<bool> VectorFiller::Drain(const Deadline& deadline) {
  store::VectorBacklog& backlog = store_.vector_backlog();
  COPPICE_ASSIGN(const auto spans, backlog.Pending(options_.span_blobs, deadline));
  COPPICE_ASSIGN(const auto serving, store_.generations().Serving(deadline));
  if (!serving) return false;
  if (!spans.empty()) {
    Work work{.model = *serving, .embedder = nullptr};
    COPPICE_ASSIGN(work.embedder, models_.Open(serving->name, serving->revision));
    for (const store::BlobSpan& span : spans) {
      COPPICE_TRY(FillSpan(work, span, deadline));
      COPPICE_TRY(backlog.Settle(serving->number, span, kTextTemplate, deadline));
    }
  }
  return store_.generations().Complete(serving->number, kTextTemplate, deadline);
}

Result<bool> VectorFiller::Build(const store::Generation& building, const Deadline& deadline) {
  Work work{.model = building.model, .embedder = nullptr, .building = true};
  auto opened = models_.Open(work.model.name, work.model.revision);
  if (!opened) {
    COPPICE_TRY(store_.generations().Report(work.model.number, building.done, building.total,
                                            opened.error().Sentence(), deadline));
    return opened.error().WithContext(work.model.name);
  }
  work.embedder = std::move(*opened);
  COPPICE_ASSIGN(const auto spaces, store_.vector_backlog().Spaces(deadline));
  for (const store::BlobSpan& space : spaces) work.total += space.end;
  for (const store::BlobSpan& space : spaces) {
    for (std::int32_t first = 0; first < space.end; first += options_.span_blobs) {
      const store::BlobSpan span{space.space, first,
                                 std::min(first + options_.span_blobs, space.end)};
      COPPICE_TRY(FillSpan(work, span, deadline));
      work.done += span.end - span.first;
      COPPICE_TRY(Report(work, deadline));
      if (work.over) return true;
    }
  }
  const auto switched = store_.generations().Switch(work.model.number, kTextTemplate, deadline);
  if (!switched && switched.error().code != ErrorCode::kNotFound) return switched.error();
  if (switched.value_or(false)) {
    LogInfo("model_switched", {{"model", work.model.name}, {"revision", work.model.revision}});
  }
  return !switched || *switched || work.written > 0;
}

Result<void> VectorFiller::Report(Work& work, const Deadline& deadline) {
  const auto now = Deadline::Clock::now();
  if (!work.building || now < work.report_at) return {};
  work.report_at = now + kReportEvery;
  COPPICE_TRY(store_.generations().Report(work.model.number, work.done, work.total, "", deadline));
  COPPICE_ASSIGN(const auto generations, store_.generations().List(deadline));
  for (const store::Generation& generation : generations) {
    if (generation.model.number == work.model.number &&
        generation.state == store::GenerationState::kBuilding) {
      return {};
    }
  }
  work.over = true;
  return {};
}

Result<void> VectorFiller::FillSpan(Work& work, const store::BlobSpan& span,
                                    const Deadline& deadline) {
  store::VectorBacklog& backlog = store_.vector_backlog();
  COPPICE_ASSIGN(auto lacking, backlog.Lacking(work.model.number, span, kTextTemplate, deadline));
  if (lacking.empty()) return {};
  COPPICE_ASSIGN(const bool mine,
                 backlog.Claim(work.model.number, span, options_.lease, owner_, deadline));
  if (!mine) return {};
  const std::span<const store::BlobNo> blobs = lacking;
  for (std::size_t from = 0; from < blobs.size(); from += kBlobsAtATime) {
    COPPICE_TRY(FillBlobs(
        work, span, blobs.subspan(from, std::min(kBlobsAtATime, blobs.size() - from)), deadline));
  }
  return backlog.Release(work.model.number, span, owner_, deadline);
}

Result<void> VectorFiller::FillBlobs(Work& work, const store::BlobSpan& span,
                                     std::span<const store::BlobNo> blobs,
                                     const Deadline& deadline) {
  store::VectorBacklog& backlog = store_.vector_backlog();
  COPPICE_ASSIGN(const auto facts, store_.reader().ReadFacts(span.space, blobs, deadline));
  std::vector<store::TextNo> texts;
  for (const store::StoredFacts& stored : facts) {
    texts.insert(texts.end(), stored.texts.begin(), stored.texts.end());
  }
  COPPICE_ASSIGN(const auto missing,
                 backlog.WithoutVector(work.model.number, span.space, texts, deadline));
  COPPICE_ASSIGN(const auto bodies, store_.reader().ReadBodies(span.space, blobs, deadline));
  const Inputs inputs = InputsOf(missing, facts, bodies);
  for (std::size_t from = 0; from < missing.size(); from += kTextsAtATime) {
    const auto part =
        std::span(missing).subspan(from, std::min(kTextsAtATime, missing.size() - from));
    std::vector<std::string_view> views;
    for (const store::TextNo text : part) views.emplace_back(inputs.at(text));
    COPPICE_ASSIGN(const auto values, EmbedTexts(*work.embedder, views, deadline));
    COPPICE_TRY(backlog.Write(work.model.number, span.space, part, values, deadline));
    work.written += static_cast<std::int64_t>(part.size());
    COPPICE_TRY(backlog.Claim(work.model.number, span, options_.lease, owner_, deadline));
    COPPICE_TRY(Report(work, deadline));
    if (work.over) return {};
  }
  return {};
}

void VectorFiller::Run(const std::stop_token& stop) {
  Doorbell pause;
  std::string last_problem;
  while (!stop.stop_requested()) {
    const auto stepped = Step(Deadline::Never(stop));
    const std::string problem = stepped || stop.stop_requested() ? "" : stepped.error().message;
    if (problem != last_problem && !problem.empty()) {
      LogWarning("vectors_not_filled", {{"why", problem}, {"remedy", stepped.error().remedy}});
    }
    last_problem = problem;
    if (!stepped.value_or(false)) pause.Wait(Deadline::After(kPause, stop));
  }
}

}  // namespace coppice::indexer
