#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/retrieval/retriever.h"
#include "protocol/messages.h"
#include "store/catalog.h"
#include "store/job_queue.h"

// Between the words of the wire and those of the daemon.
namespace coppice::server {

/// ISO 8601 in UTC with seconds: "2026-01-31T12:00:00Z".
std::string ToIso8601(store::Timestamp at);

/// Errors: kUnsupported for what this daemon does not select by.
Result<retrieval::ViewSelector> FromWire(const protocol::ViewSelector& view);
/// Errors: kInvalidArgument, naming the unknown value.
Result<retrieval::SearchFilter> FromWire(const protocol::Filter& filter);
/// Names of searches; none = all. Errors: kInvalidArgument.
Result<retrieval::SearchSet> SearchSetFromWire(const std::vector<std::string>& names);

protocol::ViewInfo ToWire(const retrieval::ViewState& view);
/// The scores of each search only when `explain`.
protocol::Hit ToWire(const retrieval::Hit& hit, bool explain);
protocol::FileRow ToWire(const retrieval::FileState& file);
protocol::JobInfo ToWire(const store::JobRecord& job);
/// What questions about a ref of one repository are answered from; nothing where nothing is.
using ServedView = std::function<std::optional<retrieval::ViewState>(const std::string& ref)>;
/// `jobs`: of all repositories; what concerns this one decides its state.
protocol::RepoInfo ToWire(const store::RepoRecord& repo, const std::vector<store::RefRecord>& refs,
                          const std::vector<store::JobRecord>& jobs, const ServedView& served);

}  // namespace coppice::server
