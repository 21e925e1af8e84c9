#include "tools/cli/examples.h"

#include <utility>

namespace reprise::cli {

std::string_view example_of(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> examples[] = {
      {"ls", "ls /var/lib/shop --status waiting"},
      {"show", "show /var/lib/shop order-42"},
      {"explain", "explain /var/lib/shop order-42"},
      {"describe", "describe /var/lib/shop order-42"},
      {"stats", "stats /var/lib/shop"},
      {"history", "history /var/lib/shop order-42 --output html > order-42.html"},
      {"diff", "diff good.journal bad.journal"},
      {"replay", "replay orders.journal --check"},
      {"debug", "debug bad.journal order-42 --gdb"},
      {"fork", "fork bad.journal order-42 --at 7 --set step:charge=throw:Declined"},
      {"bisect", "bisect --good libshop-1.so --bad libshop-2.so tests/histories/*.journal"},
      {"corpus add", "corpus add tests/histories /var/lib/shop order-41 order-42"},
      {"corpus run", "corpus run tests/histories --junit report.xml"},
      {"verify", "verify /var/lib/shop"},
      {"export", "export /var/lib/shop order-42 --to order-42.journal"},
      {"repair", "repair /var/lib/shop --to /var/lib/shop.repaired"},
      {"backup", "backup /var/lib/shop --to /backup/shop"},
      {"completion", "completion bash > /etc/bash_completion.d/reprise"},
  };
  for (const auto& [command, line] : examples) {
    if (command == path) return line;
  }
  return {};
}

}  // namespace reprise::cli
