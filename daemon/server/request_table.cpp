#include "daemon/server/request_table.h"

namespace coppice::server {

InFlight& RequestTable::Add(InFlight request) {
  const std::uint64_t serial = request.serial;
  by_client_[{request.route, request.id}] = serial;
  if (protocol::InfoOf(request.method).mutating) mutating_[request.id] = serial;
  return by_serial_.emplace(serial, std::move(request)).first->second;
}

InFlight* RequestTable::Find(std::uint64_t serial) {
  const auto found = by_serial_.find(serial);
  return found == by_serial_.end() ? nullptr : &found->second;
}

InFlight* RequestTable::Find(const std::string& route, const std::string& id) {
  const auto found = by_client_.find({route, id});
  return found == by_client_.end() ? nullptr : Find(found->second);
}

InFlight* RequestTable::FindMutating(const std::string& id) {
  const auto found = mutating_.find(id);
  return found == mutating_.end() ? nullptr : Find(found->second);
}

void RequestTable::Move(InFlight& request, const std::string& route) {
  by_client_.erase({request.route, request.id});
  request.route = route;
  by_client_[{request.route, request.id}] = request.serial;
}

void RequestTable::Erase(std::uint64_t serial) {
  const auto found = by_serial_.find(serial);
  if (found == by_serial_.end()) return;
  by_client_.erase({found->second.route, found->second.id});
  if (protocol::InfoOf(found->second.method).mutating) mutating_.erase(found->second.id);
  by_serial_.erase(found);
}

std::size_t RequestTable::CountOf(const std::string& route) const {
  return SerialsOf(route).size();
}

std::vector<std::uint64_t> RequestTable::SerialsOf(const std::string& route) const {
  std::vector<std::uint64_t> serials;
  for (auto i = by_client_.lower_bound({route, std::string()});
       i != by_client_.end() && i->first.first == route; ++i) {
    serials.push_back(i->second);
  }
  return serials;
}

std::vector<std::uint64_t> RequestTable::AllSerials() const {
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, request] : by_serial_) serials.push_back(serial);
  return serials;
}

}  // namespace coppice::server
