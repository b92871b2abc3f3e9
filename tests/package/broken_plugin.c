// Shared libraries that are little use as a plugin, each in its own way.

#include <torch/version.h>

#include <signal.h>
#include <stdio.h>

#if defined(OTHER)
const char qsweep_plugin_build[] = "qsweep-plugin|qsweep 0.0.1, LibTorch 1.12.0, C++ ABI 0";
#elif !defined(NONE)
const char qsweep_plugin_build[] =
    "qsweep-plugin|qsweep " QSWEEP_VERSION ", LibTorch " TORCH_VERSION ", C++ ABI 1";
#endif

#if defined(CRASHING)
void qsweep_fill_tables(void* tables) {
  (void)tables;
  raise(SIGSEGV);
}
#elif defined(CHATTY)
void qsweep_fill_tables(void* tables) {
  (void)tables;
  printf("a line without an end");
}
#elif defined(INCOMPLETE)
void qsweep_what_is_nowhere(void);
void qsweep_fill_tables(void* tables) {
  (void)tables;
  qsweep_what_is_nowhere();
}
#endif
