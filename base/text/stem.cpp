#include "base/text/stem.h"

#include <algorithm>
#include <functional>
#include <libstemmer.h>
#include <string>
#include <unordered_map>

#include "base/check.h"

namespace coppice::text {
namespace {

constexpr std::size_t kMinStemmedBytes = 3;
constexpr std::size_t kMaxStemmedBytes = 32;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view word) const {
    return std::hash<std::string_view>{}(word);
  }
};

struct Release {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

bool HasStem(std::string_view word) {
  return word.size() >= kMinStemmedBytes && word.size() <= kMaxStemmedBytes &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

struct Stemmer::Impl {
  std::unique_ptr<sb_stemmer, Release> snowball;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> remembered;
};

Stemmer::Stemmer() : impl_(std::make_unique<Impl>()) {
  impl_->snowball.reset(sb_stemmer_new("english", nullptr));
  COPPICE_CHECK(impl_->snowball != nullptr, "libstemmer lacks English");
}
Stemmer::~Stemmer() = default;
Stemmer::Stemmer(Stemmer&&) noexcept = default;
Stemmer& Stemmer::operator=(Stemmer&&) noexcept = default;

std::string_view Stemmer::Stem(std::string_view word) {
  if (!HasStem(word)) return word;
  if (const auto known = impl_->remembered.find(word); known != impl_->remembered.end()) {
    return known->second;
  }
  if (impl_->remembered.size() >= kMaxRemembered) impl_->remembered.clear();
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stem =
      sb_stemmer_stem(impl_->snowball.get(), symbols, static_cast<int>(word.size()));
  COPPICE_CHECK(stem != nullptr, "out of memory");
  const auto length = static_cast<std::size_t>(sb_stemmer_length(impl_->snowball.get()));
  std::string text(reinterpret_cast<const char*>(stem), length);
  return impl_->remembered.emplace(std::string(word), std::move(text)).first->second;
}

}  // namespace coppice::text
