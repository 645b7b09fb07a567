// Question: how long does a search take for a client of the daemon, one at a time and several at
// once? Data:     queries, one a line: {"class": "question", "query": "…"};
// benchmarks/search_load.py makes them. Command:  build/ci/bin/search_load ENDPOINT QUERIES.jsonl
// [CLIENTS [ANSWERS.txt]]
//
// Each query is asked once, by whichever client is free; every one of them is timed from the call
// to the decoded reply. ANSWERS.txt gets every place with its score: two builds that rank alike
// write the same file.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/thread.h"
#include "protocol/client.h"

namespace coppice {
namespace {

constexpr std::chrono::seconds kPatience{60};

struct Asked {
  std::string query_class;
  std::string query;
  double wall_ms = 0;
  double daemon_ms = 0;  // what the daemon says it took
  std::string answer;
};

template <class T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  fmt::print(stderr, "{}\n", result.error().ToString());
  std::exit(1);
}

std::vector<Asked> ReadQueries(const std::string& path) {
  std::vector<Asked> queries;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::parse(line);
    Asked& asked = queries.emplace_back();
    asked.query_class = row.at("class").get<std::string>();
    asked.query = row.at("query").get<std::string>();
  }
  return queries;
}

void Ask(protocol::Client& client, Asked& asked) {
  protocol::SearchRequest request;
  request.query = asked.query;
  const auto start = std::chrono::steady_clock::now();
  const auto reply = Must(client.Call<protocol::SearchReply>(protocol::Method::kSearch, request,
                                                             Deadline::After(kPatience)));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  asked.wall_ms = took.count();
  asked.daemon_ms = reply.took_ms;
  for (const protocol::Hit& hit : reply.hits) {
    asked.answer +=
        fmt::format("  {:.9f} {}:{}-{}", hit.score, hit.path.value, hit.start_line, hit.end_line);
    for (const auto& found : hit.found_by)
      asked.answer += fmt::format(" {} #{}", found.search, found.rank);
    asked.answer += fmt::format(" [{}]\n", fmt::join(hit.reasons, "; "));
  }
}

/// The value below which that share of `values` lies.
double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

void Report(const std::vector<Asked>& queries, double seconds) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> times;
  for (const Asked& asked : queries) {
    for (const std::string& row : {asked.query_class, std::string("~all")}) {
      times[row].first.push_back(asked.wall_ms);
      times[row].second.push_back(asked.daemon_ms);
    }
  }
  fmt::print("| class | queries | p50 | p90 | p99 | worst | in the daemon, p50 | p99 |\n");
  for (const auto& [name, of_class] : times) {
    const auto& [wall, daemon] = of_class;
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n",
               name == "~all" ? "all" : name, wall.size(), Quantile(wall, 0.5), Quantile(wall, 0.9),
               Quantile(wall, 0.99), Quantile(wall, 1), Quantile(daemon, 0.5),
               Quantile(daemon, 0.99));
  }
  fmt::print("{:.1f} queries/s\n", static_cast<double>(queries.size()) / seconds);
}

}  // namespace

int LoadMain(const std::vector<std::string>& arguments) {
  std::vector<Asked> queries = ReadQueries(arguments[1]);
  if (queries.empty()) return 1;
  const std::size_t clients = arguments.size() > 2 ? std::stoul(arguments[2]) : 1;
  std::vector<protocol::Client> connected;
  for (std::size_t c = 0; c < clients; ++c) {
    connected.push_back(
        Must(protocol::Client::Connect({arguments[0]}, Deadline::After(kPatience))));
  }
  std::atomic<std::size_t> next = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<NamedThread> threads;
    for (protocol::Client& client : connected) {
      threads.emplace_back("client", [&](const std::stop_token&) {
        for (std::size_t q = next++; q < queries.size(); q = next++) Ask(client, queries[q]);
      });
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  Report(queries, took.count());
  if (arguments.size() > 3) {
    std::ofstream file(arguments[3]);
    for (const Asked& asked : queries) file << Json(asked.query).dump() << "\n" << asked.answer;
  }
  return 0;
}

}  // namespace coppice

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2 || arguments.size() > 4) {
    std::fputs("usage: search_load ENDPOINT QUERIES.jsonl [CLIENTS [ANSWERS.txt]]\n", stderr);
    return 64;
  }
  return coppice::LoadMain(arguments);
}
