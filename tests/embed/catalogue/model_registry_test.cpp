#include "embed/catalogue/model_registry.h"

#include <array>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "embed/factory.h"
#include "tests/embed/catalogue/gguf_builder.h"
#include "tests/embed/catalogue/model_folder.h"

namespace coppice::embed {
namespace {

using ::testing::HasSubstr;

/// The registry over a catalogue of its own: `known` has a hash, `unknown` none, `limited` a
/// licence that limits.
class ModelRegistryTest : public ModelFolderTest {
 protected:
  ModelRegistryTest() {
    known_files_[0] = {"F16", "known.gguf", "https://models.example.org/known.gguf", known_hash_,
                       known_.size()};
    entries_ = {{Entry("static/default", {}, false), Entry("local/known", known_files_, false),
                 Entry("local/unknown", unknown_files_, false),
                 Entry("local/limited", limited_files_, true)}};
    catalogue_.emplace(entries_);
    registry_.emplace(*catalogue_, *store_, [this](const std::string& name) {
      return name == used_ ? std::string("embedding.model") : std::string();
    });
  }

  static CatalogueEntry Entry(std::string_view name, std::span<const CatalogueFile> files,
                              bool restricted) {
    CatalogueEntry entry;
    entry.name = name;
    entry.dimensions = 8;
    entry.pooling = Pooling::kMean;
    entry.licence = "A Licence";
    entry.restricted = restricted;
    entry.run_here = restricted;
    entry.files = files;
    return entry;
  }

  AddModelRequest Request(const std::string& path, const std::string& name = "") {
    AddModelRequest request;
    request.path = path;
    request.name = name;
    return request;
  }
  AddModelRequest Trusting(AddModelRequest request) {
    request.trust_first_use = true;
    return request;
  }
  AddModelRequest Own(const std::string& path, const std::string& name, ModelUse use) {
    AddModelRequest request = Trusting(Request(path, name));
    request.properties.use = use;
    return request;
  }
  Result<TakenModel> Add(const AddModelRequest& request) {
    return registry_->Add(request, nullptr, Deadline::Never());
  }
  Error Refused(const AddModelRequest& request) {
    const auto taken = Add(request);
    EXPECT_FALSE(taken);
    EXPECT_EQ(CountIn("incoming"), 0U) << "nothing is left";
    return taken ? MakeError(ErrorCode::kInternal, "it was taken") : taken.error();
  }
  ModelState StateOf(const std::string& name) {
    const auto entry = registry_->Find(name);
    EXPECT_TRUE(entry) << entry.error().ToString();
    return entry->state;
  }

  const std::string known_ = SmallGguf('k');
  const std::string known_hash_ = Hash(known_);
  std::array<CatalogueFile, 1> known_files_;
  const std::array<CatalogueFile, 1> unknown_files_ = {{{"F16", "unknown.gguf", "", "", 0}}};
  const std::array<CatalogueFile, 1> limited_files_ = {{{"F16", "limited.gguf", "", "", 0}}};
  std::array<CatalogueEntry, 4> entries_;
  std::optional<Catalogue> catalogue_;
  std::optional<ModelRegistry> registry_;
  std::string used_;
};

TEST_F(ModelRegistryTest, SaysOfEachModelWhereItStands) {
  EXPECT_EQ(StateOf("static/default"), ModelState::kDefault);
  EXPECT_EQ(StateOf("local/known"), ModelState::kAbsent);
  EXPECT_EQ(StateOf("local/unknown"), ModelState::kNotRunHere);
  EXPECT_EQ(StateOf("local/limited"), ModelState::kUnverified);
  ASSERT_TRUE(Add(Request(File("known.gguf", known_))));
  ASSERT_TRUE(Add(Own(File("mine.gguf", SmallGguf('m')), "local/mine", ModelUse::kEmbed)));
  EXPECT_EQ(StateOf("local/known"), ModelState::kPresent);
  const auto all = registry_->List().value();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[1].spec.name, "local/known");
  EXPECT_EQ(all[1].trust, "catalogue");
  EXPECT_EQ(all[4].spec.name, "local/mine");
  EXPECT_EQ(all[4].trust, "first_use");
}

TEST_F(ModelRegistryTest, TheDefaultHasTheHashThatItsVectorsCarry) {
  const auto entry = registry_->Find("static/default");
  EXPECT_EQ(entry->spec.sha256, OpenEmbedder(kDefaultModel).value()->info().revision);
  EXPECT_EQ(registry_->Use("static/default", Deadline::Never())->name, "static/default");
}

TEST_F(ModelRegistryTest, AFileOfTheCatalogueNeedsNeitherNameNorTrust) {
  const auto taken = Add(Request(File("known.gguf", known_)));
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_EQ(taken->note, "");
  EXPECT_EQ(taken->entry.spec.name, "local/known");
  const auto spec = registry_->Use("local/known", Deadline::Never());
  ASSERT_TRUE(spec);
  EXPECT_EQ(Read(spec->path), known_);
  EXPECT_EQ(spec->sha256, known_hash_);
  EXPECT_EQ(spec->pooling, Pooling::kMean);
}

TEST_F(ModelRegistryTest, AWrongHashNeverGetsInAndReplacesNothing) {
  const std::string wrong = File("known.gguf", SmallGguf('w'));
  const Error error = Refused(Request(wrong));
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(known_hash_));
  EXPECT_THAT(error.message, HasSubstr(Hash(SmallGguf('w'))));
  EXPECT_EQ(StateOf("local/known"), ModelState::kAbsent);
  ASSERT_TRUE(Add(Request(File("good.gguf", known_), "local/known")));
  EXPECT_EQ(Refused(Trusting(Request(wrong))).code, ErrorCode::kCorrupt);
  EXPECT_EQ(Read(registry_->Use("local/known", Deadline::Never())->path), known_);
}

