// The workgroup's size is specialization constant 0. (gl_WorkGroupSize would be 1 here: it is fixed where it is first
// named, and only a layout before that counts.)
#ifndef MS_WORKGROUP_GLSL
#define MS_WORKGROUP_GLSL
#include "shaders/include/groups.glsl"

layout(constant_id = 0) const uint WORKGROUP = 128;
layout(local_size_x_id = 0) in;

uint globalIndex() { return groupIndex() * WORKGROUP + gl_LocalInvocationIndex; }

#endif
