/* vector.h: how the few hot loops ask for vector code.
 *
 * On x86-64 with gcc and glibc a VECTOR_LOOP is compiled for several instruction sets and the
 * loader takes the best; no product and sum are contracted (the makefile sees to that), so that all
 * of them give the same numbers.  Elsewhere the compiler's own choice stands.
 *
 * It is included before all others: what stands above it is compiled with other options, and is
 * then no part of a loop. */
#ifndef THEODOLITE_VECTOR_H
#define THEODOLITE_VECTOR_H

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3,no-trapping-math,no-math-errno")
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) &&             \
    !defined(__SANITIZE_THREAD__)
#define VECTOR_LOOP __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#endif
#ifndef VECTOR_LOOP
#define VECTOR_LOOP
#endif
/* A function that becomes part of the loop that calls it, for whatever instruction set that is. */
#define VECTOR_PART static inline __attribute__((always_inline))

#endif
