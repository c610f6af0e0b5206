/* SPDX-License-Identifier: MIT */
/* The error domain of the model. */
#include "viewer/model/error.h"

G_DEFINE_QUARK(hv - error - quark, hv_error)
