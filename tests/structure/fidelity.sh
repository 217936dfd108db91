#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fidelity.sh TOP: docs/fidelity.md and the summary in README.md are what
# scripts/fidelity makes of the results.
exec "$1/scripts/fidelity" check
