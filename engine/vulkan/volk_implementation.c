/* The one translation unit that holds volk, compiled as C and outside the project's warnings. */
#define VOLK_IMPLEMENTATION
#include <volk.h>
