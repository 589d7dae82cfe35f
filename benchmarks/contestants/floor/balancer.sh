# shellcheck shell=bash
# balancer.sh out|checked|in NODE: one server of the backend; what is waited for is asked every 50 ms.
set -eu
server=openlibrary/$2
tell() { echo "$1" | socat - /run/haproxy/admin.sock; }
# Columns by their names: look COLUMN...
look() {
    tell 'show stat openlibrary 4 -1' | awk -F, -v node="$1" -v names="$2" '
        NR == 1 { sub(/^# /, ""); for (i = 1; i <= NF; i++) column[$i] = i; n = split(names, name, " ") }
        $column["svname"] == node { for (i = 1; i <= n; i++) printf "%s%s", $column[name[i]], i < n ? " " : "\n" }'
}
until_it_is() { # until_it_is "COLUMNS" "VALUES" SECONDS
    deadline=$((SECONDS + $3))
    until [ "$(look "$node" "$1")" = "$2" ]; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.05
    done
}
node=$2
case $1 in
out)
    # Never the last one.
    tell 'show stat openlibrary 4 -1' | grep -v ",$node," | grep -q ',UP,'
    tell "set server $server state drain"
    until_it_is scur 0 20 || tell "shutdown sessions server $server"
    tell "set server $server state maint"
    ;;
checked)
    tell "set server $server state drain"
    # Full health: rise 2 and fall 2.
    until_it_is 'status check_status check_health' 'DRAIN L7OK 3' 60
    ;;
in)
    tell "set server $server state ready"
    until_it_is status UP 60
    sleep 0.55
    until_it_is status UP 0
    ;;
esac
