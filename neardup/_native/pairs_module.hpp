// The part of the extension that compares many texts with each other.
#pragma once

#include <nanobind/nanobind.h>

namespace neardup {

void bind_pairs(nanobind::module_ &m);

}  // namespace neardup
