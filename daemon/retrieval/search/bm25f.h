#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

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
      frequency += static_cast<double>(counts[f]) * Norm(f, static_cast<double>(lengths[f]));
    }
    return frequency;
  }

  /// What one occurrence counts in a field of that length.
  [[nodiscard]] double Norm(std::size_t field, double length) const {
    const double average = average_length[field];
    const double ratio = average > 0 ? length / average : 1.0;
    return weight[field] / (1 - b[field] + b[field] * ratio);
  }
};

/// The norms of a model by length, of most lengths out of a table.
class FieldNorms {
 public:
  explicit FieldNorms(const FieldModel& model) : model_(model) {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      for (std::size_t n = 0; n < kTabled; ++n) {
        table_[f][n] = model.Norm(f, static_cast<double>(n));
      }
    }
  }
  [[nodiscard]] double Of(std::size_t field, std::uint16_t length) const {
    return length < kTabled ? table_[field][length] : model_.Norm(field, length);
  }

 private:
  static constexpr std::size_t kTabled = 512;
  const FieldModel& model_;
  std::array<std::array<double, kTabled>, kFieldCount> table_{};
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
