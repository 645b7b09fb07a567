#pragma once

// The one way to {fmt}: text formatting for the whole tree.
#include <fmt/format.h>
#include <fmt/ranges.h>
