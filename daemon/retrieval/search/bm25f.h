#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "daemon/retrieval/index/postings.h"

namespace coppice::retrieval {

/// BM25F: counts of a word in the fields of a text become one frequency, which saturates once.
///
///     tf  = sum over fields of  weight * count / (1 - b + b * length / average length)
///     score = idf * tf * (k1 + 1) / (tf + k1),   idf = ln(1 + (N - df + 0.5) / (df + 0.5))
///
/// Shape:  the last field, kPathField, exists for files only; its count and length are 0 for
/// chunks. Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond
/// (2009).
inline constexpr std::size_t kPathField = kFieldCount;
inline constexpr std::size_t kRankedFieldCount = kFieldCount + 1;

struct FieldModel {
  std::array<double, kRankedFieldCount> weight{};
  std::array<double, kRankedFieldCount> b{};
  std::array<double, kRankedFieldCount> average_length{};

  /// The weighted and length-normalised frequency.
  template <class Counts, class Lengths>
  [[nodiscard]] double Frequency(const Counts& counts, const Lengths& lengths) const {
    double frequency = 0;
    for (std::size_t f = 0; f < counts.size(); ++f) {
      if (counts[f] == 0) continue;
      const double average = average_length[f];
      const double ratio = average > 0 ? static_cast<double>(lengths[f]) / average : 1.0;
      frequency += weight[f] * static_cast<double>(counts[f]) / (1 - b[f] + b[f] * ratio);
    }
    return frequency;
  }
};

inline double Saturate(double frequency, double k1) {
  return frequency * (k1 + 1) / (frequency + k1);
}

inline double InverseDocumentFrequency(std::size_t documents, std::size_t containing) {
  const auto n = static_cast<double>(documents);
  const auto df = static_cast<double>(containing);
  return std::log(1 + (n - df + 0.5) / (df + 0.5));
}

}  // namespace coppice::retrieval
