#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "embed/chain/canary.h"
#include "embed/chain/link.h"
#include "embed/embedder.h"
#include "embed/text_generator.h"

namespace coppice::embed {

/// What a back end does at the moment; the test turns the knobs while a chain uses it.
struct BackendKnobs {
  std::string name;
  std::string revision = std::string(64, '1');
  int dimensions = 32;
  int max_input_bytes = 4096;
  std::atomic<int> weights{1};      // another number is another model
  std::atomic<double> rounding{0};  // how much its arithmetic differs
  std::optional<Error> open_error;  // of opening it
  std::optional<Error> error;       // of each call
  std::string text_before_error;    // of a generator
  std::atomic<int> calls{0};        // beside those that failed
};

/// The back end of those knobs; they must outlive it.
std::unique_ptr<Embedder> MakeFakeEmbedder(BackendKnobs& knobs);
ChainLink<Embedder> EmbedderLink(BackendKnobs& knobs);
/// Says its name.
ChainLink<TextGenerator> GeneratorLink(BackendKnobs& knobs);

/// Keeps records in memory.
class MemoryCanaryStore : public CanaryStore {
 public:
  Result<std::optional<CanaryRecord>> Load(const std::string& model, const std::string& revision,
                                           const Deadline& deadline) override;
  Result<void> Save(const CanaryRecord& record, const Deadline& deadline) override;
  std::vector<CanaryRecord> records;
};

}  // namespace coppice::embed
