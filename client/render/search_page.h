#pragma once

#include <string>

#include "client/terminal.h"
#include "protocol/messages.h"

namespace coppice::client {

/// What `search` prints for people: the commits that were read, then for each hit its place, symbol
/// and score, why it was found, and the lines that matter. `explain` adds each search's own score.
std::string SearchPage(const protocol::SearchReply& reply, const Display& display, bool explain);

/// The message under it: how many and how long, what is missing, how to get more.
std::string SearchNote(const protocol::SearchReply& reply);

/// One hit a line: path, first line, last line, symbol, kind, score, found by, repository, ref,
/// commit, id.
std::string SearchPlain(const protocol::SearchReply& reply);

/// What `show` prints for people.
std::string ShowPage(const protocol::ShowReply& reply, const Display& display);

}  // namespace coppice::client
