#include "indexer/parse/worker/system_call_filter.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <sys/mman.h>
#include <sys/resource.h>

#include "base/format.h"

namespace coppice::indexer {
namespace {

struct Rule {
  std::uint32_t action = 0;
  int call = 0;
  std::vector<scmp_arg_cmp> arguments;  // all must hold; none: whatever they are
};

scmp_arg_cmp Equal(unsigned argument, scmp_datum_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp Without(unsigned argument, scmp_datum_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

/// What a parser needs after its start; everything else kills.
std::vector<Rule> Allowed() {
  std::vector<Rule> rules = {
      {SCMP_ACT_ALLOW, SCMP_SYS(read), {Equal(0, STDIN_FILENO)}},
      {SCMP_ACT_ALLOW, SCMP_SYS(write), {{0, SCMP_CMP_LE, STDERR_FILENO, 0}}},
      // send() into the pipe, never to an address.
      {SCMP_ACT_ALLOW, SCMP_SYS(sendto), {Equal(0, STDOUT_FILENO), Equal(4, 0)}},
      // Memory, none of which is ever both written and executed.
      {SCMP_ACT_ALLOW, SCMP_SYS(mmap), {Without(2, PROT_EXEC)}},
      {SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {Without(2, PROT_EXEC)}},
      // abort(): a signal to nobody but this process.
      {SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {Equal(0, static_cast<scmp_datum_t>(::getpid()))}},
      // AllowCpuTime().
      {SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {Equal(0, 0), Equal(1, RLIMIT_CPU)}},
  };
  for (const int call :
       {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
        SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
        SCMP_SYS(sched_yield)}) {
    rules.push_back({SCMP_ACT_ALLOW, call, {}});
  }
  return rules;
}

/// For a program under a sanitizer, whose own calls nobody can list: what leads out of the process.
std::vector<Rule> Forbidden() {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  std::vector<Rule> rules = {
      {SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), {Without(0, CLONE_THREAD)}},
      {SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), {}},  // then clone is tried, which shows its flags
      {SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill), {{0, SCMP_CMP_NE, self, 0}}},
      {SCMP_ACT_KILL_PROCESS, SCMP_SYS(sendto), {{4, SCMP_CMP_NE, 0, 0}}},
  };
  for (const int call : {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
                         SCMP_SYS(listen), SCMP_SYS(accept4), SCMP_SYS(sendmsg), SCMP_SYS(execve),
                         SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
                         SCMP_SYS(kill), SCMP_SYS(pidfd_open), SCMP_SYS(process_vm_writev)}) {
    rules.push_back({SCMP_ACT_KILL_PROCESS, call, {}});
  }
  return rules;
}

}  // namespace

std::string FilterSystemCalls() {
  const auto failed = [](int code) {
    return fmt::format("no system call filter: {}", std::generic_category().message(-code));
  };
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(
      seccomp_init(kSanitized ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS), &seccomp_release);
  if (filter == nullptr) return "no system call filter: the kernel cannot kill a process by one";
  // Calls by another convention than this program's own (32 bits, x32).
  int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (code != 0) return failed(code);
  for (const Rule& rule : kSanitized ? Forbidden() : Allowed()) {
    code =
        seccomp_rule_add_array(filter.get(), rule.action, rule.call,
                               static_cast<unsigned>(rule.arguments.size()), rule.arguments.data());
    if (code != 0) return failed(code);
  }
  code = seccomp_load(filter.get());
  return code == 0 ? "" : failed(code);
}

}  // namespace coppice::indexer
