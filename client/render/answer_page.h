#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/terminal.h"
#include "protocol/messages.h"

namespace coppice::client {

/// A piece of an answer, safe for a terminal: line ends and tabs stay, whatever else a terminal
/// would obey or hide is escaped.
std::string AnswerText(std::string_view text);

/// What stands under an answer: its sources with place and commit, each citation that could not be
/// verified and why, names that the index does not know.
std::string AnswerPage(const protocol::AskReply& reply,
                       const std::vector<protocol::AskPart>& sources, const Display& display);

}  // namespace coppice::client
