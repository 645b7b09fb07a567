#pragma once

#include <cstdio>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/environment.h"
#include "client/session.h"

namespace coppice::client {

/// One verb of the tree, for the test that holds docs/cli.md against it.
struct VerbDescription {
  std::string name;                // "jobs retry"; "" = the program itself
  std::vector<std::string> flags;  // each spelling that is shown: "-q", "--quiet"
  std::vector<std::string> arguments;
};

/// What a command line asks for: a text to print (help, --version), or a verb to run.
struct Invocation {
  GlobalOptions options;
  VerbBody body;  // empty: print `text`
  std::string text;
};

/// Errors: kInvalidArgument, with a remedy.
Result<Invocation> ParseCommandLine(const std::vector<std::string>& arguments);

std::vector<VerbDescription> DescribeCommandLine();

/// The whole program but the signals: parses, runs the verb, reports its error, gives the exit
/// code. `arguments`: without the program's name.
int RunCoppice(const std::vector<std::string>& arguments, const Environment& environment,
               std::FILE* out, std::FILE* err, const std::stop_token& stop);

}  // namespace coppice::client
