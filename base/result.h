#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace coppice {

/// A value or the error that kept it from being made.
///
/// Shape: the member names are those of std::expected, so that it can become an alias one day.
/// Errors: reading the side that is not there is a bug and ends the process.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    COPPICE_CHECK(has_value(), error().ToString());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    COPPICE_CHECK(has_value(), error().ToString());
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    const Error* error = std::get_if<1>(&state_);
    COPPICE_CHECK(error != nullptr, "error() of a Result that holds a value");
    return *error;
  }

  template <class U>
  [[nodiscard]] T value_or(U&& other) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or the error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const { COPPICE_CHECK(has_value(), error_->ToString()); }

  [[nodiscard]] const Error& error() const {
    COPPICE_CHECK(error_.has_value(), "error() of a Result that holds no error");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace coppice

#define COPPICE_CONCAT_INNER(a, b) a##b
#define COPPICE_CONCAT(a, b) COPPICE_CONCAT_INNER(a, b)

/// Leaves the function with the error of `expression`, a Result<T>; otherwise goes on.
#define COPPICE_TRY(expression)                                      \
  do {                                                               \
    if (auto coppice_try_result = (expression); !coppice_try_result) \
      return coppice_try_result.error();                             \
  } while (false)

// A declaration cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses)
/// COPPICE_ASSIGN(auto rows, Load(x)): declares `rows` with the value, or leaves with the error.
#define COPPICE_ASSIGN(declaration, expression) \
  COPPICE_ASSIGN_INNER(COPPICE_CONCAT(coppice_result_, __LINE__), declaration, expression)
#define COPPICE_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                 \
  if (!temporary) return temporary.error();                      \
  declaration = std::move(temporary).value()
// NOLINTEND(bugprone-macro-parentheses)
