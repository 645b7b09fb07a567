#include "indexer/parse/worker/sandbox.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <grp.h>
#include <signal.h>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/format.h"
#include "indexer/parse/worker/system_call_filter.h"

namespace coppice::indexer {
namespace {

// The kernel's own name for "no account at all", on most systems called nobody. Owns nothing.
constexpr uid_t kNobody = 65534;
constexpr rlim_t kPipeEnds = 2;

std::string Failed(std::string_view what) {
  return fmt::format("{}: {}", what, std::generic_category().message(errno));
}

std::string Limit(__rlimit_resource resource, rlim_t most, std::string_view what) {
  const rlimit limit{most, most};
  return ::setrlimit(resource, &limit) == 0 ? "" : Failed(what);
}

/// What root may do is left behind together with its name; as much of it as the kernel allows.
std::string BecomeNobody() {
  std::string problem;
  if (::geteuid() == 0) {
    if (::setgroups(0, nullptr) != 0) problem = Failed("the groups of root stay");
    if (::setresgid(kNobody, kNobody, kNobody) != 0) problem = Failed("the group of root stays");
    if (::setresuid(kNobody, kNobody, kNobody) != 0) problem = Failed("still root");
  }
  // An account may have been given capabilities without being root.
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) problem = Failed("capabilities stay");
  return problem;
}

/// A change of account makes the kernel forget that this process dies with the daemon.
std::string BecomeNobodyAndStillDieWithTheParent() {
  const pid_t parent = ::getppid();
  int signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal);
  std::string problem = BecomeNobody();
  ::prctl(PR_SET_PDEATHSIG, signal);
  if (signal != 0 && ::getppid() != parent) ::_exit(1);
  return problem;
}

/// Beside the filter, and where there is none: no path can be opened. A kernel without Landlock is
/// no reason to complain.
void ForbidFiles() {
  landlock_ruleset_attr attributes{};
  // All rights of the first version, which every kernel with Landlock knows; none is given back.
  attributes.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
  const auto rules =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U));
  if (rules < 0) return;
  ::syscall(SYS_landlock_restrict_self, rules, 0U);
  ::close(rules);
}

void CloseAllButThePipe() {
  ::syscall(SYS_close_range, static_cast<unsigned>(STDERR_FILENO + (kSanitized ? 1 : 0)), ~0U, 0U);
}

}  // namespace

std::string EnterSandbox(const WorkerOptions& options) {
  std::string missing;
  const auto note = [&](const std::string& problem) {
    if (problem.empty()) return;
    if (!missing.empty()) missing += "; ";
    missing += problem;
  };
  note(BecomeNobodyAndStillDieWithTheParent());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) note(Failed("no_new_privs"));
  if (options.filter && !kSanitized) ForbidFiles();
  CloseAllButThePipe();
  note(Limit(RLIMIT_CORE, 0, "core dumps"));  // a crash is expected and would dump somebody's code
  note(Limit(RLIMIT_FSIZE, 0, "the size of files"));
  note(Limit(RLIMIT_NPROC, 0, "processes"));
  if (!kSanitized) {
    note(Limit(RLIMIT_NOFILE, kPipeEnds, "descriptors"));
    note(Limit(RLIMIT_AS, options.memory_bytes, "memory"));
  }
  AllowCpuTime(options.cpu_limit);
  if (options.filter) note(FilterSystemCalls());
  return missing;
}

void AllowCpuTime(std::chrono::seconds limit) {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  rlimit cpu{};
  ::getrlimit(RLIMIT_CPU, &cpu);
  const auto until = static_cast<rlim_t>(used.tv_sec + 1 + limit.count());
  cpu.rlim_cur = std::min(until, cpu.rlim_max);
  ::setrlimit(RLIMIT_CPU, &cpu);
}

}  // namespace coppice::indexer
