#pragma once

#include "protocol/messages.h"

// Answers as a daemon would give them, for the tests of what is printed.
namespace coppice::client {

protocol::ViewInfo SampleView();
protocol::Hit SampleFunctionHit();  // a long C++ function: the snippet leaves lines out
protocol::Hit SampleMarkdownHit();
protocol::Hit HostileHit();  // control characters, bidi, zero-width, bytes that are no UTF-8
protocol::SearchReply SampleSearch();
protocol::RepoInfo SampleRepo();
protocol::RepoInfo EmptyRepo();  // nothing indexed yet, with a problem
protocol::ModelListReply SampleModels();
protocol::ModelStatus DamagedModel();
protocol::StatusReply SampleStatus();
protocol::JobsReply SampleJobs();
protocol::FilesPart SampleFiles();
protocol::ShowReply SampleShow();

}  // namespace coppice::client
