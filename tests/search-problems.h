/* search-problems.h: the problems of `theodolite bench search`, for t-survey-*.c. */
#include "../src/cli/search-problems.h"
