// Who may call the admin listener. Of this node; replaced by SIGHUP; safe from any thread.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "config/admin_certificates.hpp"
#include "http/api.hpp"

namespace glados::app {

class admin_list {
 public:
  void replace(std::vector<config::admin_certificate> rows) {
    std::lock_guard guard(lock_);
    rows_ = std::move(rows);
  }

  std::optional<http::admin_identity> find(const bytes32& thumbprint) const {
    std::lock_guard guard(lock_);
    for (const auto& row : rows_)
      if (row.thumbprint == thumbprint)
        return http::admin_identity{row.name, static_cast<admin_role>(row.role)};
    return {};
  }

 private:
  mutable std::mutex lock_;
  std::vector<config::admin_certificate> rows_;
};

}  // namespace glados::app
