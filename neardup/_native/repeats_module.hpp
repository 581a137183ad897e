// Binds the kernels that find repeats inside each of many texts.
#pragma once

#include <nanobind/nanobind.h>

namespace neardup {

void bind_repeats(nanobind::module_ &m);

}  // namespace neardup
