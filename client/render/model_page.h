#pragma once

#include <string>

#include "client/terminal.h"
#include "protocol/messages.h"

// What `coppice model` prints: for people, and as lines of `--plain`.
namespace coppice::client {

std::string ModelListPage(const protocol::ModelListReply& reply, const Display& display);
/// One model a line: name, use, dimensions, state, licence, context, quantisation, bytes, SHA-256,
/// source, trust, problem.
std::string ModelListPlain(const protocol::ModelListReply& reply);

/// What was added, pulled or verified, with what there is to know about it.
std::string ModelPage(const protocol::ModelStatus& model, const std::string& note,
                      const Display& display);

std::string ModelBenchPage(const protocol::ModelBenchReply& reply, const Display& display);
/// One line: name, dimensions, batch, texts, bytes, seconds, texts a second, bytes a second, p50
/// and p99 of one query in milliseconds.
std::string ModelBenchPlain(const protocol::ModelBenchReply& reply);

}  // namespace coppice::client
