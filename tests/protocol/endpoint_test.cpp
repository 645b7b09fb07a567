#include "protocol/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Endpoint, SpellsAPathAsIpc) {
  const auto endpoints = ParseEndpoints("/run/a.sock,ipc:///run/b.sock,tcp://host:9000");
  ASSERT_TRUE(endpoints) << endpoints.error().ToString();
  EXPECT_THAT(*endpoints, ElementsAre("ipc:///run/a.sock", "ipc:///run/b.sock", "tcp://host:9000"));
  EXPECT_EQ(IpcPath("ipc:///run/b.sock"), "/run/b.sock");
  EXPECT_EQ(IpcPath("tcp://host:9000"), "");
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string("relative.sock"), std::string(""), std::string(","), std::string("tcp://"),
        std::string("http://host"), std::string("ipc://relative"), "/" + std::string(200, 'a')}) {
    const auto endpoints = ParseEndpoints(text);
    ASSERT_FALSE(endpoints) << text;
    EXPECT_EQ(endpoints.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Endpoint, SaysThatThereIsNoSocket) {
  const auto probe = ProbeIpc("/nonexistent/coppice.sock");
  ASSERT_FALSE(probe);
  EXPECT_EQ(probe.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(probe.error().message, HasSubstr("ipc:///nonexistent/coppice.sock: no such socket"));
}

}  // namespace
}  // namespace coppice::protocol
