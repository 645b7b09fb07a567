#include "embed/chain/chain_watch.h"

#include <stop_token>
#include <utility>

#include "base/doorbell.h"

namespace coppice::embed {

ChainWatch::ChainWatch(std::vector<Check> checks, std::chrono::milliseconds every)
    : thread_("embed-watch", [checks = std::move(checks), every](const std::stop_token& stop) {
        constexpr std::chrono::minutes kRound{5};
        Doorbell nobody_rings;
        while (!stop.stop_requested()) {
          nobody_rings.Wait(Deadline::After(every, stop));
          const Deadline round = Deadline::After(kRound, stop);
          for (const Check& check : checks) {
            if (!round.expired()) check(round);
          }
        }
      }) {}

}  // namespace coppice::embed
