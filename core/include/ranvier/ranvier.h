/// Everything a C++ program needs: networks, devices, sessions, results.
#pragma once

#include <ranvier/compare.h>
#include <ranvier/devices.h>
#include <ranvier/error.h>
#include <ranvier/executable.h>
#include <ranvier/log.h>
#include <ranvier/network.h>
#include <ranvier/nir_data.h>
#include <ranvier/npy.h>
#include <ranvier/plan.h>
#include <ranvier/quantity.h>
#include <ranvier/report.h>
#include <ranvier/run_folder.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>
