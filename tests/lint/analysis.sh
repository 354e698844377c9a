#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# analysis.sh - gcc's analyzer and cppcheck find nothing new in what decides, parses and keeps keys; `./run analyze`
# asks more of them, and others.
exec bash tests/analyze.sh quick
