#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "protocol/messages.h"

// Flags that several verbs share.
namespace coppice::client {

/// Which commits are read: --repo --ref --at --wait-for.
struct ViewFlags {
  std::vector<std::string> repos;
  std::string ref;
  std::string at;
  std::string wait_for;
  std::string worktree;  // known, refused
};
void AddViewFlags(CLI::App& verb, ViewFlags& flags);
/// Errors: kUnsupported for a flag that this version knows but cannot honour.
Result<protocol::ViewSelector> ToViewSelector(const ViewFlags& flags);

/// What may be found: --lang --path --kind --content.
void AddFilterFlags(CLI::App& verb, protocol::Filter& filter);

/// How much is wanted: --limit --budget --cursor.
struct SizeFlags {
  std::uint32_t limit = 10;
  std::uint32_t budget_tokens = 0;
  std::string cursor;
};
void AddSizeFlags(CLI::App& verb, SizeFlags& flags);

/// A check for a flag that takes one of a few words.
std::function<std::string(const std::string&)> OneOf(std::vector<std::string> values);

}  // namespace coppice::client
