/* SPDX-License-Identifier: MIT */
/* What exec and sh are measured with: a program that only ends. */
int main(void)
{
	return 0;
}
