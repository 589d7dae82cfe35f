#!/usr/bin/env bash
# floor.sh open | deploy HASH | rollback HASH
set -euo pipefail

on() { # on HOST SCRIPT ARGUMENT...: runs a script of this folder there; the words hold no blanks
    local root=''
    case $2 in node.sh | balancer.sh) root=sudo ;; esac
    # shellcheck disable=SC2029
    ssh -F "$BENCH_SSH" "$1" "$root bash -s ${*:3}" <"$2"
}

everywhere() { # everywhere HOSTS SCRIPT ARGUMENT...: at once; fails if one does
    local pids=() host pid
    for host in $1; do
        on "$host" "${@:2}" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
}

turn() { # turn NODE HASH
    on ol-www1 balancer.sh out "$1"
    on "$1" node.sh restart "$2" openlibrary
    on "$1" node.sh stable "$2" openlibrary &
    on ol-www1 balancer.sh checked "$1"
    wait $!
    on ol-www1 balancer.sh in "$1"
}

all='ol-home ol-web3 ol-web4 ol-www1'
case $1 in
open) everywhere "$all" /dev/null ;;
deploy) everywhere "$all" stage.sh "$2" "$BENCH_REPOSITORY" ;;
esac
case $1 in
deploy | rollback)
    [[ $(everywhere "$all" current.sh | sort -u) == "$2" ]] && exit
    turn ol-web3 "$2"
    turn ol-web4 "$2"
    on ol-home node.sh restart "$2" all &
    on ol-www1 node.sh switch "$2"
    wait $!
    ;;
esac
