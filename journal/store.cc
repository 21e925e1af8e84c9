#include "journal/store.h"
