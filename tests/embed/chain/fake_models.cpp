#include "tests/embed/chain/fake_models.h"

#include <cmath>
#include <cstdint>
#include <random>

namespace coppice::embed {
namespace {

/// Each text its own random direction, by text and weights; `rounding` turns it a little.
class FakeEmbedder : public Embedder {
 public:
  explicit FakeEmbedder(BackendKnobs& knobs) : knobs_(knobs) {
    info_.name = knobs.name;
    info_.revision = knobs.revision;
    info_.dimensions = knobs.dimensions;
    info_.max_input_bytes = knobs.max_input_bytes;
  }

  const ModelInfo& info() const override { return info_; }

  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline& /*deadline*/) const override {
    if (knobs_.error) return *knobs_.error;
    ++knobs_.calls;
    const auto dimensions = static_cast<std::size_t>(info_.dimensions);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Fill(inputs[i], purpose, out.subspan(i * dimensions, dimensions));
    }
    return {};
  }

 private:
  void Fill(std::string_view text, Purpose purpose, std::span<float> row) const {
    const auto seed = std::hash<std::string_view>()(text) ^
                      static_cast<std::size_t>(knobs_.weights * 7 + static_cast<int>(purpose));
    std::mt19937_64 direction(seed);
    std::mt19937_64 error(seed + 1);
    std::normal_distribution<double> normal;
    double squares = 0;
    for (float& value : row) {
      value = static_cast<float>(normal(direction) + knobs_.rounding * normal(error));
      squares += static_cast<double>(value) * value;
    }
    for (float& value : row) value = static_cast<float>(value / std::sqrt(squares));
  }

  BackendKnobs& knobs_;
  ModelInfo info_;
};

class FakeGenerator : public TextGenerator {
 public:
  explicit FakeGenerator(BackendKnobs& knobs) : knobs_(knobs) {
    info_.name = knobs.name;
    info_.context_tokens = knobs.max_input_bytes;
  }

  const GeneratorInfo& info() const override { return info_; }

  Result<GenerateUsage> Generate(std::span<const Message> /*messages*/,
                                 const GenerateOptions& /*options*/, const OnText& on_text,
                                 const Deadline& /*deadline*/) override {
    if (!knobs_.text_before_error.empty()) COPPICE_TRY(on_text(knobs_.text_before_error));
    if (knobs_.error) return *knobs_.error;
    ++knobs_.calls;
    COPPICE_TRY(on_text(knobs_.name));
    return GenerateUsage{};
  }

  Result<int> CountTokens(std::string_view text) const override {
    return static_cast<int>(text.size());
  }

 private:
  BackendKnobs& knobs_;
  GeneratorInfo info_;
};

}  // namespace

std::unique_ptr<Embedder> MakeFakeEmbedder(BackendKnobs& knobs) {
  return std::make_unique<FakeEmbedder>(knobs);
}

ChainLink<Embedder> EmbedderLink(BackendKnobs& knobs) {
  return {knobs.name, [&knobs](const Deadline&) -> Result<std::unique_ptr<Embedder>> {
            if (knobs.open_error) return *knobs.open_error;
            return MakeFakeEmbedder(knobs);
          }};
}

ChainLink<TextGenerator> GeneratorLink(BackendKnobs& knobs) {
  return {knobs.name, [&knobs](const Deadline&) -> Result<std::unique_ptr<TextGenerator>> {
            if (knobs.open_error) return *knobs.open_error;
            return std::unique_ptr<TextGenerator>(std::make_unique<FakeGenerator>(knobs));
          }};
}

Result<std::optional<CanaryRecord>> MemoryCanaryStore::Load(const std::string& model,
                                                            const std::string& revision,
                                                            const Deadline& /*deadline*/) {
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (record->model.name == model && (revision.empty() || record->model.revision == revision)) {
      return std::optional<CanaryRecord>(*record);
    }
  }
  return std::optional<CanaryRecord>();
}

Result<void> MemoryCanaryStore::Save(const CanaryRecord& record, const Deadline& /*deadline*/) {
  std::erase_if(records, [&record](const CanaryRecord& old) {
    return old.model.name == record.model.name && old.model.revision == record.model.revision;
  });
  records.push_back(record);
  return {};
}

}  // namespace coppice::embed
