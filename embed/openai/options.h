#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace coppice::embed {

/// How a server that speaks the OpenAI protocol is reached, and how much is asked of it at once.
///
/// Place: made by App from one [backend.NAME] of the configuration; taken by OpenAiEmbedder,
///        OpenAiGenerator and OpenAiReranker, each of which keeps to `max_inflight` on its own.
struct OpenAiOptions {
  /// What stands before "/embeddings": "http://127.0.0.1:8000/v1". Without a path, "/v1" is added.
  std::string base_url;
  /// The model's name there; "" = what follows the first '/' in the model's own name.
  std::string model = {};
  /// A file that nobody else may read, or without '/' the name of a systemd credential, found in
  /// $CREDENTIALS_DIRECTORY. "" = no key is sent.
  std::string key_file = {};
  std::string ca_file = {};  // PEM, instead of the system's certificates

  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  /// Longest silence of the server: one that reads a long prompt says nothing meanwhile.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(120);
  int max_inflight = 8;  // requests at once; more wait, within their deadline
  /// Of one request, as far as its deadline allows. For a link of a chain that has another after it
  /// 1 is best: the next one is asked at once.
  int max_attempts = 4;

  // Of embedding.
  std::size_t max_batch_inputs = 64;
  std::size_t max_batch_bytes = std::size_t{256} << 10U;
  std::size_t max_input_bytes = 8192;  // longer texts are embedded by their first bytes
  bool base64 = false;                 // asks for vectors in base64 instead of decimal numbers
};

}  // namespace coppice::embed
