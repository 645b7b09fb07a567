#include "daemon/server/long_calls.h"

#include <memory>
#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>

#include "base/doorbell.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

using std::chrono::seconds;

class LongCallsTest : public testing::Test {
 protected:
  std::unique_ptr<Call> NewCall(const Deadline& deadline = Deadline::Never()) {
    return std::make_unique<Call>(++serial_, protocol::Request{}, deadline,
                                  std::make_shared<CreditGate>(0, 1, seconds(1), seconds(1)),
                                  *replies_);
  }
  /// Waits for the next answer and gives it.
  Outgoing Next() {
    for (int i = 0; i < 1000; ++i) {
      if (std::optional<Outgoing> out = replies_->TryPop()) return std::move(*out);
      Doorbell().Wait(Deadline::After(std::chrono::milliseconds(10)));
    }
    ADD_FAILURE() << "no answer";
    return {};
  }

  std::uint64_t serial_ = 0;
  std::unique_ptr<ReplyQueue> replies_ = ReplyQueue::Create(16).value();
  Doorbell open_;
  const LongCalls::Run wait_ = [this](std::unique_ptr<Call> call) {
    open_.Wait(Deadline::After(seconds(10)));
    call->Finish(protocol::Empty{});
  };
};

TEST_F(LongCallsTest, RunsThemOnThreadsOfItsOwn) {
  LongCalls calls(1, 1);
  calls.Start();
  calls.Submit(NewCall(), wait_);
  open_.Ring();
  EXPECT_EQ(Next().kind, protocol::ReplyKind::kFinal);
}

TEST_F(LongCallsTest, MoreThanMayWaitAreToldToComeBack) {
  LongCalls calls(1, 1);
  calls.Submit(NewCall(), wait_);  // nobody works yet: it fills the queue
  calls.Submit(NewCall(), wait_);
  const Outgoing refused = Next();
  EXPECT_EQ(refused.serial, 2U);
  EXPECT_EQ(refused.error.code, ErrorCode::kResourceExhausted);
  EXPECT_GT(refused.error.retry_after_ms.value_or(0), 0);
  calls.Start();
  open_.Ring();
  EXPECT_EQ(Next().serial, 1U);
}

TEST_F(LongCallsTest, OneThatWasGivenUpWhileItWaitedIsNotBegun) {
  LongCalls calls(1, 4);
  const auto never = [](std::unique_ptr<Call> call) {
    ADD_FAILURE() << "it was begun";
    call->Finish(protocol::Empty{});
  };
  std::stop_source stop;
  calls.Submit(NewCall(Deadline::Never(stop.get_token())), never);
  calls.Submit(NewCall(Deadline::After(seconds(-1))), never);
  stop.request_stop();
  calls.Start();
  EXPECT_EQ(Next().error.code, ErrorCode::kCancelled);
  EXPECT_EQ(Next().error.code, ErrorCode::kDeadlineExceeded);
}

TEST_F(LongCallsTest, OneThatThrowsIsAnsweredAndCostsItselfOnly) {
  LongCalls calls(1, 4);
  calls.Submit(NewCall(), [](std::unique_ptr<Call>) { throw std::runtime_error("no"); });
  calls.Submit(NewCall(), [](std::unique_ptr<Call> call) { call->Finish(protocol::Empty{}); });
  calls.Start();
  EXPECT_EQ(Next().error.code, ErrorCode::kInternal);
  EXPECT_EQ(Next().kind, protocol::ReplyKind::kFinal);
}

TEST_F(LongCallsTest, WhatWaitsWhenItStopsIsStillAnswered) {
  LongCalls calls(1, 4);
  calls.Start();
  for (int i = 0; i < 3; ++i) {
    calls.Submit(NewCall(), [](std::unique_ptr<Call> call) { call->Finish(protocol::Empty{}); });
  }
  calls.Stop();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Next().kind, protocol::ReplyKind::kFinal);
  calls.Submit(NewCall(), wait_);
  EXPECT_EQ(Next().error.code, ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace coppice::server
