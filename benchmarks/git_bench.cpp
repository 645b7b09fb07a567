// How long does it take to read a repository through our seam, and is that slower than git itself?
//
//     git_bench read REPO      every blob of HEAD's tree, in the order of the tree, against the
//     same ids piped
//                              through `git cat-file --batch`; five rounds of each, taken in turn
//     git_bench scale REPO     the tree, the first commit, HEAD, all refs; time and peak memory
//     after each
//
// Data: any repository; large ones are made by tests/functional/large_repository.py. `--program`
// reads through the git program instead of libgit2.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <unistd.h>
#include <unordered_set>
#include <vector>

#include <sys/resource.h>

#include "base/format.h"
#include "base/process.h"
#include "base/unique_fd.h"
#include "indexer/git/program_repository.h"
#include "indexer/git/ref_stamp.h"
#include "indexer/git/repository.h"
#include "store/tree/walk.h"

namespace coppice {
namespace {

using Clock = std::chrono::steady_clock;

template <class T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  fmt::print(stderr, "git_bench: {}\n", result.error().ToString());
  std::exit(1);
}

double Milliseconds(const std::function<void()>& what) {
  const auto begin = Clock::now();
  what();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// CPU time of this process and of the children it has waited for.
double CpuMilliseconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    }
  }
  return sum;
}

/// Wall and CPU time of each round.
struct Times {
  std::vector<double> wall;
  std::vector<double> cpu;
  void Measure(const std::function<void()>& what) {
    const double before = CpuMilliseconds();
    wall.push_back(Milliseconds(what));
    cpu.push_back(CpuMilliseconds() - before);
  }
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

long PeakMebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::vector<store::ObjectId> BlobsOfHead(indexer::GitRepository& git) {
  const auto heads = Must(git.Heads({"HEAD"}));
  const auto commit = Must(git.ReadCommit(heads.at(0).head));
  std::vector<store::ObjectId> ids;
  std::unordered_set<std::string> seen;
  for (const auto& file : Must(store::WalkTree(git, commit.tree, "", Deadline::Never())).files) {
    const bool no_blob =
        file.reason == store::Reason::kSubmodule || file.reason == store::Reason::kSymlink;
    if (!no_blob && seen.insert(file.blob.bytes).second) ids.push_back(file.blob);
  }
  return ids;
}

/// Reads as the parse stage does; gives the bytes.
std::uint64_t ReadAll(indexer::GitRepository& git, const std::vector<store::ObjectId>& ids) {
  constexpr std::size_t kBatch = 250;
  std::uint64_t bytes = 0;
  for (std::size_t at = 0; at < ids.size(); ++at) {
    const store::ObjectId& id = ids[at];
    if (at % kBatch == 0) {
      git.Expect(std::span(ids).subspan(at, std::min(kBatch, ids.size() - at)));
    }
    if (Must(git.ReadBlobHeader(id)).size_bytes > (1U << 20U)) continue;
    bytes += Must(git.ReadBlob(id)).size();
  }
  return bytes;
}

void PipeThroughGit(const std::string& git_dir, const std::filesystem::path& list) {
  const UniqueFd in(::open(list.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::exit(1);
  const UniqueFd out(pipe[0]);
  UniqueFd child_out(pipe[1]);
  Command command;
  command.argv = {"git", "--git-dir", git_dir, "cat-file", "--batch"};
  command.stdin_fd = in.get();
  command.stdout_fd = child_out.get();
  ChildProcess child = Must(ChildProcess::Start(command));
  child_out.Reset();
  std::vector<char> buffer(1U << 16U);
  while (::read(out.get(), buffer.data(), buffer.size()) > 0) {
  }
  child.Wait(Deadline::Never());
}

using Opener = Result<std::unique_ptr<indexer::GitRepository>> (*)(const std::string&);

void Read(const std::string& path, Opener open) {
  constexpr int kRounds = 5;
  const auto ids = BlobsOfHead(*Must(open(path)));
  const auto list =
      std::filesystem::temp_directory_path() / fmt::format("git_bench.{}", ::getpid());
  std::ofstream lines(list);
  for (const auto& id : ids) lines << id.ToHex() << '\n';
  lines.close();
  Times ours;
  Times gits;
  std::uint64_t bytes = 0;
  const std::string git_dir = Must(open(path))->git_dir();
  for (int round = 0; round < kRounds; ++round) {
    ours.Measure([&] {
      const auto git = Must(open(path));  // opening it counts: a job opens it anew
      bytes = ReadAll(*git, ids);
    });
    gits.Measure([&] { PipeThroughGit(git_dir, list); });
  }
  std::filesystem::remove(list);
  fmt::print("{} blobs, {:.1f} MB; medians of {} rounds\n", ids.size(),
             static_cast<double>(bytes) / 1e6, kRounds);
  const auto row = [](const char* name, std::vector<double>& mine, std::vector<double>& gits_own) {
    fmt::print("{}: ours {:.0f} ms, git cat-file --batch {:.0f} ms, {:.2f} x its speed\n", name,
               Median(mine), Median(gits_own), Median(gits_own) / Median(mine));
  };
  row("wall", ours.wall, gits.wall);
  row("CPU ", ours.cpu, gits.cpu);
}

void Scale(const std::string& path, Opener open) {
  double cpu = CpuMilliseconds();
  /// `what` gives how many it has seen.
  const auto report = [&](const char* name, const std::function<std::size_t()>& what) {
    std::size_t count = 0;
    const double took = Milliseconds([&] { count = what(); });
    fmt::print("{:<14} {:>9} in {:>8.1f} ms ({:.1f} of CPU), peak {} MiB\n", name, count, took,
               CpuMilliseconds() - cpu, PeakMebibytes());
    cpu = CpuMilliseconds();
  };
  const auto git = Must(open(path));
  const auto heads = [&](const char* pattern) { return Must(git->Heads({pattern})).size(); };
  report("HEAD", [&] { return heads("HEAD"); });
  report("one branch", [&] { return heads("main"); });
  report("all refs", [&] { return heads("**"); });
  report("all again", [&] { return heads("**"); });
  report("unchanged", [&] {
    return indexer::RefStamp::Take(git->git_dir(), git->common_dir()).has_value() ? 1U : 0U;
  });
  report("first commit",
         [&] { return Must(git->RootCommit(Deadline::Never())).empty() ? 0U : 1U; });
  report("tree", [&] {
    const auto commit = Must(git->ReadCommit(Must(git->Heads({"HEAD"})).at(0).head));
    return Must(store::WalkTree(*git, commit.tree, "", Deadline::Never())).files.size();
  });
}

}  // namespace
}  // namespace coppice

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool program = std::erase(arguments, "--program") > 0;
  const auto open = program ? coppice::indexer::OpenByProgram : coppice::indexer::OpenRepository;
  if (arguments.size() == 2 && arguments[0] == "read") {
    coppice::Read(arguments[1], open);
  } else if (arguments.size() == 2 && arguments[0] == "scale") {
    coppice::Scale(arguments[1], open);
  } else {
    std::fputs("usage: git_bench [--program] read|scale REPOSITORY\n", stderr);
    return 64;
  }
  return 0;
}
