#include "http/browser_guard.hpp"

namespace glados::http {

bool from_another_site(const request& what) {
  constexpr std::string_view scheme = "https://";
  const auto site = what.header("Sec-Fetch-Site");
  const auto origin = what.header("Origin");
  if (what.count("Origin") > 1 || what.count("Sec-Fetch-Site") > 1)
    return true;
  if (!site.empty() && site != "same-origin" && site != "none")
    return true;
  return !origin.empty() &&
         (!origin.starts_with(scheme) || origin.substr(scheme.size()) != what.header("Host"));
}

bool is_navigation(const request& what) {
  return (what.method == "GET" || what.method == "HEAD") && what.header("Origin").empty() &&
         what.header("Sec-Fetch-Mode") == "navigate" && what.header("Sec-Fetch-Dest") == "document";
}

}  // namespace glados::http
