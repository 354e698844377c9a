#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# analysis.sh - gcc -fanalyzer and cppcheck find nothing new in what decides, parses and keeps keys; the rest of
# the sources and clang-tidy are for `./run analyze`.
exec bash tests/analyze.sh quick
