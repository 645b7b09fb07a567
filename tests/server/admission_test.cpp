#include "daemon/server/admission.h"

#include <gmock/gmock.h>

namespace coppice::server {
namespace {

using std::chrono::seconds;

class AdmissionTest : public testing::Test {
 protected:
  std::unique_ptr<Call> NewCall() {
    return std::make_unique<Call>(++serial_, protocol::Request{}, Deadline::Never(),
                                  std::make_shared<CreditGate>(0, 1, seconds(1), seconds(1)),
                                  *replies_);
  }
  Result<void> Submit(Lane lane) {
    std::unique_ptr<Call> call = NewCall();
    auto submitted = admission_.Submit(call, lane);
    if (!submitted) call->Drop();
    return submitted;
  }
  bool Take(Lane lane, const Deadline& deadline = Deadline::After(seconds(10))) {
    const std::unique_ptr<Call> call = admission_.Take(lane, deadline);
    if (call) call->Drop();
    return call != nullptr;
  }

  std::uint64_t serial_ = 0;
  std::unique_ptr<ReplyQueue> replies_ = ReplyQueue::Create(16).value();
  Admission admission_{{.interactive_queue = 2, .batch_queue = 1}};
};

TEST_F(AdmissionTest, AFullLaneRefusesAndLeavesTheCallWithItsOwner) {
  ASSERT_TRUE(Submit(Lane::kInteractive));
  ASSERT_TRUE(Submit(Lane::kInteractive));
  std::unique_ptr<Call> third = NewCall();
  const auto refused = admission_.Submit(third, Lane::kInteractive);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_GT(refused.error().retry_after_ms.value_or(0), 0);
  ASSERT_NE(third, nullptr);
  third->Drop();

  EXPECT_TRUE(Take(Lane::kInteractive));
  EXPECT_TRUE(Submit(Lane::kInteractive)) << "room again";
  EXPECT_TRUE(Take(Lane::kInteractive));
  EXPECT_TRUE(Take(Lane::kInteractive));
}

TEST_F(AdmissionTest, ABatchOfWorkDoesNotStandInTheWayOfAQuery) {
  ASSERT_TRUE(Submit(Lane::kBatch));
  EXPECT_FALSE(Submit(Lane::kBatch));
  EXPECT_TRUE(Submit(Lane::kInteractive));
  EXPECT_TRUE(Take(Lane::kInteractive));
  EXPECT_FALSE(Take(Lane::kInteractive, Deadline::After(seconds(0)))) << "the batch is not taken";
  EXPECT_TRUE(Take(Lane::kBatch));
}

TEST_F(AdmissionTest, WhoWaitsForABatchIsToldToWaitLonger) {
  EXPECT_GT(*Overloaded("x", Lane::kBatch).retry_after_ms,
            *Overloaded("x", Lane::kInteractive).retry_after_ms);
}

TEST_F(AdmissionTest, WhatIsQueuedWhenItClosesIsStillTaken) {
  ASSERT_TRUE(Submit(Lane::kInteractive));
  admission_.Close();
  EXPECT_FALSE(Submit(Lane::kInteractive));
  EXPECT_TRUE(Take(Lane::kInteractive, Deadline::Never()));
  EXPECT_FALSE(Take(Lane::kInteractive, Deadline::Never()));
  EXPECT_FALSE(Take(Lane::kBatch, Deadline::Never()));
}

}  // namespace
}  // namespace coppice::server
