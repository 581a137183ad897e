// What the vector operations of one shingle and 128 permutations cost on this machine when nothing else is done: 128
// lanes of 32 bits, multiplied; multiplied and added; and lowered to a minimum as well. In registers of 256 bits, and
// of 512 where the machine has them. Prints nanoseconds. Compiled and run by benchmarks/signatures_speed.py.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include <immintrin.h>

template <int Bytes>
struct Register {
    typedef uint32_t type __attribute__((vector_size(Bytes)));
    static constexpr int per_shingle = 128 * 4 / Bytes;
};

template <int Operations, int Bytes>
inline __attribute__((always_inline)) double nanoseconds(long rounds) {
    using V = typename Register<Bytes>::type;
    V least[4] = {}, a = V{} + 0x9E3779B1u, b = V{} + 77, x = V{} + 3;
    const auto start = std::chrono::steady_clock::now();
    for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
        for (int k = 0; k < Register<Bytes>::per_shingle; ++k) {
            // In assembly, so that the compiler leaves no operation out.
            V y;
            asm volatile("vpmulld %1, %2, %0" : "=v"(y) : "v"(x), "v"(a));
            if (Operations > 1) asm volatile("vpaddd %1, %0, %0" : "+v"(y) : "v"(b));
            if (Operations > 2) asm volatile("vpminud %1, %0, %0" : "+v"(least[k % 4]) : "v"(y));
        }
    }
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / rounds;
}

template <int Operations>
__attribute__((target("avx2"), noinline)) double with_256_bits(long rounds) {
    return nanoseconds<Operations, 32>(rounds);
}

template <int Operations>
__attribute__((target("avx512f"), noinline)) double with_512_bits(long rounds) {
    return nanoseconds<Operations, 64>(rounds);
}

void print(const char *name, double (*measure)(long rounds)) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) best = std::min(best, measure(5'000'000));
    std::printf("%s %.3f\n", name, best);
}

int main() {
    if (!__builtin_cpu_supports("avx2")) return 1;
    print("16 multiplications of 8 lanes", with_256_bits<1>);
    print("16 multiplications and additions", with_256_bits<2>);
    print("16 multiplications, additions and minima", with_256_bits<3>);
    if (!__builtin_cpu_supports("avx512f")) return 0;
    print("8 multiplications of 16 lanes", with_512_bits<1>);
    print("8 multiplications and additions", with_512_bits<2>);
    print("8 multiplications, additions and minima", with_512_bits<3>);
}
