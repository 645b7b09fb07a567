#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/http/message.h"
#include "base/json.h"
#include "base/result.h"
#include "embed/openai/api_key.h"

namespace coppice::embed {

/// What a server's answers hold, checked: pure functions, nothing here waits or keeps anything.
/// `server` is its name for errors ("127.0.0.1:8000"). Fields that are not asked for are ignored.

/// Reads JSON of at most 32 levels. Errors: kCorrupt for anything else, a bare NaN among it.
Result<Json> ReadJson(std::string_view text, std::string_view server);

/// The member of that name; null for none, and where `object` is no object.
const Json& Member(const Json& object, const char* name);

/// What the server itself says of an error, for people: one line of at most 300 bytes, without the
/// key and without what it repeats of the request. "" where it says nothing.
std::string ServerMessage(std::string_view body, const ApiKey& key);

/// The error that an answer with a status other than 200 stands for.
///
/// Errors: 401 kUnauthenticated, 403 kPermissionDenied, 404 kNotFound, 429 and 402
///         kResourceExhausted, 408 and 5xx kUnavailable, 501 kUnsupported, 400 and the others
///         kInvalidArgument. retry_after_ms as the head says.
Error ErrorOfAnswer(const http::HttpResponse& response, std::string_view server, const ApiKey& key);
/// The same of an error object that came within a stream, after its status was sent.
Error ErrorOfObject(const Json& object, std::string_view server, const ApiKey& key);

/// Whether such an answer says that the text, or the prompt, has too many tokens.
bool SaysTooLong(int status, std::string_view message);

/// Writes the vectors of an answer of /embeddings, each where its `index` says, or in order where
/// none has one: numbers, or base64 of little-endian float32.
///
/// Shape:  out [count * dimensions].
/// Errors: kCorrupt naming what is wrong: another number of vectors or values, an index twice or
///         out of range, a value that is not a finite number.
Result<void> ReadEmbeddings(const Json& answer, std::size_t count, std::span<float> out,
                            std::string_view server);

/// Values in the first vector of such an answer. Errors: kCorrupt.
Result<int> CountDimensions(const Json& answer, std::string_view server);

/// Makes each of the vectors in `rows` one of L2 norm 1; one of zeros stays. Errors: kCorrupt for a
/// norm that is no finite number.
Result<void> NormaliseRows(std::span<float> rows, std::size_t dimensions, std::string_view server);

/// What a server says of one of its models.
struct ServedModel {
  std::string id;
  std::string description;  // its fields that tell weights apart, in a fixed order
  int context_tokens = 0;   // 0 = it does not say
};

/// The model `name` in an answer of /models, also as "name:latest".
/// Errors: kNotFound with some of the names there are; kCorrupt.
Result<ServedModel> FindModel(const Json& answer, const std::string& name, std::string_view server);

/// Writes the scores of an answer of /rerank where their `index` says: {"results": [{"index",
/// "relevance_score"}]} or [{"index", "score"}]. Errors: kCorrupt.
Result<void> ReadScores(const Json& answer, std::span<float> out, std::string_view server);

}  // namespace coppice::embed
