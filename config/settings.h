#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

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

  /// Names of models, BACKEND/MODEL, in the order in which they are asked.
  struct Models {
    std::vector<std::string> embedding;   // empty = what was chosen, at first static/default
    std::vector<std::string> generation;  // empty = answers are extracts
  } models;

  struct Daemon {
    std::vector<std::string> roles = {"index", "embed", "serve"};
  } daemon;

  /// One [backend.NAME]: what runs the models whose names begin with NAME/.
  struct Backend {
    std::string kind;  // "openai"; "llama", which "local" is without being named here
    // openai
    std::string url;
    std::string key_file;
    std::string ca_file;
    std::int64_t max_inflight = 8;
    // llama
    std::string gpu = "auto";
    std::int64_t gpu_layers = 999;
    std::int64_t threads = 0;
    std::int64_t context_tokens = 0;
    std::int64_t batch_tokens = 2048;
    friend bool operator==(const Backend&, const Backend&) = default;
  };
  std::map<std::string, Backend> backends;

  struct Log {
    std::string level = "info";
  } log;

  /// `[ranking]` and its subtables, flat ("question.vector" -> 0.6). Checked by the daemon against
  /// the weights it knows; here only that they are numbers.
  std::map<std::string, double> ranking;
};

}  // namespace coppice::config
