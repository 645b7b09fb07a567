#include "store/private_cluster.h"

#include <libpq-fe.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <pqxx/pqxx>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "store/pg/errors.h"

namespace coppice::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{500};  // the server logs each question while it recovers
constexpr std::chrono::seconds kFastShutdown{30};
constexpr std::chrono::seconds kImmediateShutdown{5};

/// For a machine that also compiles and indexes: little memory, no replication, nothing of what people
/// index in the log. What was acknowledged is on disk: fsync and synchronous_commit stay on.
const std::vector<std::string>& Settings() {
  static const std::vector<std::string> kSettings = {
      "listen_addresses=",
      "unix_socket_permissions=0700",
      "max_connections=220",  // database.max_connections goes up to 200; the rest for the feed and people
      "shared_buffers=128MB",
      "work_mem=16MB",
      "maintenance_work_mem=128MB",
      "wal_level=minimal",
      "recovery_init_sync_method=syncfs",  // one call instead of one for each file: seconds less after a crash
      "max_wal_senders=0",
      "max_wal_size=1GB",
      "checkpoint_timeout=15min",
      "max_worker_processes=4",
      "max_parallel_workers_per_gather=1",
      "autovacuum_max_workers=2",
      "jit=off",
      "timezone=UTC",
      "log_timezone=UTC",
      "log_line_prefix=%m [%p] ",
      "log_error_verbosity=terse",
      "log_min_error_statement=panic",
      "logging_collector=off",
      "cluster_name=coppice",
  };
  return kSettings;
}

std::string PercentEncode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// How long one question, and the making of the database, wait for a server that accepts and says nothing.
constexpr int kPingSeconds = 2;  // libpq takes less for this
constexpr int kConnectSeconds = 10;

std::string WithTimeout(const std::string& url, int seconds) {
  return fmt::format("{}?connect_timeout={}", url, seconds);
}

std::string UrlOf(const ClusterFiles& files, std::string_view database) {
  return fmt::format("postgresql://coppice@{}/{}", PercentEncode(files.run()), database);
}

/// What every program of the server is started with.
Command ServerCommand(const ClusterFiles& files) {
  Command command;
  command.account = files.account;
  command.directory = files.directory;
  // Without NOTIFY_SOCKET, or the server tells systemd that it is ready in the daemon's place.
  command.environment = {{"LC_ALL", "C"}, {"NOTIFY_SOCKET", std::nullopt}, {"PGDATA", std::nullopt},
                         {"PGPORT", std::nullopt}, {"PGHOST", std::nullopt}};
  if (files.account) command.environment["HOME"] = files.directory;
  return command;
}

/// A server that was killed leaves processes behind for a moment; until they are gone another refuses to start.
bool MayStartLater(const std::string& log) {
  return log.find("still in use") != std::string::npos || log.find("postmaster.pid") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<PrivateCluster>> PrivateCluster::Start(const PrivateClusterOptions& options,
                                                              const Deadline& deadline) {
  std::unique_ptr<PrivateCluster> cluster(new PrivateCluster());
  COPPICE_ASSIGN(cluster->files_, PrepareFiles(options.directory, options.user, deadline));
  COPPICE_ASSIGN(cluster->lock_, LockFiles(cluster->files_));
  COPPICE_ASSIGN(const auto version, DataVersion(cluster->files_));
  COPPICE_ASSIGN(cluster->programs_, FindPgPrograms(options.bin_directory, version, deadline));
  cluster->url_ = UrlOf(cluster->files_, "coppice");
  if (!version) COPPICE_TRY(cluster->MakeData(deadline));
  COPPICE_TRY(StopLeftServer(cluster->files_, deadline));
  COPPICE_TRY(cluster->StartServer(deadline));
  COPPICE_TRY(cluster->MakeDatabase(deadline));
  LogInfo("database_started", {{"pid", cluster->pid()}, {"version", cluster->programs_.major}});
  return cluster;
}

PrivateCluster::~PrivateCluster() {
  if (!server_.running()) return;
  server_.Signal(SIGINT);
  if (server_.Wait(Deadline::After(kFastShutdown))) return;
  LogWarning("database_slow_to_stop", {{"pid", server_.pid()}});
  server_.Signal(SIGQUIT);
  server_.Wait(Deadline::After(kImmediateShutdown));  // then ~ChildProcess
}

Result<void> PrivateCluster::MakeData(const Deadline& deadline) const {
  const std::string temporary = files_.data() + ".new";
  std::error_code error;
  fs::remove_all(temporary, error);
  Command command = ServerCommand(files_);
  command.argv = {programs_.Path("initdb"), "--pgdata=" + temporary, "--username=coppice", "--auth-local=peer",
                  "--auth-host=reject",     "--data-checksums",      "--encoding=UTF8",    "--locale=C",
                  "--no-instructions"};
  COPPICE_ASSIGN(const CommandOutput output, RunCommand(command, deadline));
  if (!output.status.ok()) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("initdb {}: {}", output.status.ToString(), ToValidText(output.err)));
  }
  fs::rename(temporary, files_.data(), error);
  if (error) return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", files_.data(), error.message()));
  return {};
}

