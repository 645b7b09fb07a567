// docs/protocol.md must say what the code does: tables of messages, methods and errors, and the
// worked example.

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/format.h"
#include "protocol/codec.h"
#include "protocol/frames.h"
#include "protocol/messages.h"
#include "protocol/methods.h"

namespace coppice::protocol {
namespace {

using ::testing::HasSubstr;

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

// clang-format never comes to rest here.
// clang-format off
#define COPPICE_MESSAGES(X)                                                                        \
  X(RequestHeader)                                                                                 \
  X(ReplyHeader) X(WireError) X(HelloReply) X(HealthReply) X(CancelRequest) X(CreditRequest)       \
      X(ViewSelector) X(Filter) X(SearchRequest) X(CoverageInfo) X(ViewInfo) X(FoundBy) X(Hit)     \
          X(SearchReply) X(ShowRequest) X(ShowReply) X(AddRequest) X(Progress) X(RepoInfo)         \
              X(AddReply) X(RemoveRequest) X(SyncRequest) X(SyncReply) X(ListReply)                \
                  X(StatusRequest) X(JobCounts) X(ModelStatus) X(MemoryPart) X(MemoryStatus)       \
                      X(StatusReply) X(FilesRequest)                                               \
                      X(FileRow) X(FilesPart) X(FilesReply) X(JobsRequest) X(JobInfo) X(JobsReply) \
                          X(JobRequest) X(AskRequest) X(AskPart) X(CitationInfo) X(TokenCounts) X(AskTrace) X(AskReply) \
                          X(ModelListReply) X(ModelRequest) X(ModelPullRequest) X(ModelAddRequest)       \
                              X(ModelProgress) X(ModelReply) X(ModelBenchReply)
// clang-format on

template <class T>
std::string TypeName() {
  if constexpr (IsVector<T>::value) {
    return "[" + TypeName<typename T::value_type>() + "]";
  } else if constexpr (IsOptional<T>::value) {
    return TypeName<typename T::value_type>() + "?";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return "uint32";
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return "uint64";
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return "int64";
  } else if constexpr (std::is_same_v<T, double>) {
    return "float64";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "str";
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return "bin";
  }
#define COPPICE_NAME(name)                 \
  if constexpr (std::is_same_v<T, name>) { \
    return #name;                          \
  }
  COPPICE_MESSAGES(COPPICE_NAME)
#undef COPPICE_NAME
  return "?";
}

/// Rows "| key | name | type |" of a message.
struct Rows {
  std::vector<std::string> rows;
  template <class T>
  void operator()(std::uint32_t key, std::string_view name, const T&) {
    rows.push_back(fmt::format("| {} | {} | {} |", key, name, TypeName<T>()));
  }
};

std::string Page() {
  const char* root = std::getenv("COPPICE_SOURCE_DIR");  // NOLINT(concurrency-mt-unsafe)
  std::ifstream file(std::string(root != nullptr ? root : ".") + "/docs/protocol.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The first three columns of the table below "### <heading>".
std::map<std::string, std::vector<std::string>> TablesOf(const std::string& page) {
  std::map<std::string, std::vector<std::string>> tables;
  std::istringstream lines(page);
  std::string heading;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) heading = line.starts_with("### ") ? line.substr(4) : "";
    if (heading.empty() || !line.starts_with("| ") || line.starts_with("| key")) continue;
    std::size_t end = 0;
    for (int column = 0; column < 3; ++column) end = line.find('|', end + 1);
    tables[heading].push_back(line.substr(0, end + 1));
  }
  return tables;
}

TEST(ProtocolPage, TablesEveryMessageAsTheCodeHasIt) {
  const auto tables = TablesOf(Page());
  std::size_t messages = 0;
  const auto compare = [&](const std::string& name, const std::vector<std::string>& rows) {
    ++messages;
    const auto table = tables.find(name);
    ASSERT_NE(table, tables.end()) << "no section ### " << name;
    EXPECT_EQ(table->second, rows) << "in section ### " << name;
  };
#define COPPICE_COMPARE(name)   \
  {                             \
    Rows rows;                  \
    const name message;         \
    name::Visit(message, rows); \
    compare(#name, rows.rows);  \
  }
  COPPICE_MESSAGES(COPPICE_COMPARE)
#undef COPPICE_COMPARE
  EXPECT_EQ(tables.size(), messages) << "the page describes a message that does not exist";
}

TEST(ProtocolPage, ListsEveryMethod) {
  const std::string page = Page();
  for (const MethodInfo& info : AllMethods()) {
    const auto cell = [](std::string_view name) {
      return name.empty() ? std::string("–") : std::string(name);
    };
    EXPECT_THAT(page, HasSubstr(fmt::format("| `{}` | {} | {} | {} | {} |", info.name,
                                            cell(info.request), cell(info.part), cell(info.reply),
                                            info.mutating ? "yes" : "no")));
  }
}

TEST(ProtocolPage, ListsEveryErrorCode) {
  const std::string page = Page();
  for (int code = 1; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    EXPECT_THAT(page,
                HasSubstr(fmt::format("| `{}` |", ErrorCodeName(static_cast<ErrorCode>(code)))));
  }
}

std::string Hex(std::string_view bytes) { return ToHex(bytes); }

TEST(ProtocolPage, TheWorkedExampleIsWhatTheCodeSends) {
  const std::string page = Page();
  RequestHeader header;
  for (char i = 0; i < 16; ++i) header.id.value += i;
  header.method = "search";
  header.deadline_ms = 2000;
  // Only the keys that are set, as a client may send them.
  Writer short_header;
  short_header.Map(3);
  short_header.Put(std::uint32_t{1});
  short_header.Put(header.id);
  short_header.Put(std::uint32_t{2});
  short_header.Put(header.method);
  short_header.Put(std::uint32_t{3});
  short_header.Put(std::int64_t{*header.deadline_ms});
  Writer body;
  body.Map(2);
  body.Put(std::uint32_t{1});
  body.Put(std::string("flush"));
  body.Put(std::uint32_t{4});
  body.Put(std::uint32_t{1});
  const std::string header_bytes = short_header.Take();
  const std::string body_bytes = body.Take();
  EXPECT_THAT(page, HasSubstr(Hex(header_bytes)));
  EXPECT_THAT(page, HasSubstr(Hex(body_bytes)));
  const Frames request = BuildRequest(header, body_bytes);
  EXPECT_THAT(page, HasSubstr(Hex(request[1])));
  const ParsedRequest parsed = ParseRequest(Frames{"", request[1], header_bytes, body_bytes});
  ASSERT_TRUE(parsed.request) << parsed.request.error().ToString();
  EXPECT_EQ(parsed.request->header.deadline_ms, 2000);
  const auto search = Decode<SearchRequest>(parsed.request->body);
  ASSERT_TRUE(search);
  EXPECT_EQ(search->query, "flush");
  EXPECT_EQ(search->limit, 1U);
  const Frames error =
      BuildError(header.id.value, 0, MakeError(ErrorCode::kNotFound, "no such repository"));
  EXPECT_THAT(page, HasSubstr(Hex(error[2])));
}

}  // namespace
}  // namespace coppice::protocol
