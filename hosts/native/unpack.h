/* Reads what pack.c has packed. */
#ifndef UNPACK_H
#define UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* What is packed in the binary. */
typedef struct {
	const uint8_t *bytes;
	size_t packed_size;
	/* Of what `unpack` writes. */
	size_t size;
} Packed;

/* The texts, in their names' order. */
extern const Packed texts[];
extern const size_t text_count;

/* Writes `size` bytes. Trusts what this binary holds itself. */
void unpack(const Packed *thing, uint8_t *to);

#endif
