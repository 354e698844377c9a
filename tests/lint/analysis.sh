#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# analysis.sh - gcc -fanalyzer, cppcheck and the quick checks of clang-tidy find nothing new in what decides, parses
# and keeps keys; the rest of the sources and of the checks are for `./run analyze`.
exec bash tests/analyze.sh quick
