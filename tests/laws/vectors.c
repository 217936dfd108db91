/* SPDX-License-Identifier: MIT */
#include "laws.h"

int run_vectors(void)
{
	return 1;
}
