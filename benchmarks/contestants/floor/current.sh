# shellcheck shell=bash
# current.sh: the hash of what is current.
cat /opt/bench/floor/current/REVISION
