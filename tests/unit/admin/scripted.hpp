// A run of `glados admin` against scripted answers, over streams of the test.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "admin/commands.hpp"
#include "admin/program.hpp"

namespace glados::admin::test {

/// What a run said, and how it ended.
struct ran {
  int code = -1;
  std::string out, err;
  std::vector<request> calls;
};

/// Answers by method and path, one after the other; the last one of a path stays.
class script {
 public:
  script& on(const std::string& call, int status, const std::string& body,
             const std::string& type = "application/json") {
    answer made;
    made.status = status;
    made.body = body;
    made.content_type = type;
    answers_[call].push_back(made);
    return *this;
  }
  script& refuse(const std::string& call, int status, const std::string& name) {
    return on(call, status,
              R"({"type":"urn:glados:problem:)" + name + R"(","title":"t","status":)" +
                  std::to_string(status) + R"(,"detail":"because"})",
              "application/problem+json");
  }
  script& typed(const std::string& text) {
    typed_ = text;
    return *this;
  }
  script& at_terminal() {
    terminal_ = true;
    return *this;
  }

  ran run(const std::vector<std::string_view>& words) {
    std::istringstream in(typed_);
    std::ostringstream out, err;
    console io{in, out, err, terminal_, terminal_, terminal_};
    ran done;
    done.code = admin::run(admin_program(), words, io, [&](const command_line&) {
      return std::make_unique<line>(*this, done.calls);
    });
    done.out = out.str();
    done.err = err.str();
    return done;
  }

 private:
  class line final : public transport {
   public:
    line(script& of, std::vector<request>& calls) : of_(of), calls_(calls) {}
    answer call(const request& what) override {
      calls_.push_back(what);
      auto& left = of_.answers_[what.method + " " + what.path];
      if (left.empty())
        throw stop(outcome::unreachable, "no answer to " + what.method + " " + what.path);
      auto got = left.front();
      if (left.size() > 1)
        left.pop_front();
      return got;
    }

   private:
    script& of_;
    std::vector<request>& calls_;
  };

  std::map<std::string, std::deque<answer>> answers_;
  std::string typed_;
  bool terminal_ = false;
};

/// A folder that ends with the test.
class folder {
 public:
  folder();
  ~folder();
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file of this mode and says where.
  std::string put(const std::string& name, const std::string& content, unsigned mode = 0600) const;
  std::string read(const std::string& name) const;
  unsigned mode(const std::string& name) const;

 private:
  std::string path_;
};

inline const std::string alpha = R"({"provider_id":"alpha","name":"Alpha Chat",)"
                                 R"("client_id":"alpha-x","application_id":"app-1",)"
                                 R"("state":"active","state_reason":"","scopes":["lookup"],)"
                                 R"("overrides":{"lookup_daily":null,"sends_daily":7,)"
                                 R"("bulk_rows":null},"listed_mail_domains":[],"secrets":[],)"
                                 R"("certificates":[],"waiting":[],)"
                                 R"("created_at":"2026-11-23T09:41:00.123Z"})";

}  // namespace glados::admin::test
