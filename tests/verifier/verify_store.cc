// verify_store PATH...: says what breaks docs/format.md; exit status 1 if anything does.
#include <cstdio>

#include <fmt/format.h>

#include "tests/verifier/verify.h"

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "verify_store PATH...: stores (folders) and journal files to check\n");
    return 2;
  }
  bool sound = true;
  for (int i = 1; i < count; ++i) {
    const auto findings = reprise::verifier::verify_path(arguments[i]);
    sound = sound && findings.empty();
    fmt::print("{}: {}\n{}", arguments[i],
               findings.empty() ? "sound" : fmt::format("{} findings", findings.count()),
               reprise::verifier::text(findings));
  }
  return sound ? 0 : 1;
}
