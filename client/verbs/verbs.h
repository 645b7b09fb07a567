#pragma once

#include <CLI/CLI.hpp>

#include "client/session.h"

// One function for each group of verbs: adds them to the tree; the chosen one leaves its body in
// `chosen`.
namespace coppice::client {

void AddAddVerb(CLI::App& app, VerbBody& chosen);          // add
void AddRepositoryVerbs(CLI::App& app, VerbBody& chosen);  // remove list sync status
void AddFindVerbs(CLI::App& app, VerbBody& chosen);        // search show
void AddAskVerbs(CLI::App& app, VerbBody& chosen);         // ask
void AddModelVerbs(CLI::App& app, VerbBody& chosen);       // model list, add, …
void AddUpkeepVerbs(CLI::App& app, VerbBody& chosen);      // files jobs
void AddDaemonVerbs(CLI::App& app, VerbBody& chosen);      // ping version

/// Adds one verb. `examples` open its help; each line is a command.
CLI::App* AddVerb(CLI::App& app, const char* name, const char* purpose, const char* examples);

/// Runs `body` with `options`, which it shares with the flags of the verb.
template <class Options>
void Choose(CLI::App& verb, VerbBody& chosen, std::shared_ptr<Options> options,
            Result<ExitCode> (*body)(Session&, const Options&)) {
  verb.callback([&verb, &chosen, options = std::move(options), body] {
    if (!verb.get_subcommands().empty()) return;  // of `jobs retry`, retry is the verb
    chosen = [options, body](Session& session) { return body(session, *options); };
  });
}

}  // namespace coppice::client
