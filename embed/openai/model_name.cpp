#include "embed/openai/model_name.h"

#include "base/digest.h"
#include "base/format.h"

namespace coppice::embed {

std::string NameOnServer(const OpenAiOptions& options, const ModelSpec& spec) {
  return options.model.empty() ? std::string(ModelPart(spec.name)) : options.model;
}

Result<ServedModel> AskForModel(OpenAiConnection& connection, const std::string& name,
                                const Deadline& deadline) {
  const Result<Json> answer = connection.Get("/models", deadline);
  if (answer) return FindModel(*answer, name, connection.server());
  const ErrorCode code = answer.error().code;
  const bool lists_none = code == ErrorCode::kNotFound || code == ErrorCode::kUnsupported ||
                          code == ErrorCode::kInvalidArgument;
  if (!lists_none) return answer.error();
  ServedModel unknown;
  unknown.id = name;
  return unknown;
}

std::string RevisionOf(const ServedModel& served, const ModelSpec& spec, int dimensions) {
  if (!spec.sha256.empty()) return spec.sha256;
  return ToHex(Sha256Of(fmt::format("model behind a server, 1\n{}\n{}\n{}\n{}\n{}", served.id,
                                    served.description, dimensions, spec.query_prefix,
                                    spec.document_prefix)));
}

}  // namespace coppice::embed
