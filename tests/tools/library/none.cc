// A library without workflows.
extern "C" int nothing_here() { return 0; }
