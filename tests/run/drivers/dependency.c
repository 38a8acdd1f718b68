/* What missing_dependency.so is linked with, and does not find when it is loaded. */
__attribute__((visibility("default"))) int helper_of_a_driver(void);
int helper_of_a_driver(void) { return 0; }
