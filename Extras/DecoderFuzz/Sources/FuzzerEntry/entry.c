#include <stddef.h>
#include <stdint.h>

// libFuzzer's own main would do, but a Swift executable begins at a name of its own (`MODULE_main`).
int LLVMFuzzerRunDriver(int *count, char ***words, int (*callback)(const uint8_t *, size_t));
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int DecoderFuzz_main(int count, char **words) { return LLVMFuzzerRunDriver(&count, &words, LLVMFuzzerTestOneInput); }
