/* SHA-256 of a whole message (FIPS 180-4). */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

void sha256(const uint8_t *message, size_t size, uint8_t digest[SHA256_SIZE]);

#endif
