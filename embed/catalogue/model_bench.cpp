#include "embed/catalogue/model_bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"

namespace coppice::embed {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::size_t kTexts = 256;
constexpr std::size_t kBatch = 32;
constexpr duration<double> kLongEnough{3.0};
constexpr duration<double> kLongEnoughForQueries{1.0};
constexpr std::size_t kLeastQueries = 20;
constexpr std::size_t kMostQueries = 200;

/// Pieces that are put together to texts: what a chunk of a repository looks like.
constexpr std::array<std::string_view, 8> kPieces = {
    "// Gives the oldest parcel on the belt back, or nothing when the belt is empty.\n"
    "std::optional<Parcel> Belt::TakeOldest() {\n  if (parcels_.empty()) return std::nullopt;\n"
    "  Parcel oldest = std::move(parcels_.front());\n  parcels_.pop_front();\n  return "
    "oldest;\n}\n",
    "def retry(call, attempts=3, pause=0.5):\n    \"\"\"Calls until it succeeds or the attempts "
    "are "
    "used up.\"\"\"\n    for attempt in range(attempts):\n        try:\n            return call()\n"
    "        except TimeoutError:\n            wait(pause * 2 ** attempt)\n    raise "
    "GaveUp(call)\n",
    "// ReadHeader reads the length and the checksum of a frame and says whether they agree.\n"
    "func ReadHeader(r io.Reader) (Header, error) {\n\tvar h Header\n\tif err := binary.Read(r, "
    "binary.LittleEndian, &h); err != nil {\n\t\treturn h, fmt.Errorf(\"frame: %w\", err)\n\t}\n"
    "\treturn h, h.Check()\n}\n",
    "/** Merges two sorted lists; equal elements keep their order. */\nstatic <T> List<T> "
    "merge(List<T> a, List<T> b, Comparator<T> order) {\n    List<T> out = new "
    "ArrayList<>(a.size() + b.size());\n    int i = 0, j = 0;\n    while (i < a.size() && j < "
    "b.size())\n        out.add(order.compare(a.get(i), b.get(j)) <= 0 ? a.get(i++) : "
    "b.get(j++));\n    return out;\n}\n",
    "/// Splits a path into folder and name; the root has no name.\npub fn split(path: &str) -> "
    "(&str, Option<&str>) {\n    match path.rfind('/') {\n        Some(at) => (&path[..at], "
    "Some(&path[at + 1..])),\n        None => (\"\", Some(path)),\n    }\n}\n",
    "export async function loadSettings(path: string): Promise<Settings> {\n  const text = await "
    "readFile(path, 'utf8');\n  const parsed = JSON.parse(text) as Partial<Settings>;\n  return "
    "{ ...defaults, ...parsed };\n}\n",
    "Failed jobs are kept for a week. A job that failed because the disk was full is tried again "
    "as soon as there is room; one that failed because its input is damaged waits until somebody "
    "asks for it. The log names the job, the file and the reason.\n",
    "static int hash_insert(struct table *t, const char *key, void *value) {\n\tsize_t slot = "
    "hash(key) & t->mask;\n\twhile (t->keys[slot] != NULL && strcmp(t->keys[slot], key) != 0)\n"
    "\t\tslot = (slot + 1) & t->mask;\n\tt->keys[slot] = key;\n\tt->values[slot] = value;\n"
    "\treturn 0;\n}\n"};

constexpr std::array<std::string_view, 4> kQueries = {
    "where is a failed call tried again", "split a path into folder and name",
    "how are two sorted lists merged", "hash_insert"};

/// One to four pieces each, numbered so that no two are equal.
std::vector<std::string> MakeTexts() {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kTexts; ++i) {
    std::string text = fmt::format("part{} of module{}\n", i, i * i % 97);
    for (std::size_t k = 0; k <= i % 4; ++k) text += kPieces[(i * 3 + k * 5) % kPieces.size()];
    texts.push_back(std::move(text));
  }
  return texts;
}

double Quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(part * last + 0.5)];
}

Result<void> CheckTime(const Deadline& deadline) {
  if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "the measurement was given up");
  if (!deadline.expired()) return {};
  return MakeError(ErrorCode::kDeadlineExceeded, "the time was too short for the measurement");
}

Result<void> TimeQueries(const Embedder& embedder, const Deadline& deadline, BenchResult& result) {
  std::vector<float> out(static_cast<std::size_t>(embedder.info().dimensions));
  std::vector<double> took_ms;
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < kMostQueries; ++i) {
    if (i >= kLeastQueries && Clock::now() - begin > kLongEnoughForQueries) break;
    COPPICE_TRY(CheckTime(deadline));
    const std::string_view query = kQueries[i % kQueries.size()];
    const auto start = Clock::now();
    COPPICE_TRY(embedder.Embed({&query, 1}, Purpose::kQuery, out, deadline));
    took_ms.push_back(duration<double, std::milli>(Clock::now() - start).count());
  }
  result.query_p50_ms = Quantile(took_ms, 0.5);
  result.query_p99_ms = Quantile(took_ms, 0.99);
  return {};
}

}  // namespace

Result<BenchResult> BenchEmbedder(const Embedder& embedder,
                                  const std::function<void(std::uint64_t bytes)>& on_bytes,
                                  const Deadline& deadline) {
  const std::vector<std::string> texts = MakeTexts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> out(kBatch * static_cast<std::size_t>(embedder.info().dimensions));
  const auto embed = [&](std::size_t first) {
    const std::span<const std::string_view> batch(views.data() + first, kBatch);
    return embedder.Embed(batch, Purpose::kDocument, out, deadline);
  };
  COPPICE_TRY(embed(0));  // what is made at first use is made now
  BenchResult result;
  result.batch = static_cast<int>(kBatch);
  const auto begin = Clock::now();
  for (std::size_t first = 0; result.texts == 0 || Clock::now() - begin < kLongEnough;
       first = (first + kBatch) % kTexts) {
    COPPICE_TRY(CheckTime(deadline));
    COPPICE_TRY(embed(first));
    result.texts += kBatch;
    for (std::size_t i = 0; i < kBatch; ++i) result.bytes += views[first + i].size();
    if (on_bytes) on_bytes(result.bytes);
  }
  result.seconds = duration<double>(Clock::now() - begin).count();
  COPPICE_TRY(TimeQueries(embedder, deadline, result));
  return result;
}

}  // namespace coppice::embed
