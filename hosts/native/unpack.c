/* Unpacks blocks of LZ4 (lz4_Block_format.md): texts, and what of the program only a claim needs. */
#include "unpack.h"

#include <string.h>

static inline size_t take_length(const uint8_t **place, size_t length)
{
	uint8_t more = 255;
	if (length < 15)
		return length;
	while (more == 255) {
		more = *(*place)++;
		length += more;
	}
	return length;
}

#define WORD sizeof(uint64_t)

/*
 * In whole words, and so up to seven bytes more, where there is room for them and no word is among those
 * that are read first. For pieces as short as these, memcpy(3) takes seven times as long.
 */
static inline void copy(uint8_t *to, const uint8_t *from, size_t size, int in_words)
{
	uint8_t *end = to + size;
	while (in_words && to < end) {
		uint64_t word;
		memcpy(&word, from, WORD);
		memcpy(to, &word, WORD);
		to += WORD;
		from += WORD;
	}
	while (to < end)
		*to++ = *from++;
}

void unpack(const Packed *thing, uint8_t *to)
{
	const uint8_t *from = thing->bytes, *end = from + thing->packed_size;
	uint8_t *full = to + thing->size;
	while (from < end) {
		uint8_t token = *from++;
		size_t literals = take_length(&from, token >> 4);
		copy(to, from, literals, literals + WORD <= (size_t)(full - to) && literals + WORD <= (size_t)(end - from));
		to += literals;
		from += literals;
		if (from == end)
			break;
		size_t offset = from[0] | (size_t)from[1] << 8;
		from += 2;
		size_t length = take_length(&from, token & 15) + 4;
		/* A match may reach into what it writes. */
		copy(to, to - offset, length, offset >= WORD && length + WORD <= (size_t)(full - to));
		to += length;
	}
}
