#pragma once

#include <chrono>
#include <string>

#include "indexer/parse/worker/worker_options.h"

namespace coppice::indexer {

/// Gives up, for good, what a process that reads hostile bytes has no need of. docs/security.md
/// lists it as promises.
///
/// Place:  called once by a parser process, on its only thread, before the first byte of a blob.
///         Standard input and output are the pipe to the daemon and stay; nothing else does.
/// Shape:  limits (memory, CPU time, no file size, no descriptor, no process, no core), descriptors
///         closed, root becomes uid 65534, no capabilities, no_new_privs; with `options.filter`
///         also Landlock where the kernel has it, and a filter under which any system call but
///         those for reading, writing, memory and ending kills the process with SIGSYS.
/// Errors: what is missing and why, as text for people; "" where all of it holds.
std::string EnterSandbox(const WorkerOptions& options);

/// From now on the process may use that much more CPU time; then SIGXCPU ends it.
void AllowCpuTime(std::chrono::seconds limit);

}  // namespace coppice::indexer
