#include "indexer/parse/languages/native/cuda_mask.h"

#include <gtest/gtest.h>

namespace coppice::indexer {
namespace {

std::string Masked(std::string text) {
  MaskCuda(text);
  return text;
}

TEST(CudaMaskTest, WordsOfCudaBecomeBlanks) {
  EXPECT_EQ(Masked("__host__ __device__ int f();"), "                    int f();");
  EXPECT_EQ(Masked("__global__ void __launch_bounds__(256, 2) k();"),
            "           void                           k();");
}

TEST(CudaMaskTest, ALaunchBecomesACall) {
  EXPECT_EQ(Masked("k<int><<<g, dim3(1)>>>(a, b);"), "k<int>                (a, b);");
  EXPECT_EQ(Masked("k<<<1,\n32>>>\n(a);"), "k     \n     \n(a);");
}

TEST(CudaMaskTest, OtherTextStays) {
  for (const char* text : {"int my__device__x;", "a <<< b; c >>>(d);", "<<<<<<< HEAD\n>>>>>>> (x)",
                           "__restrict__ int* p;", "k<<<1", "<<<"}) {
    EXPECT_EQ(Masked(text), text);
  }
}

}  // namespace
}  // namespace coppice::indexer