TEST_F(ModelRegistryTest, WithoutAHashSomebodyMustSayWhatIsTrusted) {
  const std::string path = File("unknown.gguf", SmallGguf('u'));
  const Error error = Refused(Request(path));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.remedy, HasSubstr("--trust-first-use"));
  const auto taken = Add(Trusting(Request(path)));
  ASSERT_TRUE(taken);
  EXPECT_THAT(taken->note, HasSubstr("pinned to SHA-256 " + Hash(SmallGguf('u'))));
  EXPECT_EQ(StateOf("local/unknown"), ModelState::kPresent);
}

TEST_F(ModelRegistryTest, APinHoldsUntilItIsTakenAway) {
  ASSERT_TRUE(Add(Trusting(Request(File("unknown.gguf", SmallGguf('u'))))));
  const std::string other = File("unknown.gguf", SmallGguf('v'));
  const Error error = Refused(Trusting(Request(other)));
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(Hash(SmallGguf('u'))));
  EXPECT_THAT(error.message, HasSubstr(Hash(SmallGguf('v'))));
  EXPECT_THAT(error.remedy, HasSubstr("model remove local/unknown"));
  ASSERT_TRUE(registry_->Remove("local/unknown"));
  EXPECT_TRUE(Add(Trusting(Request(other))));
}

TEST_F(ModelRegistryTest, TheOperatorsHashIsHeldToo) {
  AddModelRequest request = Request(File("unknown.gguf", SmallGguf('u')));
  request.sha256 = Hash(SmallGguf('v'));
  EXPECT_EQ(Refused(request).code, ErrorCode::kCorrupt);
  request.sha256 = "abc";
  EXPECT_EQ(Refused(request).code, ErrorCode::kInvalidArgument);
  request.sha256 = Hash(SmallGguf('u'));
  EXPECT_EQ(Add(request)->entry.trust, "operator");
  request.sha256 = Hash(SmallGguf('v'));
  EXPECT_EQ(Refused(request).code, ErrorCode::kConflict);
  AddModelRequest against = Request(File("known.gguf", SmallGguf('u')));
  against.sha256 = Hash(SmallGguf('u'));
  EXPECT_EQ(Refused(against).code, ErrorCode::kConflict) << "the catalogue knows better";
}

TEST_F(ModelRegistryTest, AnOperatorsModelIsDescribedByFlagsAndByItsFile) {
  const std::string path = File("mine.gguf", SmallGguf('m', 24));
  EXPECT_THAT(Refused(Trusting(Request(path, "local/mine"))).remedy, HasSubstr("--use"));
  AddModelRequest request = Own(path, "local/mine", ModelUse::kEmbed);
  request.properties.pooling = Pooling::kCls;
  request.properties.query_prefix = "query: ";
  request.properties.normalise = false;
  ASSERT_TRUE(Add(request));
  store_ = Reopen();
  const ModelSpec spec = store_->Use("local/mine", Deadline::Never()).value();
  EXPECT_EQ(spec.dimensions, 24) << "as the file says";
  EXPECT_EQ(spec.context_tokens, 512);
  EXPECT_EQ(spec.licence, "mit");
  EXPECT_EQ(spec.pooling, Pooling::kCls);
  EXPECT_EQ(spec.query_prefix, "query: ");
  EXPECT_FALSE(spec.normalise);
}

TEST_F(ModelRegistryTest, WhatTheCatalogueSaysIsNotOverruled) {
  AddModelRequest request = Request(File("known.gguf", known_));
  request.properties.dimensions = 16;
  EXPECT_EQ(Refused(request).code, ErrorCode::kInvalidArgument);
}

TEST_F(ModelRegistryTest, AModelOfAnotherDimensionIsNotTheOneNamed) {
  const Error error = Refused(Trusting(Request(File("unknown.gguf", SmallGguf('u', 9)))));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("9 dimensions"));
}

TEST_F(ModelRegistryTest, ALicenceThatLimitsIsTold) {
  const auto taken = Add(Trusting(Request(File("limited.gguf", SmallGguf('l')))));
  ASSERT_TRUE(taken);
  EXPECT_THAT(taken->note, HasSubstr("A Licence"));
}

