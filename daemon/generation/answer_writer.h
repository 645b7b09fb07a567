#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/generation/citations.h"
#include "daemon/retrieval/retriever.h"
#include "embed/text_generator.h"

namespace coppice::generation {

struct Question {
  std::string text;
  retrieval::ViewSelector view;
  std::string model;            // BACKEND/MODEL; "" = the configured ones, in their order
  int max_output_tokens = 512;  // 1 to kMostOutputTokens
};

/// How an answer came to its end.
enum class Ending : std::uint8_t { kWhole, kLength, kLoop, kExtract, kNothingFound };
std::string_view ToText(Ending ending);  // "whole", "length", "loop", "extract", "nothing_found"

struct Timings {
  double retrieval_ms = 0;
  double prompt_ms = 0;       // the daemon's own work between sources and model
  double first_token_ms = 0;  // from handing the prompt over to the first text
  double total_ms = 0;
};

struct Answer {
  std::string id;     // names this answer
  std::string model;  // "" = an extract
  Ending ending = Ending::kWhole;
  std::vector<Citation> citations;
  std::vector<std::string> unknown_identifiers;  // in neither sources nor index
  embed::GenerateUsage usage;
  std::string note;  // for people: what was left out, how to get more
  Timings timings;
};

/// Answers questions out of what retrieval finds, and checks what the answer says it rests on.
///
/// Place:  called by the threads of `ask`; no state of its own.
/// Shape:  `on_source` for each source, best first; `on_text` for each piece of text, whole
///         characters; then the answer. Without a text model the text is an extract of the sources.
/// Limits: kMostQuestionBytes; kSources places.
/// Errors: kInvalidArgument (an empty or too long question, a number out of range); those of
///         retrieval, of the generator, of on_source and on_text. An error after the first text
///         ends the answer: what was sent is not whole.
class AnswerWriter {
 public:
  static constexpr std::size_t kMostQuestionBytes = 8192;
  static constexpr int kMostOutputTokens = 8192;
  static constexpr std::uint32_t kSources = 8;

  /// The model of that name, "" = the configured one. Errors: kNotFound where none is configured.
  using OpenGenerator =
      std::function<Result<std::shared_ptr<embed::TextGenerator>>(const std::string& name)>;
  using OnSource = std::function<Result<void>(const Source&)>;
  using OnText = std::function<Result<void>(std::string_view)>;

  /// `retriever` must outlive this.
  AnswerWriter(const retrieval::Retriever& retriever, OpenGenerator open)
      : retriever_(retriever), open_(std::move(open)) {}

  Result<Answer> Write(const Question& question, const OnSource& on_source, const OnText& on_text,
                       const Deadline& deadline) const;

 private:
  struct Work;
  Result<void> Generate(Work& work, embed::TextGenerator& generator) const;
  static Result<void> Extract(Work& work);
  static Result<void> Stream(Work& work, embed::TextGenerator& generator,
                             const std::vector<embed::Message>& messages);
  Result<void> Check(Work& work) const;
  Result<std::vector<retrieval::Hit>> Find(const Question& question,
                                           const Deadline& deadline) const;
  Result<bool> IsKnown(const std::string& name, const Work& work) const;

  const retrieval::Retriever& retriever_;
  const OpenGenerator open_;
};

}  // namespace coppice::generation
