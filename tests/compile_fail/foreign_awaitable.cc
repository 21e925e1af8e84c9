// EXPECT: a workflow awaits operations of Context and Workflow helpers only
#include <reprise/reprise.h>

struct Foreign {
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() {}
};
reprise::Workflow<void> sell(reprise::Context) { co_await Foreign{}; }
