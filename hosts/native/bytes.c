/*
 * Copying and comparing for x86-64, in place of the C library's, which has `rep movs` for any length and
 * compares byte by byte: most of what the engine copies is shorter than such an instruction takes to begin.
 */
#ifdef __x86_64__
#include <stddef.h>
#include <stdint.h>

/* A loop that copies is not to become a call of what it stands in. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

typedef uint16_t Pair __attribute__((aligned(1), may_alias));
typedef uint32_t Four __attribute__((aligned(1), may_alias));
typedef uint64_t Eight __attribute__((aligned(1), may_alias));
typedef long long Sixteen __attribute__((vector_size(16), aligned(1), may_alias));

/* The first and the last of that kind, which overlap where the size is less than both. */
#define COPY_ENDS(Kind)                                                                            \
	do {                                                                                       \
		Kind first = *(const Kind *)from, last = *(const Kind *)(from + size - sizeof(Kind)); \
		*(Kind *)to = first;                                                               \
		*(Kind *)(to + size - sizeof(Kind)) = last;                                        \
	} while (0)

/* Less than sixteen, which are all read before any is written. */
static inline void copy_few(uint8_t *to, const uint8_t *from, size_t size)
{
	if (size >= 8) {
		COPY_ENDS(Eight);
	} else if (size >= 4) {
		COPY_ENDS(Four);
	} else if (size >= 2) {
		COPY_ENDS(Pair);
	} else if (size == 1) {
		*to = *from;
	}
}

/* Upwards, which is right too where the source begins within the target. */
void *memcpy(void *restrict target, const void *restrict source, size_t size)
{
	uint8_t *to = target;
	const uint8_t *from = source;
	if (size < 16) {
		copy_few(to, from, size);
		return target;
	}
	Sixteen last = *(const Sixteen *)(from + size - 16);
	for (size_t at = 0; at + 16 < size; at += 16)
		*(Sixteen *)(to + at) = *(const Sixteen *)(from + at);
	*(Sixteen *)(to + size - 16) = last;
	return target;
}

void *memmove(void *target, const void *source, size_t size)
{
	uint8_t *to = target;
	const uint8_t *from = source;
	if (size < 16 || (uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(target, source, size);
	Sixteen first = *(const Sixteen *)from;
	for (size_t at = size; at > 16; at -= 16)
		*(Sixteen *)(to + at - 16) = *(const Sixteen *)(from + at - 16);
	*(Sixteen *)to = first;
	return target;
}

int memcmp(const void *one, const void *other, size_t size)
{
	const uint8_t *a = one, *b = other;
	size_t at = 0;
	while (at + 8 <= size && *(const Eight *)(a + at) == *(const Eight *)(b + at))
		at += 8;
	while (at < size && a[at] == b[at])
		at++;
	return at == size ? 0 : a[at] - b[at];
}
#endif
