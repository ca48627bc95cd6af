#!/bin/bash
# Runs a test's own script, and leaves what it printed. Argument: the folder of `script` and `printed`.
bash -e "$1/script" > "$1/printed" 2> "$1/complaints" || echo "exit code $?" >> "$1/complaints"
