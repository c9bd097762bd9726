// The host folds long grids into two dimensions.
#ifndef MS_GROUPS_GLSL
#define MS_GROUPS_GLSL

uint groupIndex() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }

#endif
