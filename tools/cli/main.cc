// The stock tool: it knows no workflows, so it looks, and runs nothing.
#include <reprise/tool.h>

int main(int argc, char** argv) { return reprise::tool_main(argc, argv, reprise::Registry()); }
