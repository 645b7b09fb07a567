#include "daemon/server/request_table.h"

#include <gmock/gmock.h>

namespace coppice::server {
namespace {

using protocol::Method;
using testing::ElementsAre;
using testing::IsEmpty;

class RequestTableTest : public testing::Test {
 protected:
  InFlight& Add(const std::string& route, const std::string& id, Method method = Method::kSearch) {
    InFlight request;
    request.serial = ++serial_;
    request.route = route;
    request.id = id;
    request.method = method;
    return table_.Add(std::move(request));
  }

  std::uint64_t serial_ = 0;
  RequestTable table_;
};

TEST_F(RequestTableTest, FindsBySerialAndByClientAndId) {
  Add("one", "x");
  Add("two", "x");
  ASSERT_NE(table_.Find(1), nullptr);
  EXPECT_EQ(table_.Find(1)->route, "one");
  ASSERT_NE(table_.Find("two", "x"), nullptr);
  EXPECT_EQ(table_.Find("two", "x")->serial, 2U);
  EXPECT_EQ(table_.Find("two", "y"), nullptr);
  EXPECT_EQ(table_.Find(3), nullptr);
}

TEST_F(RequestTableTest, AnEntryStaysWhereItIs) {
  InFlight& first = Add("one", "x");
  for (int i = 0; i < 100; ++i) Add("one", "y" + std::to_string(i));
  EXPECT_EQ(table_.Find(1), &first);
}

TEST_F(RequestTableTest, OnlyWhatChangesSomethingIsFoundByItsIdAlone) {
  Add("one", "x", Method::kSearch);
  EXPECT_EQ(table_.FindMutating("x"), nullptr);
  Add("one", "y", Method::kAdd);
  ASSERT_NE(table_.FindMutating("y"), nullptr);
  EXPECT_EQ(table_.FindMutating("y")->serial, 2U);
}

TEST_F(RequestTableTest, ListsThoseOfOneClient) {
  Add("one", "a");
  Add("one1", "b");  // a longer name with the same beginning is another client
  Add("one", "c");
  EXPECT_THAT(table_.SerialsOf("one"), ElementsAre(1, 3));
  EXPECT_EQ(table_.CountOf("one"), 2U);
  EXPECT_THAT(table_.SerialsOf("on"), IsEmpty());
  EXPECT_THAT(table_.AllSerials(), ElementsAre(1, 2, 3));
}

TEST_F(RequestTableTest, AMovedRequestBelongsToTheNewConnection) {
  table_.Move(Add("old", "x", Method::kAdd), "new");
  EXPECT_EQ(table_.Find("old", "x"), nullptr);
  EXPECT_EQ(table_.CountOf("old"), 0U);
  ASSERT_NE(table_.Find("new", "x"), nullptr);
  EXPECT_EQ(table_.Find("new", "x")->route, "new");
  ASSERT_NE(table_.FindMutating("x"), nullptr);
  EXPECT_EQ(table_.FindMutating("x")->route, "new");
}

TEST_F(RequestTableTest, AnErasedRequestIsFoundNoMore) {
  Add("one", "x", Method::kAdd);
  Add("one", "y");
  table_.Erase(1);
  table_.Erase(1);
  EXPECT_EQ(table_.Find(1), nullptr);
  EXPECT_EQ(table_.Find("one", "x"), nullptr);
  EXPECT_EQ(table_.FindMutating("x"), nullptr);
  EXPECT_EQ(table_.size(), 1U);
}

}  // namespace
}  // namespace coppice::server
