#include "replay/names.h"
