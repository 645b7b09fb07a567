#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/model_spec.h"
#include "embed/openai/connection.h"
#include "embed/openai/options.h"
#include "embed/openai/server_json.h"

namespace coppice::embed {

/// The model's name in requests: as configured, or that part of its own.
std::string NameOnServer(const OpenAiOptions& options, const ModelSpec& spec);

/// What the server says of the model; the name alone where it does not list its models.
/// Errors: kNotFound where it does and has none of that name; those of OpenAiConnection.
Result<ServedModel> AskForModel(OpenAiConnection& connection, const std::string& name,
                                const Deadline& deadline);

/// The specification's SHA-256; without one, that of what the server says of the model and of the
/// prefixes its texts get. `dimensions`: of an embedding model.
std::string RevisionOf(const ServedModel& served, const ModelSpec& spec, int dimensions = 0);

}  // namespace coppice::embed