Result<ChildProcess> PrivateCluster::Launch() const {
  COPPICE_ASSIGN(const UniqueFd log, OpenServerLog(files_));
  Command command = ServerCommand(files_);
  command.argv = {programs_.Path("postgres"), "-D", files_.data(), "-k", files_.run()};
  for (const std::string& setting : Settings()) {
    command.argv.emplace_back("-c");
    command.argv.push_back(setting);
  }
  for (const auto& [name, path] : {std::pair("hba_file", files_.hba()), std::pair("ident_file", files_.ident())}) {
    command.argv.emplace_back("-c");
    command.argv.push_back(fmt::format("{}={}", name, path));
  }
  command.die_with_parent = true;
  command.parent_death_signal = SIGINT;
  command.stdout_fd = log.get();
  command.stderr_fd = log.get();
  return ChildProcess::Start(command);
}

Result<void> PrivateCluster::StartServer(const Deadline& deadline) {
  COPPICE_TRY(WriteAccessFiles(files_));
  while (true) {
    COPPICE_ASSIGN(server_, Launch());
    auto answered = WaitUntilItAnswers(deadline);
    if (answered || server_.running() || !MayStartLater(answered.error().message)) return answered;
    if (deadline.expired()) return answered;
  }
}

Result<void> PrivateCluster::WaitUntilItAnswers(const Deadline& deadline) {
  const std::string url = WithTimeout(url_, kPingSeconds);
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    if (::PQping(url.c_str()) == PQPING_OK) return {};
    // Doubles as the pause between two questions.
    if (const auto status = server_.Wait(Deadline::After(deadline.remaining(pause), deadline.stop()))) {
      return MakeError(ErrorCode::kUnavailable,
                       fmt::format("PostgreSQL {}: {}", status->ToString(), ToValidText(LastLogLines(files_))),
                       fmt::format("See {}.", files_.log()));
    }
    if (deadline.expired()) {
      return MakeError(deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kUnavailable,
                       fmt::format("PostgreSQL does not answer: {}", ToValidText(LastLogLines(files_))),
                       fmt::format("See {}.", files_.log()));
    }
  }
}

Result<void> PrivateCluster::MakeDatabase(const Deadline& deadline) const {
  if (deadline.expired()) return MakeError(ErrorCode::kDeadlineExceeded, "PostgreSQL did not start in time");
  try {
    {
      pqxx::connection connection(WithTimeout(UrlOf(files_, "postgres"), kConnectSeconds));
      pqxx::nontransaction work(connection);
      if (work.exec("SELECT 1 FROM pg_database WHERE datname = 'coppice'").empty()) {
        work.exec("CREATE DATABASE coppice");
      }
    }
    pqxx::connection connection(WithTimeout(url_, kConnectSeconds));
    pqxx::nontransaction work(connection);
    if (work.exec("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").empty()) {
      return MakeError(ErrorCode::kUnsupported,
                       fmt::format("PostgreSQL {} has no extension 'vector'", programs_.major),
                       fmt::format("Install the package postgresql-{}-pgvector.", programs_.major));
    }
    if (work.exec("SELECT 1 FROM pg_extension WHERE extname = 'vector'").empty()) {
      work.exec("CREATE EXTENSION vector");
    }
    return {};
  } catch (...) {
    return CurrentPgError();
  }
}

Result<void> PrivateCluster::EnsureRunning(const Deadline& deadline) {
  if (server_.running()) {
    // A process that was just killed may count as running for a moment after its connections broke.
    const auto answered = WaitUntilItAnswers(deadline);
    if (answered || server_.running()) return answered;
  }
  LogWarning("database_died", {{"log", files_.log()}});
  COPPICE_TRY(StopLeftServer(files_, deadline));
  return StartServer(deadline);
}

}  // namespace coppice::store
