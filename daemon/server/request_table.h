#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "daemon/server/credit_gate.h"
#include "protocol/methods.h"

namespace coppice::server {

/// A request that has been accepted and not yet answered.
struct InFlight {
  std::uint64_t serial = 0;
  std::string route;  // the client's connection
  std::string id;     // as the client chose it
  std::string traceparent;
  protocol::Method method = protocol::Method::kPing;
  std::stop_source stop;
  // Shared with the Call: the I/O thread grants what the worker takes, and either may end first.
  std::shared_ptr<CreditGate> gate;
  std::uint32_t next_seq = 0;
  std::chrono::steady_clock::time_point received_at;
};

/// The requests in flight, by serial, by (client, id), and for calls that change something by id
/// alone.
///
/// Place: the I/O thread.
class RequestTable {
 public:
  /// The entry stays where it is until it is erased.
  InFlight& Add(InFlight request);
  InFlight* Find(std::uint64_t serial);
  InFlight* Find(const std::string& route, const std::string& id);
  /// A mutating request of any client.
  InFlight* FindMutating(const std::string& id);
  /// Gives the request to another connection of its client.
  void Move(InFlight& request, const std::string& route);
  void Erase(std::uint64_t serial);

  [[nodiscard]] std::size_t size() const { return by_serial_.size(); }
  [[nodiscard]] std::size_t CountOf(const std::string& route) const;
  [[nodiscard]] std::vector<std::uint64_t> SerialsOf(const std::string& route) const;
  [[nodiscard]] std::vector<std::uint64_t> AllSerials() const;

 private:
  using Key = std::pair<std::string, std::string>;  // route, id
  std::map<std::uint64_t, InFlight> by_serial_;
  std::map<Key, std::uint64_t> by_client_;
  std::map<std::string, std::uint64_t> mutating_;
};

}  // namespace coppice::server
