#include "cache/blob_store.h"

#include <cassert>

int main() {
  kiln::BlobStore store(10);
  assert(store.Put("a", "12345"));
  assert(!store.Put("a", "other"));
  assert(*store.Get("a") == "12345");
  assert(store.Put("b", "1234567"));
  assert(store.Get("a") == nullptr);
}
