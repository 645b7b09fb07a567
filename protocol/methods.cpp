#include "protocol/methods.h"

#include <array>

#include "base/check.h"

namespace coppice::protocol {
namespace {

constexpr std::array<MethodInfo, 23> kMethods = {{
    {Method::kHello, "hello", false, "Empty", "", "HelloReply"},
    {Method::kPing, "ping", false, "Empty", "", "Empty"},
    {Method::kHealth, "health", false, "Empty", "", "HealthReply"},
    {Method::kCancel, "cancel", false, "CancelRequest", "", "Empty"},
    {Method::kCredit, "credit", false, "CreditRequest", "", "Empty"},
    {Method::kSearch, "search", false, "SearchRequest", "", "SearchReply"},
    {Method::kShow, "show", false, "ShowRequest", "", "ShowReply"},
    {Method::kAdd, "add", true, "AddRequest", "Progress", "AddReply"},
    {Method::kRemove, "remove", true, "RemoveRequest", "", "Empty"},
    {Method::kList, "list", false, "Empty", "", "ListReply"},
    {Method::kStatus, "status", false, "StatusRequest", "", "StatusReply"},
    {Method::kSync, "sync", true, "SyncRequest", "Progress", "SyncReply"},
    {Method::kFiles, "files", false, "FilesRequest", "FilesPart", "FilesReply"},
    {Method::kJobs, "jobs", false, "JobsRequest", "", "JobsReply"},
    {Method::kJobsRetry, "jobs.retry", true, "JobRequest", "", "JobInfo"},
    {Method::kJobsCancel, "jobs.cancel", true, "JobRequest", "", "JobInfo"},
    {Method::kAsk, "ask", false, "AskRequest", "AskPart", "AskReply"},
    {Method::kModelList, "model.list", false, "Empty", "", "ModelListReply"},
    {Method::kModelPull, "model.pull", true, "ModelPullRequest", "ModelProgress", "ModelReply"},
    {Method::kModelAdd, "model.add", true, "ModelAddRequest", "ModelProgress", "ModelReply"},
    {Method::kModelVerify, "model.verify", true, "ModelRequest", "ModelProgress", "ModelListReply"},
    {Method::kModelRemove, "model.remove", true, "ModelRequest", "", "Empty"},
    {Method::kModelBench, "model.bench", false, "ModelRequest", "ModelProgress", "ModelBenchReply"},
}};

}  // namespace

std::span<const MethodInfo> AllMethods() { return kMethods; }

const MethodInfo& InfoOf(Method method) {
  const auto index = static_cast<std::size_t>(method);
  COPPICE_CHECK(index < kMethods.size() && kMethods[index].method == method,
                "the method table is in the order of the enumeration");
  return kMethods[index];
}

std::string_view MethodName(Method method) { return InfoOf(method).name; }

std::optional<Method> ParseMethod(std::string_view name) {
  for (const MethodInfo& info : kMethods) {
    if (info.name == name) return info.method;
  }
  return std::nullopt;
}

}  // namespace coppice::protocol
