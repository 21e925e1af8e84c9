// The reprise command of a program that registers workflows of its own.
#include <reprise/tool.h>

int main(int argc, char** argv) { return reprise::tool_main(argc, argv, reprise::Registry()); }
