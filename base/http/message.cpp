#include "base/http/message.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>

#include <curl/curl.h>

#include "base/format.h"

namespace coppice::http {
namespace {

constexpr double kDayMs = 24 * 3600 * 1000.0;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

struct UrlCloser {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct TextFreer {
  void operator()(char* text) const { curl_free(text); }
};

/// A part of a URL, "" where it has none.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, TextFreer> owner(text);
  return text;
}

/// A decimal number and nothing else.
std::optional<double> Number(std::optional<std::string_view> text) {
  double value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

Error NoUrl(std::string_view why) {
  return MakeError(ErrorCode::kInvalidArgument, fmt::format("the URL {}", why));
}

}  // namespace

std::optional<std::string_view> HttpHead::Find(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const Header& h) { return SameName(h.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

std::optional<std::chrono::milliseconds> RetryAfter(const HttpHead& head) {
  using std::chrono::milliseconds;
  const auto within = [](double ms) -> std::optional<milliseconds> {
    if (!(ms >= 0)) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(std::min(ms, kDayMs)));
  };
  if (const auto exact = Number(head.Find("retry-after-ms"))) return within(*exact);
  const auto said = head.Find("retry-after");
  if (!said) return std::nullopt;
  if (const auto seconds = Number(said)) return within(*seconds * 1000);
  const auto now = head.Find("date");
  if (!now) return std::nullopt;
  const auto at = curl_getdate(std::string(*said).c_str(), nullptr);
  const auto from = curl_getdate(std::string(*now).c_str(), nullptr);
  if (at < 0 || from < 0) return std::nullopt;
  return within(static_cast<double>(std::max<std::int64_t>(at - from, 0)) * 1000);
}

Result<Origin> ParseOrigin(const std::string& url) {
  const std::unique_ptr<CURLU, UrlCloser> parts(curl_url());
  // The text itself is not shown: what it holds is not known.
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return NoUrl("cannot be read as one").WithRemedy("Give http://HOST[:PORT]/… or https://….");
  }
  const std::string scheme = Part(parts.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return NoUrl(fmt::format("has the scheme {}, not http or https", scheme));
  }
  Origin origin;
  origin.tls = scheme == "https";
  origin.host = Part(parts.get(), CURLUPART_HOST);
  const std::string port = Part(parts.get(), CURLUPART_PORT);
  origin.name = port.empty() ? origin.host : fmt::format("{}:{}", origin.host, port);
  if (!Part(parts.get(), CURLUPART_USER).empty() ||
      !Part(parts.get(), CURLUPART_PASSWORD).empty()) {
    return NoUrl(fmt::format("of {} holds an account", origin.name))
        .WithRemedy("Put the key into a file that only the daemon's account may read.");
  }
  return origin;
}

}  // namespace coppice::http
