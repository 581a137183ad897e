// The part of the extension that decides which texts survive.
#pragma once

#include <nanobind/nanobind.h>

namespace neardup {

void bind_rule(nanobind::module_ &m);

}  // namespace neardup
