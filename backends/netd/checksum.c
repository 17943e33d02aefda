/* SPDX-License-Identifier: MIT */
/*
 * A guest leaves the checksum of TCP and UDP to whoever puts the frame on a wire: the field then
 * holds the sum of the pseudo-header, and what is left is to add up from the transport header to
 * the packet's end (RFC 1071). Packets of IPv4 that are no fragments; others stay as they are.
 */
#include "core.h"

#define ETHERNET 14

static unsigned int be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

void net_checksum(uint8_t *frame, unsigned int len)
{
	uint8_t *ip = frame + ETHERNET, *at;
	unsigned int header, total, place;
	uint32_t sum = 0;

	if (len < ETHERNET + 20 || be16(frame + 12) != 0x0800 || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15) * 4;
	total = be16(ip + 2);
	if (header < 20 || total > len - ETHERNET || be16(ip + 6) & 0x3fff)
		return;
	place = ip[9] == 6 ? 16 : ip[9] == 17 ? 6 : 0;
	if (!place || total < header + place + 2)
		return;
	at = ip + header;
	total -= header;
	for (unsigned int i = 0; i + 1 < total; i += 2)
		sum += be16(at + i);
	if (total & 1)
		sum += at[total - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (!sum && place == 6)
		sum = 0xffff; /* 0 would say that there is none */
	at[place] = sum >> 8;
	at[place + 1] = sum;
}
