#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace coppice::client {

/// The help of the program and of each verb: purpose, usage, examples, then verbs, arguments and
/// flags. Lines have at most 80 columns. The footer of an App holds its examples, a command a line;
/// the first line of its description is its purpose.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace coppice::client
