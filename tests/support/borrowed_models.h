#pragma once

#include <map>
#include <memory>
#include <string>

#include "embed/embedder_registry.h"

namespace coppice::test {

/// An embedder that a test owns, for who holds embedders by shared_ptr.
inline std::shared_ptr<const embed::Embedder> Borrow(const embed::Embedder& embedder) {
  return {std::shared_ptr<void>(), &embedder};
}

/// A registry of the embedders of a test; the one given last stands for its name.
class BorrowedModels {
 public:
  void Set(const embed::Embedder& embedder) { models_[embedder.info().name] = &embedder; }
  void Forget(const std::string& name) { models_.erase(name); }
  embed::EmbedderRegistry& registry() { return registry_; }

 private:
  class Borrowed final : public embed::Embedder {
   public:
    explicit Borrowed(const embed::Embedder& embedder) : embedder_(embedder) {}
    const embed::ModelInfo& info() const override { return embedder_.info(); }
    Result<void> Embed(std::span<const std::string_view> inputs, embed::Purpose purpose,
                       std::span<float> out, const Deadline& deadline) const override {
      return embedder_.Embed(inputs, purpose, out, deadline);
    }

   private:
    const embed::Embedder& embedder_;
  };

  Result<std::unique_ptr<embed::Embedder>> Open(const std::string& name) const {
    const auto found = models_.find(name);
    if (found == models_.end()) return MakeError(ErrorCode::kNotFound, "no model " + name);
    return std::unique_ptr<embed::Embedder>(std::make_unique<Borrowed>(*found->second));
  }

  std::map<std::string, const embed::Embedder*> models_;
  embed::EmbedderRegistry registry_{[this](const std::string& name) { return Open(name); }};
};

}  // namespace coppice::test
