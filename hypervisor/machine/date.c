/* SPDX-License-Identifier: MIT */
/* The Gregorian calendar, as far as a battery clock needs it; tested on the build host. */
#include "machine.h"

/* Days are counted from the 1st of March, so that the leap day comes last in its year. */
uint64_t date_to_seconds(uint32_t year, uint32_t month, uint32_t day, uint32_t hour,
			 uint32_t minute, uint32_t second)
{
	uint32_t y = month > 2 ? year : year - 1;
	uint32_t m = month > 2 ? month - 3 : month + 9; /* March is 0 */
	uint32_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;

	days -= 719468; /* from 0000-03-01 to 1970-01-01 */
	return ((uint64_t)days * 24 + hour) * 3600 + minute * 60 + second;
}
