// What the vector operations of one shingle and 128 permutations cost on this machine when nothing else is done: 16
// times 8 lanes of 32 bits, multiplied; multiplied and added; and lowered to a minimum as well. Prints nanoseconds.
// Compiled and run by benchmarks/signatures_speed.py.
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

template <int Operations>
__attribute__((target("avx2"), noinline)) double nanoseconds(long rounds) {
    __m256i least[4], a = _mm256_set1_epi32(0x9E3779B1), b = _mm256_set1_epi32(77), x = _mm256_set1_epi32(3);
    for (__m256i &value : least) value = _mm256_set1_epi32(-1);
    const auto start = std::chrono::steady_clock::now();
    for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
        for (int k = 0; k < 16; ++k) {
            // In assembly, so that the compiler leaves no operation out.
            __m256i y;
            asm volatile("vpmulld %1, %2, %0" : "=x"(y) : "x"(x), "x"(a));
            if (Operations > 1) asm volatile("vpaddd %1, %0, %0" : "+x"(y) : "x"(b));
            if (Operations > 2) asm volatile("vpminud %1, %0, %0" : "+x"(least[k % 4]) : "x"(y));
        }
    }
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / rounds;
}

template <int Operations>
void print(const char *name) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) best = std::min(best, nanoseconds<Operations>(5'000'000));
    std::printf("%s %.3f\n", name, best);
}

int main() {
    if (!__builtin_cpu_supports("avx2")) return 1;
    print<1>("16 multiplications of 8 lanes");
    print<2>("16 multiplications and additions");
    print<3>("16 multiplications, additions and minima");
}
