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

/* Words, one after the other: what is written may be read again by the next. */
static inline void copy_words(uint8_t *to, const uint8_t *from, int words)
{
	for (int i = 0; i < words; i++) {
		uint64_t word;
		memcpy(&word, from + (size_t)i * WORD, WORD);
		memcpy(to + (size_t)i * WORD, &word, WORD);
	}
}

/*
 * In whole words, and so up to seven bytes more, where there is room for them and no word is among those
 * that are read first. For pieces as short as these, memcpy(3) takes seven times as long.
 */
static inline void copy(uint8_t *to, const uint8_t *from, size_t size, int in_words)
{
	uint8_t *end = to + size;
	for (; in_words && to < end; to += WORD, from += WORD)
		copy_words(to, from, 1);
	while (to < end)
		*to++ = *from++;
}

/* Most pieces are shorter than this: a length that needs no byte of its own, and four for matches. */
#define SHORT 24

void unpack(const Packed *thing, uint8_t *to)
{
	const uint8_t *from = thing->bytes, *end = from + thing->packed_size;
	uint8_t *full = to + thing->size;
	while (from < end) {
		uint8_t token = *from++;
		size_t literals = token >> 4, length = token & 15;
		/* Short pieces are copied as the longest of them: a guess of each length would often be wrong. */
		int in_words = full - to >= 2 * SHORT && end - from >= SHORT;
		if (in_words && literals < 15) {
			copy_words(to, from, 2);
		} else {
			literals = take_length(&from, literals);
			copy(to, from, literals, literals + WORD <= (size_t)(full - to) && literals + WORD <= (size_t)(end - from));
		}
		to += literals;
		from += literals;
		if (from == end)
			break;
		size_t offset = from[0] | (size_t)from[1] << 8;
		from += 2;
		if (in_words && length < 15 && offset >= WORD) {
			copy_words(to, to - offset, 3);
			to += length + 4;
			continue;
		}
		length = take_length(&from, length) + 4;
		/* A match may reach into what it writes. */
		copy(to, to - offset, length, offset >= WORD && length + WORD <= (size_t)(full - to));
		to += length;
	}
}
