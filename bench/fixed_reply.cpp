// The front end alone: our acceptor, framing and transport answer every request with one fixed
// reply. What a lookup costs above this is the price of looking up (docs/performance.md).
//
// usage: fixed_reply FOLDER PORT [THREADS]; FOLDER holds server.pem, server.key and ca.pem.
// Runs until SIGINT or SIGTERM.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "http/server.hpp"

namespace {

constexpr const char* fixed_body = R"({"provider_id":"wire","user_id":"abcdefgh"})";

int serve(const std::string& folder, int port, int threads) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread starts

  glados::http::server_options options;
  options.name = "fixed";
  options.port = static_cast<std::uint16_t>(port);
  options.threads = static_cast<std::size_t>(threads);
  glados::http::tls_files files{folder + "/server.pem", folder + "/server.key", folder + "/ca.pem",
                                ""};
  glados::http::server server(options, files,
                              [](glados::http::exchange here, const glados::http::request&) {
                                glados::http::response reply;
                                reply.body = fixed_body;
                                here.answer(std::move(reply));
                              });
  server.start();
  std::printf("listening on %u\n", static_cast<unsigned>(server.port()));
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: fixed_reply FOLDER PORT [THREADS]\n", stderr);
    return 2;
  }
  try {
    return serve(words[1], std::atoi(words[2]), count > 3 ? std::atoi(words[3]) : 2);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
}
