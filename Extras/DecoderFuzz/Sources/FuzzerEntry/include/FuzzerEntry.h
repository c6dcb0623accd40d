#pragma once
// Where the program begins. Nothing in Swift calls it.
int DecoderFuzz_main(int count, char **words);
