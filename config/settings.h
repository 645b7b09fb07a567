#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace coppice::config {

/// Every setting of the daemon with its default. One member here, one row in the option table.
struct Settings {
  struct State {
    std::string directory;  // "" = by account, see DefaultPaths
  } state;

  struct Server {
    std::string listen;  // "" = by account, see DefaultPaths
    std::int64_t workers = 2;
    std::int64_t queue = 64;
    std::int64_t max_inflight = 16;
    std::int64_t drain_seconds = 10;
  } server;

  struct Database {
    std::string url;  // "" = a private cluster in the state directory
    bool migrate = true;
    std::int64_t max_connections = 8;
    std::string private_user;           // "" = coppice, postgres or nobody, when started as root
    std::string private_bin_directory;  // "" = the newest installed
  } database;

  struct Index {
    std::int64_t parser_workers = 2;
    std::int64_t parse_timeout_seconds = 10;
    std::int64_t poll_seconds = 2;
    std::string sandbox = "prefer";
  } index;

  struct Memory {
    std::int64_t limit_mib = 0;  // 0 = three quarters of what there is
  } memory;

  struct Vector {
    std::string index = "memory";
  } vector;

  struct Embedding {
    std::string model;  // "" = what was chosen, at first static/default
  } embedding;

  struct Log {
    std::string level = "info";
  } log;

  /// `[ranking]` and its subtables, flat ("question.vector" -> 0.6). Checked by the daemon against
  /// the weights it knows; here only that they are numbers.
  std::map<std::string, double> ranking;
};

}  // namespace coppice::config
