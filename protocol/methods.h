#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace coppice::protocol {

/// What a client can ask for. The wire carries the name, so values may be renumbered.
enum class Method : std::uint8_t {
  kHello,
  kPing,
  kHealth,
  kCancel,
  kCredit,
  kSearch,
  kShow,
  kAdd,
  kRemove,
  kList,
  kStatus,
  kSync,
  kFiles,
  kJobs,
  kJobsRetry,
  kJobsCancel,
  kAsk,
  kModelList,
  kModelPull,
  kModelAdd,
  kModelVerify,
  kModelRemove,
  kModelBench,
};

struct MethodInfo {
  Method method;
  std::string_view name;     // on the wire: "jobs.retry"
  bool mutating;             // the server keeps its reply for a retry with the same id
  std::string_view request;  // names of the structs in messages.h; "" for `part`: none
  std::string_view part;
  std::string_view reply;
};

/// Every method, in the order of the enumeration.
std::span<const MethodInfo> AllMethods();
const MethodInfo& InfoOf(Method method);
std::string_view MethodName(Method method);
std::optional<Method> ParseMethod(std::string_view name);

}  // namespace coppice::protocol
