#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "embed/circuit_breaker.h"

namespace coppice::embed {

/// Whether a chain may be answered by one of its links.
enum class LinkStatus : std::uint8_t {
  kUnopened,  // could not be reached yet
  kReady,
  kDown,      // failed; is tried again after a pause
  kExcluded,  // is not what the chain needs; why stands in the reason
};

/// "unopened", "ready", "down", "excluded".
std::string_view LinkStatusName(LinkStatus status);

struct LinkState {
  std::string name;  // "vllm/bge-m3"
  LinkStatus status = LinkStatus::kUnopened;
  std::string reason;  // why it is not ready
};

/// What `status` says of a chain.
struct ChainState {
  std::string serving;  // the link that answers; "" = none
  std::vector<LinkState> links;
};

/// The first link of a chain that answers is the one that is asked: keeps which those are, and logs
/// each change once.
///
/// Place:  in EmbedderChain and GeneratorChain.
/// Shape:  links by their place in the chain, from 0. A link that failed is left alone by a breaker
///         that opens at the first failure: 1 s, doubled up to 60 s.
/// Limits: thread-safe; never waits.
class LinkHealth {
 public:
  /// `use`: "embedding", for the log.
  LinkHealth(std::string use, std::vector<std::string> names,
             const CircuitBreaker::Now& now = &CircuitBreaker::Clock::now);

  /// Whether the link may be asked now; then Succeeded, Failed, Withdrawn or Exclude must follow.
  /// Errors: kUnavailable with why not.
  Result<void> Admit(std::size_t link);
  void Succeeded(std::size_t link);
  void Failed(std::size_t link, const Error& error);
  void Withdrawn(std::size_t link);
  /// It is not asked any more until Accept.
  void Exclude(std::size_t link, const Error& error);
  /// It could not be reached to be opened.
  void Unopened(std::size_t link, const Error& error);
  /// It is open and what the chain needs.
  void Accept(std::size_t link);

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t link) const { return names_[link]; }
  /// Whether it never failed since it last succeeded.
  [[nodiscard]] bool IsHealthy(std::size_t link) const;
  [[nodiscard]] bool IsExcluded(std::size_t link) const;
  [[nodiscard]] ChainState state() const;

  /// Whether an error is one that another link might not give.
  static bool IsOfTheLink(const Error& error);

 private:
  LinkState StateOf(std::size_t link) const COPPICE_REQUIRES(mutex_);
  void NoteServing() COPPICE_REQUIRES(mutex_);

  const std::string use_;
  const std::vector<std::string> names_;
  std::vector<std::unique_ptr<CircuitBreaker>> breakers_;

  mutable Mutex mutex_;
  // Why; "" = it is not.
  std::vector<std::string> unopened_ COPPICE_GUARDED_BY(mutex_);
  std::vector<std::string> excluded_ COPPICE_GUARDED_BY(mutex_);
  std::string serving_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::embed
