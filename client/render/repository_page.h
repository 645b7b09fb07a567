#pragma once

#include <string>
#include <string_view>

#include "client/terminal.h"
#include "protocol/messages.h"

// What `list`, `status`, `add`, `sync`, `files` and `jobs` print: for people, and as lines of
// `--plain`.
namespace coppice::client {

std::string ListPage(const protocol::ListReply& reply, const Display& display);
/// One repository a line: name, state, ref, commit, head commit, fresh|stale, indexed, skipped,
/// quarantined, pending, chunks, indexed at, location.
std::string ListPlain(const protocol::ListReply& reply);

std::string StatusPage(const protocol::StatusReply& reply, const Display& display);
/// A line each: "daemon", "jobs", "model", "repo" and its fields.
std::string StatusPlain(const protocol::StatusReply& reply);

std::string AddPage(const protocol::AddReply& reply, const Display& display);
std::string AddPlain(const protocol::AddReply& reply);
std::string SyncPage(const protocol::SyncReply& reply, const Display& display);
std::string SyncPlain(const protocol::SyncReply& reply);

/// A part of the listing: one file a line.
std::string FilesLines(const protocol::FilesPart& part, const Display& display);
/// What can be done about files that were left out for this reason; "" where nothing need be.
std::string_view RemedyFor(std::string_view reason);
std::string FilesPlain(const protocol::FilesPart& part);

std::string JobsPage(const protocol::JobsReply& reply, const Display& display);
std::string JobsPlain(const protocol::JobsReply& reply);

}  // namespace coppice::client
