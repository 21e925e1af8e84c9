#include "journal/record.h"
