// The kernels over a batch of texts: a list of `str`, or an Arrow column of strings.
#pragma once

#include <nanobind/nanobind.h>

namespace neardup {

void bind_texts(nanobind::module_ &m);

}  // namespace neardup