TEST_F(ModelRegistryTest, NamesThatAreNoneOrTakenAreRefused) {
  const std::string path = File("mine.gguf", SmallGguf('m'));
  for (const char* name : {"local/../x", "local/", "local/a\n", "/etc/passwd"}) {
    EXPECT_EQ(Refused(Own(path, name, ModelUse::kEmbed)).code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(Refused(Own(path, "static/default", ModelUse::kEmbed)).code,
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(Refused(Own(path, "vllm/mine", ModelUse::kEmbed)).remedy, HasSubstr("local/mine"));
  EXPECT_THAT(Refused(Own(path, "knwn", ModelUse::kEmbed)).message, HasSubstr("no model"));
  EXPECT_THAT(Refused(Trusting(Request(path))).remedy, HasSubstr("--name"));
}

TEST_F(ModelRegistryTest, OnlyRegularFilesAreRead) {
  const auto refused = [&](const std::string& path, ErrorCode code, const char* what) {
    const Error error = Refused(Trusting(Request(path, "local/unknown")));
    EXPECT_EQ(error.code, code) << error.ToString();
    EXPECT_THAT(error.message, HasSubstr(path));
    EXPECT_THAT(error.message, HasSubstr(what));
  };
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string link = folder_ / "link";
  std::filesystem::create_symlink(File("real.gguf", SmallGguf()), link);
  refused(folder_, ErrorCode::kInvalidArgument, "a folder");
  refused(pipe, ErrorCode::kInvalidArgument, "a pipe");
  refused(link, ErrorCode::kInvalidArgument, "a symbolic link");
  refused("/dev/zero", ErrorCode::kInvalidArgument, "a device");
  refused(folder_ / "missing", ErrorCode::kNotFound, "is not there");
  refused("relative.gguf", ErrorCode::kInvalidArgument, "no absolute path");
  refused(File("empty", ""), ErrorCode::kCorrupt, "is no GGUF file");
  refused(File("text", "no model at all"), ErrorCode::kCorrupt, "is no GGUF file");
  const std::string whole = SmallGguf();
  refused(File("half", whole.substr(0, whole.size() / 2)), ErrorCode::kCorrupt, "cut short");
}

TEST_F(ModelRegistryTest, AFileThatChangesWhileItIsCopiedIsNotTaken) {
  const std::string path =
      File("unknown.gguf",
           GgufBuilder().Number("bert.embedding_length", 8).Tensor("t", 1 << 20).Build());
  const auto taken = registry_->Add(
      Trusting(Request(path)),
      [&](std::uint64_t done, std::uint64_t) {
        if (done == 1 << 20) Damage(path);
      },
      Deadline::Never());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
  EXPECT_THAT(taken.error().message, HasSubstr("changed while it was copied"));
  EXPECT_EQ(CountIn("incoming"), 0U);
  EXPECT_EQ(CountIn("files"), 0U);
}

TEST_F(ModelRegistryTest, ACopyThatIsGivenUpLeavesNothing) {
  const std::string path = File("unknown.gguf", SmallGguf());
  std::stop_source stop;
  stop.request_stop();
  const auto taken =
      registry_->Add(Trusting(Request(path)), nullptr, Deadline::Never(stop.get_token()));
  EXPECT_EQ(taken.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(CountIn("incoming"), 0U);
}

TEST_F(ModelRegistryTest, WhatIsUsedIsNotRemoved) {
  ASSERT_TRUE(Add(Request(File("known.gguf", known_))));
  used_ = "local/known";
  const auto refused = registry_->Remove("local/known:f16");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("embedding.model"));
  used_.clear();
  EXPECT_TRUE(registry_->Remove("local/known"));
  EXPECT_EQ(registry_->Remove("local/known").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(registry_->Remove("static/default").error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(registry_->Remove("local/knwn").error().remedy, HasSubstr("local/known"));
}

TEST_F(ModelRegistryTest, VerifyTellsWhatIsWrong) {
  ASSERT_TRUE(Add(Request(File("known.gguf", known_))));
  const auto path = registry_->Use("local/known", Deadline::Never())->path;
  Damage(path);
  EXPECT_EQ(StateOf("local/known"), ModelState::kUnverified);
  const auto verified = registry_->Verify("local/known", nullptr, Deadline::Never());
  ASSERT_TRUE(verified);
  EXPECT_THAT(verified->problem, HasSubstr(known_hash_));
  EXPECT_EQ(registry_->Use("local/known", Deadline::Never()).error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(Add(Request(File("known.gguf", known_))));
  EXPECT_TRUE(registry_->Use("local/known", Deadline::Never())) << "added again, it is whole";
  EXPECT_EQ(registry_->Verify("local/unknown", nullptr, Deadline::Never()).error().code,
            ErrorCode::kNotFound);
}

TEST_F(ModelRegistryTest, AModelThatIsNotHereSaysHowToGetIt) {
  const auto with_url = registry_->Use("local/known", Deadline::Never());
  EXPECT_THAT(with_url.error().remedy, HasSubstr("model pull local/known"));
  const auto without = registry_->Use("local/unknown", Deadline::Never());
  EXPECT_THAT(without.error().remedy, HasSubstr("model add FILE --name local/unknown"));
}

}  // namespace
}  // namespace coppice::embed
