// Lines of a landscape: plain colour.
#version 450
layout(location = 0) flat in uint argb;
layout(location = 0) out vec4 colour;

void main() { colour = vec4(unpackUnorm4x8(argb).bgr, 1.0); }
