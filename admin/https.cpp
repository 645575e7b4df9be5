#include "admin/https.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <new>
#include <string_view>

#include "admin/outcome.hpp"

namespace glados::admin {
namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;

struct free_list {
  void operator()(curl_slist* gone) const { curl_slist_free_all(gone); }
};
struct free_easy {
  void operator()(CURL* gone) const { curl_easy_cleanup(gone); }
};

/// libcurl's list grows at its end and keeps its beginning, but for the first line.
std::unique_ptr<curl_slist, free_list> lines_of(const request& what) {
  std::unique_ptr<curl_slist, free_list> out;
  const auto add = [&out](const char* line) {
    auto* longer = curl_slist_append(out.get(), line);
    if (longer == nullptr)
      throw std::bad_alloc();
    static_cast<void>(out.release());
    out.reset(longer);
  };
  if (what.headers.empty() && !what.body.empty())
    add("Content-Type: application/json");
  for (const auto& line : what.headers) add(line.c_str());
  return out;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& body = static_cast<answer*>(into)->body;
  if (body.size() + count > most_bytes)
    return 0;
  body.append(bytes, count);
  return count;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::size_t on_header(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& got = *static_cast<answer*>(into);
  const std::string_view line(bytes, count);
  const auto colon = line.find(':');
  if (colon == line.npos)
    return count;
  const auto name = line.substr(0, colon);
  const auto text = trimmed(line.substr(colon + 1));
  if (same_name(name, "content-type"))
    got.content_type = trimmed(text.substr(0, text.find(';')));
  else if (same_name(name, "x-request-id"))
    got.request_id = text;
  else if (same_name(name, "retry-after"))
    std::from_chars(text.data(), text.data() + text.size(), got.retry_after);
  return count;
}

class https final : public transport {
 public:
  explicit https(const profile& who) : who_(who), easy_(curl_easy_init()) {
    if (who_.url.ends_with('/'))
      who_.url.pop_back();
    const auto ms = static_cast<long>(std::chrono::milliseconds(who_.timeout).count());
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");  // the environment does not redirect operators
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_CAINFO, who_.ca.c_str());
    set(CURLOPT_CAPATH, nullptr);
    set(CURLOPT_SSLCERT, who_.certificate.c_str());
    set(CURLOPT_SSLKEY, who_.key.c_str());
    set(CURLOPT_TIMEOUT_MS, ms);
    set(CURLOPT_CONNECTTIMEOUT_MS, std::min(ms, 10'000L));
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_USERAGENT, "glados");
  }

  answer call(const request& what) override {
    answer got;
    const auto url = who_.url + what.path;
    const auto headers = lines_of(what);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_WRITEDATA, &got);
    set(CURLOPT_HEADERDATA, &got);
    set(CURLOPT_HTTPHEADER, headers.get());
    if (what.method == "GET") {
      set(CURLOPT_HTTPGET, 1L);
      set(CURLOPT_CUSTOMREQUEST, nullptr);
    } else {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_CUSTOMREQUEST, what.method.c_str());
      set(CURLOPT_POSTFIELDS, what.body.data());
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
    }
    error_[0] = '\0';
    const auto done = curl_easy_perform(easy_.get());
    if (done != CURLE_OK)
      throw stop(outcome::unreachable,
                 who_.url + " cannot be reached: " +
                     (error_[0] != '\0' ? error_.data() : curl_easy_strerror(done)));
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    got.status = static_cast<int>(status);
    return got;
  }

 private:
  template <class T>
  void set(CURLoption option, T what) {
    if (!easy_ || curl_easy_setopt(easy_.get(), option, what) != CURLE_OK)
      throw stop(outcome::unreachable, "libcurl lacks what mutual TLS needs");
  }

  profile who_;
  std::unique_ptr<CURL, free_easy> easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace

std::unique_ptr<transport> connect_to(const profile& who) { return std::make_unique<https>(who); }

}  // namespace glados::admin
