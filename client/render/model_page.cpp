#include "client/render/model_page.h"

#include "base/format.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

std::string OrDash(const std::string& text) { return text.empty() ? "-" : EscapeText(text); }
std::string OrDash(std::uint64_t number, const std::string& text) {
  return number == 0 ? "-" : text;
}

Look LookOf(const protocol::ModelStatus& model) {
  if (!model.problem.empty()) return Look::kBad;
  return model.state == "present" || model.state == "default" ? Look::kGood : Look::kPlain;
}

std::string Fixed(double value) { return fmt::format("{:.3f}", value); }

}  // namespace

std::string ModelListPage(const protocol::ModelListReply& reply, const Display& display) {
  if (reply.models.empty()) return {};
  const Paint paint(display);
  Table table({{"NAME", Look::kBold},
               {"USE"},
               {"STATE"},
               {"DIMENSIONS", Look::kPlain, true},
               {"CONTEXT", Look::kPlain, true},
               {"SIZE", Look::kPlain, true},
               {"LICENCE", Look::kDim}});
  std::string problems;
  for (const protocol::ModelStatus& model : reply.models) {
    table.Add({EscapeText(model.name), EscapeText(model.use), EscapeText(model.state),
               OrDash(model.dimensions, Grouped(model.dimensions)),
               OrDash(model.context_tokens, Grouped(model.context_tokens)),
               OrDash(model.size_bytes, ByteCount(model.size_bytes)), OrDash(model.licence)});
    if (model.problem.empty()) continue;
    problems += paint(Look::kBad,
                      fmt::format("{}: {}", EscapeText(model.name), EscapeText(model.problem))) +
                "\n";
  }
  return table.Render(paint) + problems;
}

std::string ModelListPlain(const protocol::ModelListReply& reply) {
  std::string out;
  for (const protocol::ModelStatus& model : reply.models) {
    out += PlainLine({model.name, model.use, fmt::format("{}", model.dimensions), model.state,
                      model.licence, fmt::format("{}", model.context_tokens), model.quantisation,
                      fmt::format("{}", model.size_bytes), model.sha256, model.source, model.trust,
                      model.problem});
  }
  return out;
}

std::string ModelPage(const protocol::ModelStatus& model, const std::string& note,
                      const Display& display) {
  const Paint paint(display);
  std::string kind = EscapeText(model.use);
  if (model.dimensions > 0) kind += fmt::format(", {} dimensions", model.dimensions);
  std::string out = fmt::format("{}  {}  {}\n", paint(Look::kBold, EscapeText(model.name)),
                                paint(LookOf(model), EscapeText(model.state)), kind);
  out += fmt::format("  {}, licence {}\n", OrDash(model.size_bytes, ByteCount(model.size_bytes)),
                     OrDash(model.licence));
  if (!model.sha256.empty()) {
    out += paint(Look::kDim, "  SHA-256 " + EscapeText(model.sha256)) + "\n";
  }
  if (!model.problem.empty()) out += "  " + paint(Look::kBad, EscapeText(model.problem)) + "\n";
  if (!note.empty()) out += "  " + paint(Look::kWarning, EscapeText(note)) + "\n";
  return out;
}

std::string ModelBenchPage(const protocol::ModelBenchReply& reply, const Display& display) {
  const Paint paint(display);
  std::string out = fmt::format("{}  {} dimensions\n", paint(Look::kBold, EscapeText(reply.name)),
                                reply.dimensions);
  out += fmt::format("  documents  {}/s, {}/s, {} texts in batches of {}\n",
                     Grouped(static_cast<std::int64_t>(reply.texts_per_second)),
                     ByteCount(static_cast<std::uint64_t>(reply.bytes_per_second)),
                     Grouped(static_cast<std::int64_t>(reply.texts)), reply.batch);
  out += fmt::format("  one query  {:.3f} ms p50, {:.3f} ms p99\n", reply.query_p50_ms,
                     reply.query_p99_ms);
  return out;
}

std::string ModelBenchPlain(const protocol::ModelBenchReply& reply) {
  return PlainLine({reply.name, fmt::format("{}", reply.dimensions), fmt::format("{}", reply.batch),
                    fmt::format("{}", reply.texts), fmt::format("{}", reply.bytes),
                    Fixed(reply.seconds), Fixed(reply.texts_per_second),
                    Fixed(reply.bytes_per_second), Fixed(reply.query_p50_ms),
                    Fixed(reply.query_p99_ms)});
}

}  // namespace coppice::client
